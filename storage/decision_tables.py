"""The tables of the decisions on model versions: gates, verdicts, approvals, expected aliases."""

from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint, text

from storage.tables import Json, _moment, _project, _seq, _text, metadata

gate_policy = Table(
    "gate_policy",
    metadata,
    _seq(),
    _project(),
    Column("number", Integer, nullable=False),
    Column("gates", Json, nullable=False),
    _text("note"),
    _text("author"),
    _moment("created_at"),
    UniqueConstraint("project", "number"),
    sqlite_autoincrement=True,
)

verdict = Table(
    "verdict",
    metadata,
    _seq(),
    _text("id", unique=True),
    _project(),
    Column("version", Integer, nullable=False),
    _text("run_id"),
    _text("bundle_sha256"),
    Column("champion", Integer, nullable=False),
    Column("policy", Integer, nullable=False),
    _text("outcome"),
    Column("gates", Json, nullable=False),
    _text("summary"),
    _text("basis"),
    _text("actor"),
    _moment("created_at"),
    Index("ix_verdict_version", "project", "version", "seq"),
    sqlite_autoincrement=True,
)

approval = Table(
    "approval",
    metadata,
    _seq(),
    _text("id", unique=True),
    _project(),
    Column("version", Integer, nullable=False),
    _text("bundle_sha256"),
    Column("champion", Integer, nullable=False),
    Column("policy", Integer, nullable=False),
    _text("verdict"),
    _text("comment"),
    _text("requested_by"),
    _moment("requested_at"),
    _text("state"),
    _text("answer"),
    _text("answered_by"),
    _moment("answered_at", nullable=True),
    sqlite_autoincrement=True,
)
Index(
    "uq_approval_waiting",
    approval.c.project,
    approval.c.version,
    unique=True,
    sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'"),
)

alias_expectation = Table(
    "alias_expectation",
    metadata,
    _seq(),
    _project(),
    _text("alias"),
    Column("versions", Json, nullable=False),
    Column("noticed", Integer),
    UniqueConstraint("project", "alias"),
    sqlite_autoincrement=True,
)

replay = Table(
    "replay",
    metadata,
    _seq(),
    _text("id", unique=True),
    _project(),
    Column("version", Integer, nullable=False),
    _text("bundle_sha256"),
    Column("champion", Integer, nullable=False),
    _text("champion_sha256"),
    _moment("since"),
    _moment("until"),
    Column("findings", Json, nullable=False),
    _text("summary"),
    _text("actor"),
    _moment("created_at"),
    Index("ix_replay_version", "project", "version", "seq"),
    sqlite_autoincrement=True,
)
