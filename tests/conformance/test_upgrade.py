import signal
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from storage.database import migrate, open_store
from storage.tables import metadata
from tests.conformance.actors import in_processes
from tests.postgres import Server
from tests.revisions import NEXT, PRESENT, later_release
from tests.storage.actors import in_a_process, migrate_and_die, migrate_here

UPGRADE = """
def upgrade() -> None:
    op.add_column("project", sa.Column("colour", sa.Text(), nullable=False, server_default="none"))
    op.create_table("extra", sa.Column("id", sa.Integer(), primary_key=True))
"""


def test_postgres_gets_the_tables_that_the_program_works_with(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_postgres_migrated_by_two_machines_at_once_is_fine(postgres: Server, tmp_path: Path) -> None:
    url = postgres.create()
    in_processes(2, migrate_on_own_machine, url, tmp_path)
    open_store(url).close()


def migrate_on_own_machine(number: int, url: str, folder: Path) -> None:
    migrate_here(number, url, folder / str(number))


def test_postgres_migration_killed_half_way_leaves_the_old_or_the_new_tables(postgres: Server, tmp_path: Path) -> None:
    scripts = later_release(tmp_path / "scripts", UPGRADE)
    url = postgres.create()
    migrate(url, tmp_path)
    engine = create_engine(url)
    for at in range(1, 60):
        code = in_a_process(migrate_and_die, url, tmp_path, scripts, at)
        with engine.connect() as connection:
            revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
            columns = connection.scalar(
                text("SELECT count(*) FROM information_schema.columns WHERE table_name = 'project'")
            )
        assert (revision, columns) == ((NEXT, 14) if code == 0 else (PRESENT, 13))
        if code == 0:
            break
        assert code == -signal.SIGKILL
    engine.dispose()
    assert code == 0
