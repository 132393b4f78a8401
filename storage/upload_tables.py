"""The table of files on their way in."""

from sqlalchemy import Column, Index, Table, Text

from storage.tables import BIG, Json, _moment, _project, _seq, _text, metadata

upload = Table(
    "upload",
    metadata,
    _seq(),
    _text("id", unique=True),
    _project(),
    _text("filename"),
    Column("size", BIG, nullable=False),
    Column("sha256", Text),
    Column("origin", Json),
    Column("choices", Json, nullable=False),
    _text("author"),
    _moment("created_at"),
    Index("ix_upload_created_at", "created_at"),
    sqlite_autoincrement=True,
)
