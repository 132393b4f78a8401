"""In words: what computes a version's answers, and why."""

from core.records.model import CompiledForm

KINDS = {"linear": "weighted sums", "bits": "tables of small trees", "trees": "packed trees"}


def told(compiled: CompiledForm | None) -> str:
    """Return what answers for a version, to follow "answers come from"."""
    if compiled is None:
        return "scikit-learn: the version was made before models were compiled."
    if compiled.kind is None:
        return f"scikit-learn: {compiled.reason}"
    checked = f"equal to scikit-learn's in all {compiled.rows} compared rows"
    size = f"{compiled.size / 1e6:.1f} MB" if compiled.size >= 1e5 else f"{compiled.size / 1e3:.0f} kB"
    most = f"largest difference {compiled.difference:.1g}"
    return f"its compiled form ({KINDS[compiled.kind]}, {size}), {checked} ({most})."
