"""Drift checks: what is compared with what, the job that does it, and the reports it leaves."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.datasets.service import DatasetService
from core.errors import NothingToCompare, ReportNotFound
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.ports.blobs import BlobStore
from core.ports.prediction_log import PredictionLog
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.job import Cause, Job, JobKind
