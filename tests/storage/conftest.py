from pathlib import Path

import pytest

from storage.database import migrate
from tests.revisions import later_release

UPGRADE = """
def upgrade() -> None:
    with op.batch_alter_table("project") as batch:
        batch.add_column(sa.Column("colour", sa.Text(), nullable=False, server_default="none"))
    op.execute("UPDATE project SET colour = 'red'")
    op.create_table("extra", sa.Column("id", sa.Integer(), primary_key=True))
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def file(home: Path) -> Path:
    return home / "pilothouse.db"


@pytest.fixture
def url(file: Path) -> str:
    """The URL of a file that does not exist yet."""
    return f"sqlite:///{file}"


@pytest.fixture
def ready(url: str, home: Path) -> str:
    """The URL of a migrated file."""
    migrate(url, home)
    return url


@pytest.fixture
def later_scripts(tmp_path: Path) -> Path:
    """The scripts of a later release: one more revision."""
    return later_release(tmp_path / "scripts", UPGRADE)
