"""A later release for tests of upgrades: the present scripts and one revision more."""

import shutil
from pathlib import Path

from storage.schema import SCRIPTS, revisions

PRESENT = revisions()[-1]
NEXT = f"{int(PRESENT) + 1:04d}"
HEAD = f"""
from alembic import op
import sqlalchemy as sa

revision = "{NEXT}"
down_revision = "{PRESENT}"
"""


def later_release(scripts: Path, upgrade: str) -> Path:
    """Copy the present scripts to ``scripts`` and add a revision whose function ``upgrade`` is given."""
    shutil.copytree(SCRIPTS, scripts)
    (scripts / "versions" / f"{NEXT}_next.py").write_text(HEAD + upgrade)
    return scripts
