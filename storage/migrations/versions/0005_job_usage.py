"""Jobs that can be watched: live figures, and what each attempt used."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Json

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("job", sa.Column("figures", Json(), nullable=False, server_default="{}"))
    op.create_table(
        "job_usage",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("samples", Json(), nullable=False),
        sa.Column("cpu_s", sa.Float(), nullable=False),
        sa.Column("peak_mb", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["job.id"], name=op.f("fk_job_usage_job"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_job_usage")),
    )
