"""The tables of retraining by itself: rules, looks at them, signals from outside, plans and what became of them."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from storage.tables import Json, _moment, _project, _seq, _text, metadata

retraining_rule = Table(
    "retraining_rule",
    metadata,
    _seq(),
    _text("id", unique=True),
    _project(),
    _text("name"),
    Column("conditions", Json, nullable=False),
    Column("needed", Integer, nullable=False),
    _text("mode"),
    Column("quiet", Json),
    Column("cooldown_s", Integer, nullable=False),
    Column("per_day", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    _moment("since"),
    _text("seen"),
    _moment("look_at", nullable=True),
    _moment("created_at"),
    _text("created_by"),
    Index("ix_retraining_rule_project", "project"),
    sqlite_autoincrement=True,
)

evaluation = Table(
    "evaluation",
    metadata,
    _seq(),
    _text("id", unique=True),
    _text("rule_id"),
    _project(),
    _moment("at"),
    _text("decision"),
    _text("reason"),
    Column("findings", Json, nullable=False),
    Column("job_id", Text),
    Column("answer", Text),
    Column("answered_by", Text),
    _moment("answered_at", nullable=True),
    Index("ix_evaluation_project", "project", "seq"),
    Index("ix_evaluation_rule_id", "rule_id", "seq"),
    sqlite_autoincrement=True,
)

signal = Table(
    "signal",
    metadata,
    _seq(),
    _text("id"),
    _project(),
    _text("name"),
    _text("note"),
    _moment("at"),
    _text("by"),
    UniqueConstraint("project", "id"),
    sqlite_autoincrement=True,
)

retraining_plan = Table(
    "retraining_plan",
    metadata,
    Column("project", Text, ForeignKey("project.name", ondelete="CASCADE"), primary_key=True),
    Column("plan", Json, nullable=False),
)

retraining = Table(
    "retraining",
    metadata,
    _seq(),
    _text("id", unique=True),
    _project(),
    _text("cause"),
    _text("cause_id"),
    _text("reason"),
    _moment("at"),
    Column("champion", Integer, nullable=False),
    Column("version", Integer),
    _text("dataset"),
    _text("metric"),
    Column("value", Float),
    Column("champion_value", Float),
    Column("same_rows", Boolean, nullable=False),
    _text("verdict"),
    _text("outcome"),
    _text("note"),
    Column("seconds", Float, nullable=False),
    _moment("decided_at"),
    _moment("due_at", nullable=True),
    Index("ix_retraining_project", "project", "seq"),
    Index("ix_retraining_outcome", "outcome"),
    sqlite_autoincrement=True,
)

simulation = Table(
    "simulation",
    metadata,
    _seq(),
    _text("id", unique=True),
    _project(),
    Column("document", Json, nullable=False),
    Index("ix_simulation_project", "project", "seq"),
    sqlite_autoincrement=True,
)
