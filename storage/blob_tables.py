"""The tables of what is known of blobs."""

from sqlalchemy import Column, Index, Table, Text

from storage.tables import BIG, _moment, _seq, _text, metadata

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
