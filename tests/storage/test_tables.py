from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from core.errors import InvalidInput
from core.records.access import ApiKey, Session, SignInAttempt, User
from core.records.alert import Alert, AlertRule
from core.records.base import Record
from core.records.channel import Channel, Message
from core.records.contract import Contract, ContractResult
from core.records.dataset import DatasetVersion
from core.records.difference import Difference
from core.records.event import AuditEvent
from core.records.integrity import BlobFault
from core.records.job import Job, WorkerBeat
from core.records.model import Deployment
from core.records.monitor import MonitorReport
from core.records.project import Project
from core.records.removal import DeletedVersion
from core.records.schedule import Firing, Schedule
from core.records.upload import Upload
from storage import alert_tables, blob_tables, contract_tables, difference_tables, monitor_tables, tables, upload_tables
from storage.tables import Json, UtcDateTime

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("record", "table"),
    [
        (Project, tables.project),
        (DatasetVersion, tables.dataset_version),
        (Contract, contract_tables.contract),
        (ContractResult, contract_tables.contract_result),
        (Job, tables.job),
        (BlobFault, blob_tables.blob_fault),
        (DeletedVersion, blob_tables.deleted_version),
        (WorkerBeat, tables.worker),
        (Deployment, tables.deployment),
        (Difference, difference_tables.difference),
        (MonitorReport, monitor_tables.report),
        (Alert, alert_tables.alert),
        (AlertRule, alert_tables.alert_rule),
        (Channel, alert_tables.channel),
        (Message, alert_tables.message),
        (Upload, upload_tables.upload),
        (Schedule, tables.schedule),
        (Firing, tables.firing),
        (AuditEvent, tables.event),
        (User, tables.account),
        (Session, tables.session),
        (SignInAttempt, tables.attempt),
        (ApiKey, tables.api_key),
    ],
)
def test_a_table_has_a_column_for_each_field_of_its_record(record: type[Record], table: Table) -> None:
    assert set(table.c.keys()) - {"seq", "cells"} == set(record.model_fields)
    for name, field in record.model_fields.items():
        optional = type(None) in getattr(field.annotation, "__args__", ())
        assert table.c[name].nullable == optional, name


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_a_moment_is_kept_in_utc_whatever_zone_it_came_in(dialect: object) -> None:
    there = NOON.astimezone(timezone(timedelta(hours=-5)))
    kept = UtcDateTime().process_bind_param(there, dialect)  # type: ignore[arg-type]
    back = UtcDateTime().process_result_value(kept, dialect)  # type: ignore[arg-type]
    assert (back, str(back)) == (NOON, "2026-03-02 12:00:00.123456+00:00")
    assert UtcDateTime().process_bind_param(None, dialect) is None  # type: ignore[arg-type]
    assert UtcDateTime().process_result_value(None, dialect) is None  # type: ignore[arg-type]


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(NOON.replace(tzinfo=None), sqlite.dialect())


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"a": {"b": -float("inf")}}])
def test_json_with_a_number_that_is_not_finite_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match="Use finite numbers"):
        Json().process_bind_param(value, sqlite.dialect())
