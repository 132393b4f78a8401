"""The tables of runs as lists read them, and of what people add to runs."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from storage.tables import Json, _moment, _project, _seq, _text, metadata

run_entry = Table(
    "run_entry",
    metadata,
    _seq(),
    _project(),
    _text("run_id", unique=True),
    _text("name"),
    _text("status"),
    _text("kind"),
    Column("estimator", Text),
    Column("dataset", Text),
    Column("task", Text),
    Column("target", Text),
    Column("version", Integer),
    Column("parent_id", Text),
    Column("job_id", Text),
    _text("author"),
    _text("note"),
    _moment("started_at"),
    _moment("finished_at", nullable=True),
    Column("took", Float),
    Column("params", Json, nullable=False),
    Column("numbers", Json, nullable=False),
    Column("metrics", Json, nullable=False),
    Column("tags", Json, nullable=False),
    Column("split_sha256", Text),
    Column("holdout_sha256", Text),
    _moment("gone_at", nullable=True),
    _text("words"),
    Index("ix_run_entry_started", "project", "started_at"),
    sqlite_autoincrement=True,
)

run_mark = Table(
    "run_mark",
    metadata,
    Column("run_id", Text, primary_key=True),
    _project(),
    Column("starred", Boolean, nullable=False),
    Column("archived", Boolean, nullable=False),
)

run_comment = Table(
    "run_comment",
    metadata,
    _seq(),
    _text("id", unique=True),
    _project(),
    _text("run_id"),
    _text("author"),
    _moment("at"),
    _text("text"),
    Index("ix_run_comment_run", "run_id", "seq"),
    sqlite_autoincrement=True,
)

run_view = Table(
    "run_view",
    metadata,
    _seq(),
    _project(),
    _text("name"),
    _text("address"),
    _text("author"),
    _moment("created_at"),
    UniqueConstraint("project", "name"),
    sqlite_autoincrement=True,
)

run_cursor = Table(
    "run_cursor",
    metadata,
    Column("project", Text, ForeignKey("project.name", ondelete="CASCADE"), primary_key=True),
    _moment("newest", nullable=True),
    _moment("ended", nullable=True),
    _moment("oldest", nullable=True),
    _moment("swept_at", nullable=True),
    Column("swept_mark", Text),
    Column("whole", Boolean, nullable=False),
    Column("metrics", Json, nullable=False),
    Column("params", Json, nullable=False),
    Column("tags", Json, nullable=False),
)
