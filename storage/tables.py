"""The tables of the metadata store; columns carry the names of the record fields they hold.

``seq`` numbers rows in the order they came, for "newest first" where moments can be equal. Moments are UTC; what
records nest is JSON.
"""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)

from storage.rows import to_json


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware UTC datetimes out, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC, and drop the zone for databases that would drop it unconverted."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """Strict JSON kept as text, byte for byte what was written; None is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Spell ``value``; numbers that are not finite are refused."""
        return None if value is None else to_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read the text back."""
        return None if value is None else json.loads(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BIG = BigInteger().with_variant(Integer, "sqlite")


def _seq(name: str = "seq") -> Column[int]:
    return Column(name, BIG, primary_key=True, autoincrement=True)


def _project(*, nullable: bool = False) -> Column[str]:
    return Column("project", Text, ForeignKey("project.name", ondelete="CASCADE"), nullable=nullable)


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, Text, nullable=False, **options)


def _moment(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, UtcDateTime, nullable=nullable)


revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BIG, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

project = Table(
    "project",
    metadata,
    _seq(),
    _text("name", unique=True),
    _text("task"),
    _text("target"),
    Column("positive", Text),
    Column("id_column", Text),
    Column("time_column", Text),
    _text("metric"),
    Column("cost_matrix", Json),
    _text("description"),
    Column("enough_labels", Float, nullable=False, server_default="0.8"),
    _moment("created_at"),
    _text("created_by"),
    sqlite_autoincrement=True,
)

dataset_version = Table(
    "dataset_version",
    metadata,
    _seq(),
    _project(),
    _text("dataset"),
    Column("number", Integer, nullable=False),
    _text("sha256"),
    _text("parquet_sha256"),
    Column("size", BIG, nullable=False),
    Column("rows", BIG, nullable=False),
    Column("columns", Json, nullable=False),
    Column("profile", Json, nullable=False),
    Column("reading", Json, nullable=False),
    _text("source"),
    Column("origin", Json),
    _text("note"),
    Column("tags", Json, nullable=False),
    _text("author"),
    _moment("created_at"),
    Column("parent", Integer, nullable=True),
    UniqueConstraint("project", "dataset", "number"),
    sqlite_autoincrement=True,
)

job = Table(
    "job",
    metadata,
    _seq(),
    _text("id", unique=True),
    _text("kind"),
    _project(nullable=True),
    _text("title"),
    Column("payload", Json, nullable=False),
    _text("state"),
    Column("priority", Integer, nullable=False),
    Column("key", Text, unique=True),
    _text("engine"),
    Column("attempt", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("token", Integer, nullable=False),
    Column("worker", Text),
    _moment("lease_until", nullable=True),
    Column("cancel_requested", Boolean, nullable=False),
    Column("timeout_s", Integer, nullable=False),
    Column("memory_mb", Integer, nullable=False),
    _text("stage"),
    Column("fraction", Float, nullable=False),
    _text("message"),
    Column("figures", Json, nullable=False, server_default="{}"),
    Column("result", Json),
    Column("error_code", Text),
    Column("error", Text),
    Column("cause", Json),
    Column("process", Json),
    _moment("created_at"),
    _text("created_by"),
    _moment("started_at", nullable=True),
    _moment("finished_at", nullable=True),
    CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="state"),
    CheckConstraint("fraction >= 0 AND fraction <= 1", name="fraction"),
    sqlite_autoincrement=True,
)
Index("ix_job_project", job.c.project, job.c.seq)
Index(
    "ix_job_open",
    job.c.engine,
    job.c.priority.desc(),
    job.c.seq,
    sqlite_where=text("state IN ('queued', 'running')"),
    postgresql_where=text("state IN ('queued', 'running')"),
)

job_usage = Table(
    "job_usage",
    metadata,
    Column("job", Text, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True),
    Column("token", Integer, nullable=False),
    Column("samples", Json, nullable=False),
    Column("cpu_s", Float, nullable=False),
    Column("peak_mb", Float, nullable=False),
)

