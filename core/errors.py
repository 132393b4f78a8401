"""Every error a user can meet; the docstring of an error class is the sentence the user reads."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Self


class AppError(Exception):
    """Pilothouse could not finish this; the log has the details."""

    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 2

    def __init__(self, **facts: object) -> None:
        """Fill the class docstring with ``facts`` to make the message."""
        self.facts = facts
        template = " ".join((type(self).__doc__ or "").split())
        super().__init__(template.format(**facts))

    def __reduce__(self) -> tuple[Callable[[], Self], tuple[()], dict[str, Any]]:
        """Cross from one process to another whole."""
        return partial(type(self), **self.facts), (), self.__dict__

    @property
    def code(self) -> str:
        """The class name in snake_case, as API and ``--json`` answers spell it."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    @property
    def message(self) -> str:
        """The sentence the user reads."""
        return str(self)


class InvalidInput(AppError):
    """{problem}"""

    status = 422


class NotFound(AppError):
    """{what} does not exist."""

    status = 404


class Conflict(AppError):
    """{problem}"""

    status = 409


class Denied(AppError):
    """The role {role} may not {permission}. Ask an administrator for a role that may."""

    status = 403


class Unavailable(AppError):
    """{problem}"""

    status = 503
    exit_code = 3


class AnswerIsNo(AppError):
    """{problem}"""

    status = 409
    exit_code = 1


class UnsafeBinding(InvalidInput):
    """{what} would listen on {host}, which other machines can reach, while PILOTHOUSE_AUTH is off. Set
    PILOTHOUSE_AUTH=password (and add a user with `pilothouse user add`), or bind to 127.0.0.1."""


class PortTaken(Unavailable):
    """Port {port} for {what} is taken: another program, or another Pilothouse, listens on {host}:{port}. Stop it, or
    choose another port with {setting}."""


class InvalidSetting(InvalidInput):
    """The setting {name} is not usable: {problem}"""


class InvalidName(InvalidInput):
    """{name!r} cannot name a {what}: use 1 to 63 lowercase letters, digits, '-' or '_', starting with a letter or
    digit{such}."""


class NameMissing(InvalidName):
    """Give the {what} a name: 1 to 63 lowercase letters, digits, '-' or '_', starting with a letter or digit."""


class ProjectNotFound(NotFound):
    """There is no project named {name!r}. See `pilothouse project list`, or create it first."""


class ProjectExists(Conflict):
    """A project named {name!r} exists already. Choose another name, or delete the old one first."""


class InvalidProject(InvalidInput):
    """The project cannot be saved: {problem}"""


class ProjectIsFixed(Conflict):
    """Project {name!r} {reason}, so {fields} can no longer be changed: its models answer that question. Create another
    project for another question."""


class ProjectIsBusy(Conflict):
    """Project {name!r} has a training in the queue or at work ({title}). Cancel it or wait for its end, then edit the
    project."""


class NotConfirmed(InvalidInput):
    """Nothing was deleted, neither {subject} nor anything in it: {how}"""


class ProjectIsServing(Conflict):
    """Project {name!r} has a champion (version {version}) that is serving. Confirm the deletion to take it down."""


class ProjectIsAtWork(Conflict):
    """Project {name!r} has jobs that are running: {jobs}. Cancel them (`pilothouse job cancel ID`, or on the screen
    Jobs) or let them end, then delete it."""


class DatasetNotFound(NotFound):
    """Project {project!r} has no dataset version {ref!r}. It has: {known}."""


class ContractNotFound(NotFound):
    """The dataset {dataset!r} of project {project!r} has no such contract. Make one with `pilothouse contract infer
    {project} {dataset}@1 | pilothouse contract set {project} {dataset} -`, or on the Datasets screen."""


class InvalidContract(InvalidInput):
    """The contract cannot be saved: {problem}"""


class ContractFails(AnswerIsNo):
    """{ref} fails its contract (version {contract}): {problem}. Mend the data, change the contract, or train on it all
    the same with a reason (`--override REASON`)."""


class InvalidKey(InvalidInput):
    """Rows cannot be recognised by the key {key}: {problem}"""


class NotATable(InvalidInput):
    """{name} cannot be read as a table: {problem}"""


class InvalidExpression(InvalidInput):
    """Character {position} of the expression: {problem}"""

    def __init__(self, *, position: int, problem: str) -> None:
        """``position`` counts characters from 1."""
        super().__init__(position=position, problem=problem)
        self.position = position


class InvalidPreparation(InvalidInput):
    """Step {number} of the preparation ({step}) cannot be taken: {problem}"""

    def __init__(self, *, number: int, step: str, problem: str, position: int | None = None) -> None:
        """``number`` counts from 1; ``position`` is the place of the fault in the step's expression."""
        super().__init__(number=number, step=step, problem=problem, position=position)
        self.number = number
        self.problem = problem
        self.position = position


class PreparationNotFound(NotFound):
    """Project {project!r} has no preparation {number}. It has: {known}."""


class BlobNotFound(NotFound):
    """The stored bytes {sha256} are missing. Run `pilothouse fsck --repair`; it says what else to do."""


class BlobCorrupt(AppError):
    """The stored bytes {sha256} do not match their hash (found {found}). They were not used and are set aside. Run
    `pilothouse fsck --repair`; it says what else to do."""


