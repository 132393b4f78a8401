"""Commands on jobs."""

import time
from collections.abc import Iterator, Mapping

import click

from core.cli.session import Session, cell, command
from core.errors import JobFailed, NoWorker
from core.records.job import Job, JobState

COLUMNS = ["id", "kind", "project", "title", "state", "stage", "created_at", "error"]


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("job", help="Background work.")
    main.add_command(group)
    command(group, "list")(list_)
    command(group, "show")(show)
    command(group, "logs")(logs)
    command(group, "cancel")(cancel)
    command(group, "retry")(retry)
    command(group, "run")(run)


@click.option("--project")
@click.option("--state", "states", multiple=True, type=click.Choice([state.value for state in JobState]))
@click.option("--limit", default=50, show_default=True)
def list_(session: Session, project: str | None, states: tuple[str, ...], limit: int) -> None:
    """List jobs, newest first."""
    wanted = tuple(JobState(state) for state in states)
    jobs = session.platform.queue.find(project, states=wanted, limit=limit)
    session.answer_rows(jobs, COLUMNS, "No job yet.")


@click.argument("id")
def show(session: Session, id: str) -> None:
    """Show the job ID."""
    job = session.platform.queue.get(id)
    shown = job.model_dump(mode="json", exclude={"payload"})
    session.answer(job, "\n".join(f"{key}: {item}" for key, item in shown.items() if item not in (None, "")))


@click.argument("id")
@click.option("--follow", is_flag=True, help="Go on until the job ends.")
def logs(session: Session, id: str, follow: bool) -> None:
    """Print the log of the job ID."""
    queue = session.platform.queue
    queue.get(id)
    text, offset = queue.log(id)
    while follow and not queue.get(id).state.is_finished:
        click.echo(text, nl=False)
        time.sleep(0.3)
        text, offset = queue.log(id, offset)
    rest, _ = queue.log(id, offset)
    session.answer({"id": id, "log": text + rest}, (text + rest).rstrip("\n"))


@click.argument("id")
def cancel(session: Session, id: str) -> None:
    """Cancel the job ID."""
    job = session.platform.queue.cancel(session.actor, id)
    session.answer(job, f"Job {id} is {job.state}{', to be cancelled' if not job.state.is_finished else ''}.")


@click.argument("id")
def retry(session: Session, id: str) -> None:
    """Queue the job ID again, as a new job."""
    job = session.platform.queue.retry(session.actor, id)
    session.answer(job, f"Job {job.id} is queued.")


@click.argument("id")
def run(session: Session, id: str) -> None:
    """Run the queued job ID here and now: the command every engine runs."""
    from core.jobs.run import run_here

    _answer_finished(session, _succeeded(run_here(session.platform, id)))


def answer_submitted(session: Session, job: Job, *, wait: bool) -> None:
    """Tell about a job just queued; with ``wait`` see it through, here when no worker is up.

    Raises:
        JobFailed: the job was waited for and did not succeed.
    """
    if wait:
        _answer_finished(session, finished(session, job))
        return
    session.answer(job, f"Job {job.id} is queued: {job.title}")
    if not _is_worker_up(session):
        session.note(str(NoWorker()))


def finished(session: Session, job: Job) -> Job:
    """See a job through, here when no worker is up, and return it.

    Raises:
        JobFailed: it did not succeed.
    """
    if not _is_worker_up(session):
        from core.jobs.run import run_here

        session.note("No worker is running: the job runs here.")
        job = run_here(session.platform, job.id)
    return _succeeded(_wait(session, job.id))


def _is_worker_up(session: Session) -> bool:
    return bool(session.platform.queue.alive(session.platform.clock.now()))


def _wait(session: Session, id: str) -> Job:
    said = ""
    while True:
        job: Job = session.platform.queue.get(id)
        line = f"{job.stage or job.state} {job.fraction:4.0%} {job.message}".strip()
        if line != said and not session.as_json:
            session.note(line)
            said = line
        if job.state.is_finished:
            return job
        time.sleep(0.2)


def _succeeded(job: Job) -> Job:
    if job.state is not JobState.SUCCEEDED:
        raise JobFailed(id=job.id, state=job.state, reason=job.error or job.state)
    return job


def _answer_finished(session: Session, job: Job) -> None:
    document = {"job": job.id, "state": job.state.value, **(job.result or {})}
    session.answer(document, "\n".join(_lines(document)))


def _lines(document: Mapping[str, object]) -> Iterator[str]:
    for key, item in document.items():
        if isinstance(item, Mapping):
            yield f"{key}:"
            yield from (f"  {name}: {cell(inner)}" for name, inner in item.items())
        else:
            yield f"{key}: {item}"
