"""Everything screens read, cached.

What SQL owns is cached until the store's revision moves, which any commit of any process does. What MLflow owns is
cached until then or for a few seconds, since other programs may write there.
"""

# ruff: noqa: ARG001 - the revision and the hashes are there to be keys of the cache
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

import streamlit as st

from core.records.access import Actor
from core.records.card import CardText, ModelCard
from core.records.contract import Contract, ContractResult
from core.records.dataset import DatasetRef, DatasetVersion
from core.records.evaluation import Evaluation
from core.records.event import AuditEvent
from core.records.integrity import BlobFault, BlobUse
from core.records.job import Job, JobKind, JobState, JobUsage, WorkerBeat
from core.records.model import Deployment, ModelManifest, ModelVersion, VersionComparison
from core.records.monitor import MonitorReport, ReportOutline
from core.records.preparation import PreparationVersion
from core.records.project import Project
from core.records.removal import DeletedVersion
from core.records.reproduction import Reproduction
from core.records.schedule import Firing, Schedule
from core.records.training import Preset, Run
from pages.shared.context import platform

P = ParamSpec("P")
R = TypeVar("R")
TAIL = 16_000


def fresh(read: Callable[Concatenate[int, P], R]) -> Callable[P, R]:
    """Give ``read``, whose first argument is the store's revision, the present one."""

    def load(*args: P.args, **kwargs: P.kwargs) -> R:
        return read(platform().store.revision(), *args, **kwargs)

    return load


@st.cache_data(max_entries=4, show_spinner=False)
def _projects(revision: int) -> list[Project]:
    return platform().projects.all()


@st.cache_data(max_entries=32, show_spinner=False)
def _datasets(revision: int, project: str) -> list[DatasetVersion]:
    return platform().datasets.versions(project)


@st.cache_data(max_entries=16, show_spinner=False)
def _deleted(revision: int, project: str) -> list[DeletedVersion]:
    return platform().removal.deleted(project)


@st.cache_data(max_entries=2, show_spinner=False)
def _faults(revision: int) -> list[tuple[BlobFault, list[BlobUse]]]:
    return platform().integrity.faults()


@st.cache_data(max_entries=32, show_spinner=False)
def _contract(revision: int, project: str, dataset: str) -> Contract | None:
    return platform().contracts.newest(project, dataset)


@st.cache_data(max_entries=32, show_spinner=False)
def _contract_history(revision: int, project: str, dataset: str) -> list[Contract]:
    return platform().contracts.history(project, dataset)


@st.cache_data(max_entries=32, show_spinner=False)
def _contract_result(revision: int, project: str, ref: DatasetRef) -> ContractResult | None:
    return platform().contracts.result(project, ref)


@st.cache_data(max_entries=16, show_spinner=False)
def _contract_results(revision: int, project: str) -> list[ContractResult]:
    return platform().contracts.results(project)


@st.cache_data(max_entries=32, show_spinner=False)
def _jobs(
    revision: int,
    project: str | None,
    states: tuple[JobState, ...] = (),
    kinds: tuple[JobKind, ...] = (),
    limit: int = 200,
) -> list[Job]:
    return platform().queue.find(project, states, kinds, limit)


@st.cache_data(max_entries=16, show_spinner=False)
def _usage(revision: int, job_id: str) -> JobUsage | None:
    return platform().queue.usage(job_id)


@st.cache_data(max_entries=16, show_spinner=False)
def _retried_as(revision: int, job_id: str) -> Job | None:
    return platform().queue.retried_as(job_id)


@st.cache_data(max_entries=32, show_spinner=False)
def _durations(job_id: str, _job: Job) -> tuple[float, ...]:
    return platform().queue.durations(_job)


@st.cache_data(max_entries=4, show_spinner=False)
def _workers(revision: int) -> list[WorkerBeat]:
    return platform().queue.workers()


@st.cache_data(max_entries=32, ttl=10, show_spinner=False)
def _runs(revision: int, project: str) -> list[Run]:
    return platform().training.runs(project, 200)


@st.cache_data(max_entries=64, ttl=10, show_spinner=False)
def _run(revision: int, project: str, run_id: str) -> Run:
    return platform().training.run(project, run_id)


@st.cache_data(max_entries=64, show_spinner=False)
def _evaluation(run_id: str, is_finished: bool, _run: Run) -> Evaluation | None:
    return platform().training.evaluation(_run)


@st.cache_data(max_entries=32, show_spinner=False)
def _presets(revision: int, project: str) -> list[Preset]:
    return platform().presets.of(project)


@st.cache_data(max_entries=32, show_spinner=False)
def _preparations(revision: int, project: str) -> list[PreparationVersion]:
    return platform().preparations.versions(project)