worker = Table(
    "worker",
    metadata,
    Column("worker", Text, primary_key=True),
    _text("host"),
    Column("pid", Integer, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("leader", Boolean, nullable=False),
    _moment("started_at"),
    _moment("seen_at"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    _text("holder"),
    _moment("lease_until"),
)

deployment = Table(
    "deployment",
    metadata,
    _seq("id"),
    _project(),
    _text("alias"),
    Column("version", Integer, nullable=False),
    _text("run_id"),
    _text("bundle_sha256"),
    _moment("since"),
    _moment("until", nullable=True),
    _text("actor"),
    _text("reason"),
    Column("verdict", Text, nullable=False, server_default=""),
    Column("overridden", Boolean, nullable=False, server_default=false()),
    sqlite_autoincrement=True,
)
Index("ix_deployment_project", deployment.c.project, deployment.c.alias, deployment.c.id)
Index(
    "uq_deployment_open",
    deployment.c.project,
    deployment.c.alias,
    unique=True,
    sqlite_where=text("until IS NULL"),
    postgresql_where=text("until IS NULL"),
)

proof = Table(
    "proof",
    metadata,
    _text("bundle_sha256", primary_key=True),
    _text("environment", primary_key=True),
    _moment("at"),
)

schedule = Table(
    "schedule",
    metadata,
    _seq(),
    _text("id", unique=True),
    _project(),
    _text("name"),
    _text("action"),
    Column("payload", Json, nullable=False),
    Column("trigger", Json, nullable=False),
    Column("conduct", Json, nullable=False),
    Column("enabled", Boolean, nullable=False),
    _moment("starts_at", nullable=True),
    _moment("ends_at", nullable=True),
    _moment("anchor"),
    _moment("next_at", nullable=True),
    _moment("due_at", nullable=True),
    _moment("waiting_since", nullable=True),
    _moment("created_at"),
    _text("created_by"),
    Index("ix_schedule_project", "project"),
    Index("ix_schedule_due_at", "due_at"),
    sqlite_autoincrement=True,
)

firing = Table(
    "firing",
    metadata,
    _seq(),
    _text("schedule_id"),
    _project(),
    _moment("slot"),
    _text("outcome"),
    Column("job_id", Text),
    _text("reason"),
    _moment("decided_at"),
    UniqueConstraint("schedule_id", "slot"),
    Index("ix_firing_project", "project", "slot"),
    sqlite_autoincrement=True,
)

event = Table(
    "event",
    metadata,
    Column("number", BIG, primary_key=True, autoincrement=False),
    _moment("at"),
    _text("actor"),
    _text("action"),
    Column("project", Text),
    _text("subject"),
    Column("details", Json, nullable=False),
    _text("previous"),
    _text("hash"),
    Index("ix_event_project", "project", "number"),
)

account = Table(
    "account",
    metadata,
    Column("name", Text, primary_key=True),
    _text("role"),
    _text("password_hash"),
    Column("disabled", Boolean, nullable=False),
    _moment("created_at"),
)

session = Table(
    "session",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("user", Text, ForeignKey("account.name", ondelete="CASCADE"), nullable=False),
    _moment("created_at"),
    _moment("seen_at"),
    _moment("expires_at"),
    Index("ix_session_user", "user"),
)

attempt = Table(
    "attempt",
    metadata,
    _seq(),
    _text("user"),
    _moment("at"),
    Index("ix_attempt_user", "user", "at"),
    sqlite_autoincrement=True,
)

api_key = Table(
    "api_key",
    metadata,
    _seq(),
    _text("id", unique=True),
    _text("name"),
    _text("prefix"),
    _text("key_sha256", unique=True),
    _text("role"),
    _moment("created_at"),
    _text("created_by"),
    _moment("expires_at", nullable=True),
    _moment("revoked_at", nullable=True),
    sqlite_autoincrement=True,
)