class JobNotFound(NotFound):
    """There is no job {id}. See `pilothouse job list`."""


class IllegalTransition(Conflict):
    """Job {id} is {state}; it cannot become {target}."""


class LeaseLost(Conflict):
    """Job {id} belongs to another worker now (token {token} is stale); nothing was written."""


class JobFailed(AnswerIsNo):
    """Job {id} ended as {state}: {reason}"""


class JobCancelled(AnswerIsNo):
    """Job {id} was cancelled."""


class NoWorker(Unavailable):
    """No worker is running, so the job stays queued. Start one with `make run` or `pilothouse worker`."""


class UnknownEstimator(InvalidInput):
    """There is no estimator {key!r} for {task} projects. Choose one of: {known}."""


class InvalidParameter(InvalidInput):
    """The parameter {name}={value!r} of {estimator} is not allowed: {problem}"""


class InvalidSpec(InvalidInput):
    """The training cannot start: {problem}"""


class PresetNotFound(NotFound):
    """Project {project!r} has no preset {name!r}. It has: {known}."""


class RunNotFound(NotFound):
    """There is no run {run_id!r} in project {project!r}. See `pilothouse runs {project}`."""


class NoSuchRun(NotFound):
    """There is no run {run_id!r} in any project. See `pilothouse runs PROJECT` for those there are."""


class AmbiguousRun(InvalidInput):
    """Several runs begin with {start!r}: {runs}. Give more of the id."""


class RunHasNoModel(Conflict):
    """Run {run_id!r} has no model to register: {problem}"""


class VersionNotFound(NotFound):
    """Project {project!r} has no model version {version}. It has: {known}."""


class NoChampion(Conflict):
    """Project {project!r} has no champion yet. Train a model and promote a version first."""


class NoEarlierChampion(Conflict):
    """Project {project!r} has no earlier champion to roll back to."""


class AlreadyChampion(Conflict):
    """Version {version} of project {project!r} is the champion already; nothing was changed."""


class ChampionChanged(Conflict):
    """Nothing was changed: meanwhile {actor} made {champion} the champion of project {project!r}. Look at it, then
    decide again."""


class NeverChampion(Conflict):
    """Version {version} of project {project!r} was never its champion, so there is nothing to roll back to. Promote it
    instead."""


class BundleMismatch(Conflict):
    """{subject} was not put into service: the registry and the stored bundle disagree ({problem}). Train
    again, or restore the registry from a backup."""


class ReasonMissing(InvalidInput):
    """{action} needs a reason: one sentence for those who read the history later."""


class UnsafeModel(AppError):
    """The model file was refused and not loaded: {problem}"""

    status = 422


class ParityFailed(Conflict):
    """{subject} was not put into service: its answers to the stored probe rows differ from those recorded at
    training by up to {difference}. The former version keeps serving."""


class InvalidRequest(InvalidInput):
    """The request does not fit the model's input: {problem}"""

    def __init__(self, *, problem: str, details: tuple[tuple[str, str], ...] = ()) -> None:
        """``details`` are (field, problem) pairs, one for each field at fault."""
        super().__init__(problem=problem)
        self.details = details


class NothingToCompare(InvalidInput):
    """The drift check cannot run: {problem}"""


class NothingToMeasure(InvalidInput):
    """The answers served cannot be measured: {problem}"""


class ReportNotFound(NotFound):
    """There is no monitor report {id}."""


class ScheduleNotFound(NotFound):
    """There is no schedule {id}. See `pilothouse schedule list`."""


class InvalidSchedule(InvalidInput):
    """The schedule cannot be saved: {problem}"""


class StudyNotFound(NotFound):
    """There is no tuning study {id}. See `pilothouse study list`."""


class InvalidStudy(InvalidInput):
    """The study cannot start: {problem}"""


class StudyIs(Conflict):
    """Study {id} is {state}: {problem}"""


class NoTrialFinished(AnswerIsNo):
    """No trial of study {id} finished: {reason}"""


class NothingToRefit(Conflict):
    """Study {id} has nothing to make a model of: {problem}"""


class StoreUnavailable(Unavailable):
    """The metadata store cannot be used: {problem}"""


class StoreBusy(Unavailable):
    """The metadata store is busy ({problem}). Nothing was changed; try again."""


class UnsafeSqlite(Unavailable):
    """SQLite {version} has the WAL-reset fault that can corrupt a file used by several processes. Install the pinned
    requirements (pysqlite3), which bring a mended SQLite."""


class TrackingUnavailable(Unavailable):
    """MLflow cannot be reached: {problem}"""


class ExtraMissing(Unavailable):
    """{feature} needs extra packages. Add them with `{command}`."""


class SignInFailed(Denied):
    """The name or the password is wrong."""

    status = 401


class TooManyAttempts(Denied):
    """Too many failed sign-ins. Wait {minutes} minutes and try again."""

    status = 429


class SignInRequired(Denied):
    """Sign in first."""

    status = 401


class KeyRefused(Denied):
    """The API key is missing, wrong, expired or revoked. Send `Authorization: Bearer phk_...`."""

    status = 401


class UserNotFound(NotFound):
    """There is no user {name!r}. See `pilothouse user list`."""


class UserExists(Conflict):
    """A user named {name!r} exists already."""


class WeakPassword(InvalidInput):
    """The password is too short: use 12 to 1,000 characters."""
