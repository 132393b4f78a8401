"""Alert rules, alerts with their history, channels and the outbox."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, Json, UtcDateTime

revision = "0022"
down_revision = "0021"


def _text(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def _seq(name: str = "seq") -> "sa.Column[int]":
    return sa.Column(name, BIG, autoincrement=True, nullable=False)


def _integer(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=False)


def _flag(name: str) -> "sa.Column[bool]":
    return sa.Column(name, sa.Boolean(), nullable=False)


def _json(name: str) -> "sa.Column[object]":
    return sa.Column(name, Json(), nullable=False)


def _of(parent: str, column: str, table: str) -> sa.ForeignKeyConstraint:
    key = {"project": "name"}.get(parent, "id")
    return sa.ForeignKeyConstraint([column], [f"{parent}.{key}"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")


def _own(table: str, key: str = "seq") -> list[sa.Constraint]:
    """Return the constraints that each of these tables has."""
    found: list[sa.Constraint] = [
        _of("project", "project", table),
        sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}")),
    ]
    return found if key != "seq" else [*found, sa.UniqueConstraint("id", name=op.f(f"uq_{table}_id"))]


def upgrade() -> None:
    _rules()
    _alerts()
    _channels()


def _rules() -> None:
    op.create_table(
        "alert_rule",
        *(_seq(), _text("id"), _text("project"), _text("name"), _text("watched"), _text("subject")),
        *(_json("condition"), _text("severity"), _integer("window_s"), _integer("cooldown_s"), _text("owner")),
        *(_json("channels"), _flag("enabled"), _moment("muted_until", nullable=True), _text("cursor")),
        *(_moment("created_at"), _text("created_by")),
        *_own("alert_rule"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_rule_project", "alert_rule", ["project", "seq"])


def _alerts() -> None:
    op.create_table(
        "alert",
        *(_seq(), _text("id"), _text("project"), _text("rule_id"), _text("cause"), _text("series"), _text("title")),
        *(_text("summary"), _text("severity"), _text("owner"), _text("state")),
        sa.Column("value", sa.Float(), nullable=True),
        *(_text("sample"), _text("evidence", nullable=True), _integer("openings"), _integer("told_opening")),
        *(_moment("told_at", nullable=True), _integer("times"), _moment("first_at"), _moment("opened_at")),
        *(_moment("seen_at"), _moment("muted_until", nullable=True)),
        *_own("alert"),
        sa.UniqueConstraint("project", "cause", name=op.f("uq_alert_project_cause")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_state", "alert", ["project", "state"])
    op.create_index("ix_alert_rule_id", "alert", ["rule_id"])
    op.create_table(
        "alert_change",
        *(_seq("number"), _text("alert_id"), _text("project"), _moment("at"), _text("actor")),
        *(_text("before", nullable=True), _text("after"), _text("note")),
        _of("alert", "alert_id", "alert_change"),
        *_own("alert_change", "number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_change_alert", "alert_change", ["alert_id", "number"])
    op.create_index("ix_alert_change_project", "alert_change", ["project", "number"])


def _channels() -> None:
    op.create_table(
        "channel",
        *(_seq(), _text("id"), _text("project"), _text("name"), _text("kind"), _text("address"), _json("recipients")),
        *(_text("sender"), _text("signing"), _text("least"), _flag("tells_resolved"), _flag("enabled")),
        *(_moment("created_at"), _text("created_by")),
        *_own("channel"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_channel_project", "channel", ["project", "seq"])
    op.create_table(
        "message",
        *(_seq(), _text("id"), _text("project"), _text("channel_id"), _text("alert_id"), _integer("opening")),
        *(_text("occasion"), _json("content"), _text("state"), _integer("attempts")),
        sa.Column("token", BIG, nullable=False),
        *(_moment("next_at"), _text("problem"), _moment("created_at"), _moment("sent_at", nullable=True)),
        _of("channel", "channel_id", "message"),
        *_own("message"),
        sa.UniqueConstraint(
            *("channel_id", "alert_id", "opening", "occasion"),
            name=op.f("uq_message_channel_id_alert_id_opening_occasion"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_message_due", "message", ["state", "next_at"])
    op.create_index("ix_message_project", "message", ["project", "seq"])
