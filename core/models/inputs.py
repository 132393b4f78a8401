"""How the inputs of two models differ."""

from core.records.model import InputChange, ModelManifest


def changes(before: ModelManifest, after: ModelManifest) -> InputChange:
    """Return the inputs that a model has more, fewer, or of another kind than the one before it."""
    old = {feature.column.name: feature.column.kind for feature in before.features}
    new = {feature.column.name: feature.column.kind for feature in after.features}
    return InputChange(
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        retyped=tuple(name for name, kind in new.items() if name in old and not _alike(old[name].value, kind.value)),
    )


def _alike(first: str, second: str) -> bool:
    return first == second or {first, second} <= {"integer", "number"}


def told(change: InputChange) -> str:
    """Return the difference in words, empty where there is none."""
    parts = [
        f"{what} {', '.join(names[:8])}" + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        for what, names in (
            ("also reads", change.added),
            ("no longer reads", change.removed),
            ("reads as another kind of value", change.retyped),
        )
        if names
    ]
    return f"It {'; '.join(parts)}." if parts else ""
