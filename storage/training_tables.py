"""The tables of what people train with and what came of it: preparations, presets, studies, reproductions, cards."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from storage.tables import BIG, Json, _moment, _project, _seq, _text, metadata

preparation = Table(
    "preparation",
    metadata,
    _seq(),
    _project(),
    Column("number", Integer, nullable=False),
    Column("steps", Json, nullable=False),
    _text("note"),
    _text("author"),
    _moment("created_at"),
    UniqueConstraint("project", "number"),
    sqlite_autoincrement=True,
)

reproduction = Table(
    "reproduction",
    metadata,
    _seq(),
    _text("id", unique=True),
    _project(),
    _text("run_id"),
    _text("outcome"),
    Column("differences", Json, nullable=False),
    Column("largest", Float),
    _text("where"),
    Column("metrics", Integer, nullable=False),
    Column("rows", BIG, nullable=False),
    _text("summary"),
    _text("actor"),
    _moment("created_at"),
    Index("ix_reproduction_run", "project", "run_id", "seq"),
    sqlite_autoincrement=True,
)

study = Table(
    "study",
    metadata,
    _seq(),
    _text("id", unique=True),
    _project(),
    Column("spec", Json, nullable=False),
    _text("state"),
    Column("request", Text),
    Column("job_id", Text),
    Column("run_id", Text),
    Column("best", Integer),
    Column("value", Float),
    Column("done", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("importances", Json, nullable=False),
    _text("note"),
    Column("refit_trial", Integer),
    Column("refit_job_id", Text),
    Column("nested", Json, nullable=False, server_default="[]"),
    _moment("created_at"),
    _text("created_by"),
    _moment("started_at", nullable=True),
    _moment("finished_at", nullable=True),
    Index("ix_study_project", "project", "seq"),
    sqlite_autoincrement=True,
)

trial = Table(
    "trial",
    metadata,
    Column("study", Text, ForeignKey("study.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("params", Json, nullable=False),
    _text("state"),
    Column("scores", Json, nullable=False),
    Column("value", Float),
    Column("seconds", Float, nullable=False),
    _text("reason"),
    Column("same_as", Integer),
    Column("attempts", Integer, nullable=False),
    Column("run_id", Text),
    _moment("started_at"),
    _moment("finished_at", nullable=True),
)

preset = Table(
    "preset",
    metadata,
    _seq(),
    _project(),
    _text("name"),
    _text("estimator"),
    Column("params", Json, nullable=False),
    _moment("created_at"),
    _text("created_by"),
    UniqueConstraint("project", "name"),
    sqlite_autoincrement=True,
)

card_text = Table(
    "card_text",
    metadata,
    _seq(),
    _project(),
    Column("version", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("fields", Json, nullable=False),
    _text("author"),
    _moment("created_at"),
    UniqueConstraint("project", "version", "number"),
    sqlite_autoincrement=True,
)

recipe = Table(
    "recipe",
    metadata,
    _seq(),
    _text("name"),
    Column("number", Integer, nullable=False),
    _text("title"),
    _text("summary"),
    Column("tasks", Json, nullable=False),
    Column("scaled", Boolean, nullable=False),
    Column("parameters", Json, nullable=False),
    _text("sha256"),
    _text("author"),
    _moment("created_at"),
    _moment("removed_at", nullable=True),
    Column("package", Text, nullable=False, server_default=""),
    UniqueConstraint("name", "number"),
    sqlite_autoincrement=True,
)
