"""The table of what differs between dataset versions."""

from sqlalchemy import Boolean, Column, Float, Index, Table

from storage.tables import BIG, Json, _moment, _project, _seq, _text, metadata

difference = Table(
    "difference",
    metadata,
    _seq(),
    _text("id", unique=True),
    _project(),
    _text("before"),
    _text("after"),
    Column("key", Json, nullable=False),
    Column("is_key_proposed", Boolean, nullable=False),
    Column("tolerance", Float, nullable=False),
    Column("rows_before", BIG, nullable=False),
    Column("rows_after", BIG, nullable=False),
    Column("added", BIG, nullable=False),
    Column("removed", BIG, nullable=False),
    Column("changed", BIG, nullable=False),
    Column("unchanged", BIG, nullable=False),
    Column("schema_changes", Json, nullable=False),
    Column("columns", Json, nullable=False),
    _text("rows_sha256"),
    _moment("created_at"),
    Index("ix_difference_project", "project", "seq"),
    sqlite_autoincrement=True,
)
