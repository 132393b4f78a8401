"""The tables of the decisions on model versions: gates and verdicts."""

from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint

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
