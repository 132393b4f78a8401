"""Reports of windows in a series with cells apart from shapes, rules of drift, and what people say of reports."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, Json, UtcDateTime

revision = "0020"
down_revision = "0019"

CELL = (
    "name",
    "kind",
    "role",
    "test",
    "statistic",
    "threshold",
    "is_p_value",
    "verdict",
    "reason",
    "rows_reference",
    "rows_current",
    "missing_reference",
    "missing_current",
)

NEW = (
    ("fires", sa.Boolean(), sa.false()),
    ("series", sa.Text(), ""),
    ("rule", sa.Integer(), "0"),
    ("engine", sa.Text(), "evidently"),
    ("figures", Json(), "{}"),
    ("cells", Json(), "[]"),
    ("checks", Json(), "[]"),
    ("points", Json(), "[]"),
    ("changes", Json(), "[]"),
    ("associations", Json(), "[]"),
)

report = sa.table(
    "report",
    sa.column("seq", BIG),
    sa.column("drifted", sa.Boolean()),
    sa.column("fires", sa.Boolean()),
    sa.column("columns", Json()),
    sa.column("cells", Json()),
)


def upgrade() -> None:
    for name, kind, default in NEW:
        op.add_column("report", sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column("report", sa.Column("since", UtcDateTime(), nullable=True))
    op.add_column("report", sa.Column("until", UtcDateTime(), nullable=True))
    op.add_column("report", sa.Column("performance", Json(), nullable=True))
    _fill()
    _rules()
    _reviews()


def _fill() -> None:
    connection = op.get_bind()
    for seq in connection.scalars(sa.select(report.c.seq)).all():
        row = connection.execute(sa.select(report.c.columns, report.c.drifted).where(report.c.seq == seq)).one()
        cells = [{name: column.get(name) for name in CELL if name in column} for column in row.columns]
        statement = sa.update(report).where(report.c.seq == seq)
        connection.execute(statement.values(cells=cells, fires=row.drifted))


def _rules() -> None:
    op.create_table(
        "drift_rule",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("numbers", Json(), nullable=False),
        sa.Column("categories", Json(), nullable=False),
        sa.Column("columns", Json(), nullable=False),
        sa.Column("missing", sa.Float(), nullable=False),
        sa.Column("significance", sa.Float(), nullable=False),
        sa.Column("correction", sa.Text(), nullable=False),
        sa.Column("min_rows", sa.Integer(), nullable=False),
        sa.Column("weighted", sa.Boolean(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("answers", sa.Boolean(), nullable=False),
        sa.Column("windows_drifted", sa.Integer(), nullable=False),
        sa.Column("windows", sa.Integer(), nullable=False),
        sa.Column("retrain_rate", sa.Float(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.name"], name=op.f("fk_drift_rule_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_drift_rule")),
        sa.UniqueConstraint("project", "number", name=op.f("uq_drift_rule_project_number")),
        sqlite_autoincrement=True,
    )


def _reviews() -> None:
    op.create_table(
        "drift_review",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project"], ["project.name"], name=op.f("fk_drift_review_project"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_drift_review")),
        sa.UniqueConstraint("id", name=op.f("uq_drift_review_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_drift_review_project", "drift_review", ["project", "seq"])
