"""The command that scores a whole dataset version as a job."""

from pathlib import Path

import click

from core.cli.jobs import answer_submitted
from core.cli.session import Session, command


def add_to(main: click.Group) -> None:
    """Add the command to ``main``."""
    command(main, "batch-predict")(batch_predict)


@click.argument("project")
@click.argument("data", metavar="NAME[@N]|FILE")
@click.option("--version", type=int, help="Model version; by default the champion of this moment.")
@click.option("--into", default="", metavar="DATASET", help="Dataset for the answers; by default NAME-predictions.")
@click.option("--wait", is_flag=True, help="Wait for the end; run it here when no worker is up.")
def batch_predict(session: Session, project: str, data: str, version: int | None, into: str, wait: bool) -> None:
    """Score every row of a dataset version of PROJECT; the answers become a dataset version.

    A FILE is stored as a dataset version first (of the dataset its name gives), so that the answers can be told from
    what they were given to.
    """
    platform = session.platform
    platform.projects.get(project)
    path = Path(data)
    if path.suffix and path.is_file():
        name = platform.datasets.default_name(path.name)
        ref = platform.datasets.add_file(session.actor, project, name, path, note="to be scored").version.ref
    else:
        ref = platform.datasets.resolve(project, data).ref
    answer_submitted(session, platform.batch.submit(session.actor, project, ref, version=version, into=into), wait=wait)
