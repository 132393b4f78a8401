"""What a schedule may start: the job of each action, what narrows it, and what must be there for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.data_errors import NoOrigin
from core.errors import InvalidSchedule, NoChampion
from core.monitoring.production.service import CHECK as PERFORMANCE
from core.monitoring.production.windows import EVERY
from core.monitoring.request import ALL, CHECKS
from core.ports.unit_of_work import UnitOfWork
from core.records.access import Permission
from core.records.base import JsonObject, checked_name
from core.records.channel import ChannelKind
from core.records.dataset import DatasetVersion
from core.records.job import JobKind
from core.records.model import Alias
from core.records.schedule import Schedule, ScheduleAction, ScheduleDraft
from core.retraining import recipe, triggers
from core.serving import batch
from core.training import materializing

A = ScheduleAction
MOST_KEPT = 1_000


@dataclass(frozen=True)
class Deed:
    """What an action is: the job it makes, what its payload may hold, and what it takes beyond the right to schedule.

    ``on_data`` tells whether it works on a dataset that must be named, ``by_champion`` whether it needs one.
    """

    kind: JobKind
    title: str
    takes: frozenset[str]
    permission: Permission | None = None
    on_data: bool = False
    by_champion: bool = False


DEEDS: Mapping[ScheduleAction, Deed] = {
    A.RETRAIN: Deed(JobKind.RETRAIN, "Retrain", frozenset({"dataset"}), by_champion=True),
    A.MONITOR: Deed(
        JobKind.MONITOR,
        "Check drift",
        frozenset({"reference", "current", "since", "until", "last", "check", "every"}),
        by_champion=True,
    ),
    A.INGEST: Deed(JobKind.INGEST, "Refresh data", frozenset({"dataset"}), on_data=True),
    A.BATCH_PREDICT: Deed(
        JobKind.BATCH_PREDICT, "Score data", frozenset({"dataset", "into"}), on_data=True, by_champion=True
    ),
    A.MATERIALIZE: Deed(
        JobKind.MATERIALIZE, "Prepare data", frozenset({"dataset", "preparation", "into"}), on_data=True
    ),
    A.REPORT: Deed(JobKind.REPORT, "Report by mail", frozenset({"last", "channel"})),
    A.BACKUP: Deed(JobKind.MAINTENANCE, "Back up", frozenset({"folder", "keep"}), Permission.MAINTAIN),
    A.TIDY: Deed(JobKind.MAINTENANCE, "Tidy the stores", frozenset(), Permission.MAINTAIN),
    A.CHECK: Deed(JobKind.MAINTENANCE, "Check the stores", frozenset({"repair"}), Permission.MAINTAIN),
}
CHAMPIONLESS = "reference"
"""An entry of a payload that stands for the champion's training data."""


def check(draft: ScheduleDraft) -> None:
    """Make sure that a payload fits its action.

    Raises:
        InvalidSchedule: it does not, with the reason.
    """
    deed, given = DEEDS[draft.action], draft.payload
    unknown = sorted(set(given) - deed.takes)
    if unknown:
        allowed = ", ".join(sorted(deed.takes)) or "nothing"
        raise InvalidSchedule(problem=f"{unknown[0]!r} means nothing to {draft.action.value}; it takes {allowed}")
    if given.get("last"):
        triggers.period(str(given["last"]))
    if given.get("into"):
        checked_name(str(given["into"]), "dataset")
    if draft.action is A.MONITOR:
        _check_monitor(given)
    if draft.action is A.BACKUP:
        _check_backup(given)


def _check_monitor(given: JsonObject) -> None:
    check = given.get("check", CHECKS[0])
    if check not in (*CHECKS, ALL, PERFORMANCE) or (given.get("every") and given["every"] not in EVERY):
        raise InvalidSchedule(
            problem=f"a monitor schedule checks {', '.join(CHECKS)} or {ALL} of them, or with check {PERFORMANCE!r} "
            f"what was served, by {', '.join(EVERY)}"
        )


