"""Commands that start the processes, and the demo."""

import os
import sys
from pathlib import Path

import click

from core.cli.jobs import finished
from core.cli.session import Session, command
from core.settings import Auth, Settings, is_loopback

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds app.py."""


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "up")(up)
    command(main, "ui")(ui)
    command(main, "worker")(worker)
    command(main, "api")(api)
    command(main, "migrate")(migrate)
    command(main, "demo")(demo)


def up(session: Session) -> None:
    """Start interface, worker and scoring API, and keep them up until Ctrl-C."""
    from core.cli import supervisor

    sys.exit(supervisor.up(session.settings))


def ui(session: Session) -> None:
    """Start the browser interface."""
    settings = session.settings
    settings.check_binding("The browser interface", settings.ui_host)
    _ = session.platform
    os.environ["PILOTHOUSE_HOME"] = str(settings.home)
    os.execv(sys.executable, ui_command(settings))  # noqa: S606


def ui_command(settings: Settings) -> list[str]:
    """Return the command line that serves ``app.py`` with the settings in force."""
    options = {
        "server.address": settings.ui_host,
        "server.port": settings.ui_port,
        "browser.serverAddress": settings.ui_public_host or "localhost",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    names = allowed_hosts(settings)
    hosts = [f"--server.allowedHosts={name}" for name in names]
    return [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *flags, *hosts]


def allowed_hosts(settings: Settings) -> list[str]:
    """Return the names a browser may call the interface by; anything else is DNS rebinding."""
    names = ["localhost", "127.0.0.1", "[::1]"]
    extra = [settings.ui_public_host, settings.ui_host if not is_loopback(settings.ui_host) else ""]
    return names + [name for name in extra if name and name not in (*names, "0.0.0.0")]  # noqa: S104


def worker(session: Session) -> None:
    """Start a worker: it runs jobs and, as leader, the schedules."""
    from core.jobs.worker import serve

    serve(session.settings)


def api(session: Session) -> None:
    """Start the scoring API."""
    from core.serving.http import serve

    serve(session.settings)


def migrate(session: Session) -> None:
    """Create or upgrade the databases; every other command does so by itself."""
    from core import bootstrap

    bootstrap.prepare(session.settings)
    session.answer({"home": str(session.settings.home), "auth": Auth(session.settings.auth)}, "The stores are ready.")


def demo(session: Session) -> None:
    """Load the demo projects: real tables through the whole loop."""
    jobs = [finished(session, job) for job in session.platform.demo.start(session.actor)]
    document = {job.project: job.result for job in jobs}
    session.answer(document, "\n".join(f"Project {job.project} is ready." for job in jobs))
