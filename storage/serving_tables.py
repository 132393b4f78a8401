"""The tables of what is served: labels, traffic, tallies."""

from sqlalchemy import Column, Float, Index, Integer, Table, Text, UniqueConstraint, text

from storage.tables import BIG, Json, _moment, _project, _seq, _text, metadata

label = Table(
    "label",
    metadata,
    _seq(),
    _project(),
    _text("prediction_id"),
    Column("label", Json, nullable=False),
    _moment("observed_at"),
    _moment("received_at"),
    _text("received_by"),
    Index("ix_label_prediction", "project", "prediction_id", "seq"),
    sqlite_autoincrement=True,
)

traffic = Table(
    "traffic",
    metadata,
    _seq("id"),
    _project(),
    _text("mode"),
    Column("version", Integer, nullable=False),
    _text("run_id"),
    _text("bundle_sha256"),
    Column("share", Float, nullable=False),
    _text("sticky"),
    Column("guards", Json, nullable=False),
    _moment("since"),
    _moment("until", nullable=True),
    _text("actor"),
    _text("reason"),
    Column("end", Text),
    _text("ended_by"),
    _text("end_reason"),
    Index("ix_traffic_project", "project", "id"),
    sqlite_autoincrement=True,
)
Index(
    "uq_traffic_open",
    traffic.c.project,
    unique=True,
    sqlite_where=text("until IS NULL"),
    postgresql_where=text("until IS NULL"),
)

serving_tally = Table(
    "serving_tally",
    metadata,
    _seq(),
    _project(),
    _text("process"),
    _moment("minute"),
    Column("version", Integer, nullable=False),
    _text("cohort"),
    Column("requests", BIG, nullable=False),
    Column("refused", BIG, nullable=False),
    Column("failed", BIG, nullable=False),
    Column("rows", BIG, nullable=False),
    Column("buckets", Json, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("cpu_s", Float, nullable=False, server_default="0"),
    Column("memory_mb", Float, nullable=False, server_default="0"),
    UniqueConstraint("project", "minute", "process", "version", "cohort"),
    sqlite_autoincrement=True,
)
