import shutil
from pathlib import Path

import pytest

from storage.database import migrate
from storage.schema import SCRIPTS

SECOND = """
from alembic import op
import sqlalchemy as sa

revision = "0002"
down_revision = "0001"


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
    scripts = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, scripts)
    (scripts / "versions" / "0002_second.py").write_text(SECOND)
    return scripts