def _check_backup(given: JsonObject) -> None:
    folder = str(given.get("folder") or "")
    if not Path(folder).is_absolute():
        raise InvalidSchedule(problem="say in which folder the backups are kept, from the root on (--folder /backup)")
    if not 1 <= int(given.get("keep") or 1) <= MOST_KEPT:
        raise InvalidSchedule(problem=f"of the backups 1 to {MOST_KEPT:,} are kept (--keep 7)")


def require_champion(work: UnitOfWork, schedule: Schedule) -> None:
    """Let a schedule pass whose action needs no champion, or whose project has one.

    Raises:
        NoChampion: it needs one, and there is none.
    """
    needs = DEEDS[schedule.action].by_champion and not schedule.payload.get(CHAMPIONLESS)
    if needs and work.deployments.current(schedule.project, Alias.CHAMPION) is None:
        raise NoChampion(project=schedule.project)


def require_material(work: UnitOfWork, project: str, action: ScheduleAction, payload: JsonObject) -> None:
    """Make sure that what an action works on is there.

    Raises:
        DatasetNotFound, PreparationNotFound: it is not.
        InvalidSchedule: nothing is named, or the project has no preparation or no channel to use.
        NoOrigin: no version of what shall be refreshed was fetched.
    """
    named = str(payload.get("dataset") or "")
    if DEEDS[action].on_data and not named:
        said = {A.INGEST: "refreshed from its source", A.BATCH_PREDICT: "scored", A.MATERIALIZE: "prepared"}[action]
        raise InvalidSchedule(problem=f"say which dataset shall be {said} (--data NAME)")
    for name in ("dataset", "current", "reference"):
        if payload.get(name):
            recipe.dataset_version(work, project, str(payload[name]))
    if action is A.INGEST:
        _check_origin(work, project, named)
    if action is A.MATERIALIZE:
        _preparation(work, project, payload)
    if action is A.REPORT:
        _check_channel(work, project, str(payload.get("channel") or ""))


def _check_origin(work: UnitOfWork, project: str, dataset: str) -> None:
    versions = work.datasets.find(project)
    if not any(version.dataset == dataset and version.origin is not None for version in versions):
        raise NoOrigin(project=project, dataset=dataset)


def _check_channel(work: UnitOfWork, project: str, name: str) -> None:
    names = [one.name for one in work.channels.find(project) if one.kind is ChannelKind.EMAIL]
    if not names:
        raise InvalidSchedule(problem="the project has no channel of the kind e-mail. Add one beside its alert rules")
    if name and name not in names:
        raise InvalidSchedule(problem=f"there is no e-mail channel {name!r}; the project has {', '.join(names)}")


def _preparation(work: UnitOfWork, project: str, payload: JsonObject) -> int:
    """Return the number of the preparation that is used: the one named, or the newest."""
    if payload.get("preparation"):
        return work.preparations.get(project, int(payload["preparation"])).number
    newest = work.preparations.latest(project)
    if newest is None:
        raise InvalidSchedule(problem="the project has no preparation yet. Save one first (`pilothouse prepare set`)")
    return newest.number


def payload_of(work: UnitOfWork, schedule: Schedule) -> JsonObject:
    """Return the payload of the job a schedule makes now: dataset version, model version and preparation of this
    moment, so that a second attempt at the job does the same.

    Raises:
        As :func:`require_champion` and :func:`require_material`.
    """
    given, project = schedule.payload, schedule.project
    into = str(given.get("into") or "")
    if schedule.action is A.BATCH_PREDICT:
        return batch.payload(_data(work, schedule).ref, recipe.champion_of(work, project).version, into)
    if schedule.action is A.MATERIALIZE:
        return materializing.payload(_data(work, schedule).ref, _preparation(work, project, given), into)
    if DEEDS[schedule.action].kind is JobKind.MAINTENANCE:
        return {**given, "do": schedule.action.value, "series": schedule.id}
    return given


def _data(work: UnitOfWork, schedule: Schedule) -> DatasetVersion:
    return recipe.dataset_version(work, schedule.project, str(schedule.payload["dataset"]))