@st.cache_data(max_entries=32, ttl=10, show_spinner=False)
def _versions(revision: int, project: str) -> list[ModelVersion]:
    return platform().models.versions(project)


@st.cache_data(max_entries=32, show_spinner=False)
def _champion(revision: int, project: str) -> Deployment | None:
    return platform().models.champion(project)


@st.cache_data(max_entries=32, show_spinner=False)
def _history(revision: int, project: str) -> list[Deployment]:
    return platform().models.history(project)


@st.cache_data(max_entries=32, ttl=10, show_spinner=False)
def _comparison(revision: int, project: str, version: int) -> VersionComparison:
    return platform().models.compare(project, version)


@st.cache_data(max_entries=32, show_spinner=False)
def _card_text(revision: int, project: str, version: int) -> CardText | None:
    return next(iter(platform().cards.texts(project, version)), None)


@st.cache_data(max_entries=16, ttl=10, show_spinner=False)
def _card(revision: int, project: str, version: int) -> ModelCard:
    return platform().cards.card(project, version)


@st.cache_data(max_entries=32, show_spinner=False)
def _manifest(bundle_sha256: str, _version: ModelVersion) -> ModelManifest:
    return platform().models.manifest(_version)


@st.cache_data(max_entries=32, show_spinner=False)
def _reproductions(revision: int, project: str, run_id: str) -> list[Reproduction]:
    return platform().training.reproductions(project, run_id)


@st.cache_data(max_entries=16, show_spinner=False)
def _reports(revision: int, project: str) -> list[ReportOutline]:
    return platform().monitoring.outlines(project, limit=120)


@st.cache_data(max_entries=64, show_spinner=False)
def _report(revision: int, id: str) -> MonitorReport:
    return platform().monitoring.report(id)


@st.cache_data(max_entries=16, show_spinner=False)
def _schedules(revision: int, project: str | None) -> list[Schedule]:
    return platform().retraining.schedules(project)


@st.cache_data(max_entries=16, show_spinner=False)
def _firings(revision: int, project: str, schedule_id: str | None) -> list[Firing]:
    return platform().retraining.firings(project, schedule_id, 100)


@st.cache_data(max_entries=8, show_spinner=False)
def _events(revision: int, actor: Actor, project: str | None) -> list[AuditEvent]:
    return platform().audit.events(actor, project, 200)


projects = fresh(_projects)
datasets = fresh(_datasets)
deleted = fresh(_deleted)
faults = fresh(_faults)
contract = fresh(_contract)
contract_history = fresh(_contract_history)
contract_result = fresh(_contract_result)
contract_results = fresh(_contract_results)
jobs = fresh(_jobs)
usage = fresh(_usage)
retried_as = fresh(_retried_as)
workers = fresh(_workers)
runs = fresh(_runs)
run = fresh(_run)
presets = fresh(_presets)
preparations = fresh(_preparations)
versions = fresh(_versions)
champion = fresh(_champion)
history = fresh(_history)
comparison = fresh(_comparison)
reproductions = fresh(_reproductions)
reports = fresh(_reports)
report = fresh(_report)
schedules = fresh(_schedules)
firings = fresh(_firings)
events = fresh(_events)


def evaluation(of: Run) -> Evaluation | None:
    """Return what a run found on its hold-out, or None."""
    return _evaluation(of.run_id, of.finished_at is not None, of)


def named_data(project: str, ref: str | None) -> str | None:
    """Return a dataset version as it is named where it was used: with a word when it was deleted since."""
    gone = {f"{left.dataset}@{left.number}" for left in deleted(project)}
    return f"{ref} (deleted)" if ref in gone else ref


def durations(of: Job) -> tuple[float, ...]:
    """Return how long jobs like this one took before it began."""
    return _durations(of.id, of)


def card_text(version: ModelVersion) -> CardText | None:
    """Return what people wrote on the card of a model version, as last saved."""
    return fresh(_card_text)(version.project, version.version)


def card(version: ModelVersion) -> ModelCard:
    """Return the card of a model version."""
    return fresh(_card)(version.project, version.version)


def manifest(version: ModelVersion) -> ModelManifest:
    """Return what a model version expects and answers."""
    return _manifest(version.bundle_sha256, version)


def log_tail(job_id: str) -> str:
    """Return the last lines a job wrote; never cached, it grows while one looks."""
    path = platform().queue.log_path(job_id)
    written = path.stat().st_size if path.exists() else 0
    text, _ = platform().queue.log(job_id, max(0, written - TAIL))
    return text


def alive(now: datetime) -> list[WorkerBeat]:
    """Return the workers that gave a sign of life lately."""
    return platform().queue.alive(now)
