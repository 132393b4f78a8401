"""A whole installation in a folder of its own: the three real processes, and the command beside them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """One HOME, its ports and its processes."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.ui_port, self.api_port = free_port(), free_port()
        clean = {key: text for key, text in os.environ.items() if not key.startswith("PILOTHOUSE_")}
        self.env = {
            **clean,
            "PILOTHOUSE_HOME": str(home),
            "PILOTHOUSE_UI_PORT": str(self.ui_port),
            "PILOTHOUSE_API_PORT": str(self.api_port),
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.log = home.parent / f"{home.name}.log"

    @property
    def ui(self) -> str:
        return f"http://127.0.0.1:{self.ui_port}"

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "core.cli.main", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def ask(self, *arguments: str) -> Any:
        """Run a command with --json and return its document."""
        done = self.command(*arguments, "--json")
        assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def start(self, timeout: float = 120) -> float:
        """Start the three processes; return the seconds until all were ready."""
        begun = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "core.cli.main", "up"],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while not self.is_ready():
            assert self.process.poll() is None, f"it ended at once:\n{self.log.read_text()}"
            assert time.monotonic() - begun < timeout, f"not ready in {timeout} s:\n{self.log.read_text()}"
            time.sleep(0.1)
        return time.monotonic() - begun

    def is_ready(self) -> bool:
        return self.log.exists() and "Pilothouse is ready." in self.log.read_text(errors="replace")

    def stop(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self.process = None

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.api}{path}", timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str, document: object) -> Any:
        request = urllib.request.Request(
            f"{self.api}{path}",
            json.dumps(document).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def running(home: Path, **settings: str) -> Iterator[Installation]:
    """A started installation, stopped at the end."""
    installation = Installation(home, **settings)
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()
