"""The tables of what is known of blobs, and of data that was deleted."""

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint

from storage.tables import BIG, _moment, _project, _seq, _text, metadata

blob_fault = Table(
    "blob_fault",
    metadata,
    _seq(),
    _text("sha256"),
    _text("found"),
    Column("size", BIG, nullable=False),
    _moment("at"),
    _moment("mended_at", nullable=True),
    Index("ix_blob_fault_sha256", "sha256"),
    sqlite_autoincrement=True,
)

blob_mark = Table(
    "blob_mark",
    metadata,
    Column("sha256", Text, primary_key=True),
    _moment("marked_at"),
)

deleted_version = Table(
    "deleted_version",
    metadata,
    _seq(),
    _project(),
    _text("dataset"),
    Column("number", Integer, nullable=False),
    _text("sha256"),
    Column("rows", BIG, nullable=False),
    _text("source"),
    _moment("deleted_at"),
    _text("deleted_by"),
    _text("reason"),
    UniqueConstraint("project", "dataset", "number"),
    sqlite_autoincrement=True,
)
