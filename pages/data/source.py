"""Where a dataset version came from, and how its bytes were understood."""

from core.records.dataset import DatasetVersion
from core.records.project import Project
from pages.shared import parts
from pages.shared.words import size


def show(project: Project, version: DatasetVersion) -> None:  # noqa: ARG001
    """Show the origin, the reading and the hashes."""
    parts.section("Origin")
    parts.facts(
        [
            ("File", version.source),
            ("Size", size(version.size), f"{version.size:,} bytes"),
            ("Added by", version.author),
            parts.when("Added", version.created_at),
            *((f"Tag {key}", value) for key, value in version.tags.items()),
        ]
    )
    parts.section("Reading", "How the original bytes were understood")
    parts.facts([(key.replace("_", " ").capitalize(), _said(value)) for key, value in version.reading.items()])
    parts.section("Content")
    parts.facts([("SHA-256 of the original", version.sha256), ("SHA-256 of the table", version.parquet_sha256)], 500)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar |"}.get(str(value), str(value))
