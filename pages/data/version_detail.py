"""One dataset version: what it is in a line, then its sides as tabs, each in a file of its own."""

from collections.abc import Callable

from core.records.access import Permission
from core.records.dataset import DatasetRef, DatasetVersion
from core.records.project import Project
from pages.data import contract, damage, deletion, differences, preview, profile, source, use, versions
from pages.shared import parts, state, tabs
from pages.shared.context import may, platform
from pages.shared.words import size

Tab = Callable[[Project, DatasetVersion], None]

TABS: dict[str, tuple[str, Tab]] = {
    "preview": ("Preview", preview.show),
    "profile": ("Profile", profile.show),
    "contract": ("Contract", contract.show),
    "differences": ("Differences", differences.show),
    "versions": ("Versions", versions.show),
    "use": ("Use", use.show),
    "source": ("Source", source.show),
}
"""The sides of a version in their order: what ``?tab=`` says, the label, and what draws it when it is open."""

CHOSEN = "datasets.tab"
WITHIN = (state.COLUMN, state.TAB, state.PAGE, state.WITH, state.JOB)
"""What the address says of a version's sides."""


def show(project: Project, ref: str) -> None:
    """Draw the version called ``ref``."""
    version = platform().datasets.get(project.name, DatasetRef.parse(ref))
    with parts.title(str(version.ref), version.note, back=(state.DATASET, *WITHIN)):
        deletion.button(version)
        if may(Permission.TRAIN):
            parts.go_to("train", "Train on it", "datasets.train", data=str(version.ref))
    parts.facts(
        [
            ("Rows", f"{version.rows:,}"),
            ("Columns", len(version.columns)),
            ("Duplicate rows", f"{version.profile.duplicates:,}"),
            ("File", version.source, size(version.size)),
            ("Added by", version.author),
            parts.when("Added", version.created_at),
            ("SHA-256", version.sha256[:12], version.sha256),
        ]
    )
    damage.show(version)
    parts.misfits(project, version)
    tabs.by_address(CHOSEN, TABS, project, version)
