"""Make or refresh the project's environment in ``.venv``; ``make env`` and every other target call this first.

    python3 .ci/environment.py [dev] [platform] [ray]

Needs nothing but Python. The packages come through uv where it can be had (it is several times faster) and
through pip otherwise. A stamp inside the environment remembers what was installed, so the next call is free.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "pilothouse.json"
SUPPORTED = ((3, 11), (3, 13))
LISTS = {
    "main": "requirements.txt",
    "dev": "requirements-dev.txt",
    "platform": "requirements-platform.txt",
    "ray": "requirements-ray.txt",
}
UV = "uv==0.13.9"
INSTALLER = os.environ.get("INSTALLER", "auto")


def main(extras: Sequence[str]) -> int:
    """Bring the environment to the state the requirement lists describe; 0 when it is there, 1 with a sentence."""
    unknown = set(extras) - set(LISTS)
    if unknown:
        return fail(f"There is no list of packages called {', '.join(sorted(unknown))}. Use: {', '.join(LISTS)}.")
    if not SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
        return use_another_python()
    before = read_stamp()
    groups = ["main", *sorted({*before.get("lists", {}), *extras} - {"main"})]
    wanted = {"python": sys.version, "place": str(VENV), "project": project_hash(), "lists": hashes(groups)}
    usable = runs(python())
    if usable and before == wanted:
        return 0
    if not usable or moved(before, wanted):
        before = {}
        if not make_venv():
            return 1
    if before.get("lists") != wanted["lists"] and not install_lists(groups):
        return 1
    if not install_project():
        return 1
    STAMP.write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")
    say(f"The environment in {VENV.name} is ready.")
    return 0


def use_another_python() -> int:
    """Start again under a Python that fits, when one lies on PATH beside the one that was called."""
    for minor in range(SUPPORTED[1][1], SUPPORTED[0][1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and runs(Path(found)):
            return subprocess.run([found, __file__, *sys.argv[1:]], check=False).returncode
    return fail(
        f"Pilothouse needs Python 3.{SUPPORTED[0][1]} to 3.{SUPPORTED[1][1]}; {sys.executable} is "
        f"{sys.version.split()[0]}. Install one of them, or name it: make run PYTHON=/path/to/python3.12"
    )


def moved(before: dict[str, object], wanted: dict[str, object]) -> bool:
    """Tell whether ``.venv`` belongs to another Python or another folder than the ones in use now."""
    if before:
        return any(before.get(key) != wanted[key] for key in ("python", "place"))
    return output([python(), "-c", "import sys; print(sys.version)"]) != sys.version


def make_venv() -> bool:
    """Have a fresh ``.venv`` of this Python, by the standard library or whatever else can make one."""
    if VENV.exists():
        say(f"{VENV.name} was made by another Python, in another folder, or does not start; making it anew.")
    for command in venv_makers():
        shutil.rmtree(VENV, ignore_errors=True)
        if run(command):
            return True
    fail(
        "This Python cannot make virtual environments: its module ensurepip is missing. "
        "On Debian or Ubuntu: apt-get install python3-venv"
    )
    return False


def venv_makers() -> Iterable[list[str | Path]]:
    """Commands that could make ``.venv``, the plainest first."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        yield [sys.executable, "-m", "venv", VENV]
    uv = shutil.which("uv")
    if uv:
        yield [uv, "venv", "--quiet", "--seed", "--python", sys.executable, VENV]
    virtualenv = shutil.which("virtualenv")
    if virtualenv:
        yield [virtualenv, "--quiet", "--python", sys.executable, VENV]
    if importlib.util.find_spec("virtualenv"):
        yield [sys.executable, "-m", "virtualenv", "--quiet", VENV]


def install_lists(groups: Sequence[str]) -> bool:
    """Install the pinned packages of ``groups``, by uv or else by pip."""
    say(f"Installing packages ({', '.join(groups)}); the first time takes a minute or two.")
    named = [part for group in groups for part in ("--requirement", ROOT / LISTS[group])]
    if INSTALLER != "pip":
        uv = find_uv()
        if uv and run([uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python(), *named]):
            return True
        if uv:
            say("uv could not install the packages; trying pip.")
    if run([python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *named]):
        return True
    fail("The packages could not be installed; the lines above say why. Mend that and run the same command again.")
    return False


def install_project() -> bool:
    """Install this repository itself, editable, so that ``.venv/bin/pilothouse`` runs the code that lies here."""
    options = ["--quiet", "--no-deps", "--editable", ROOT]
    uv = None if INSTALLER == "pip" else find_uv()
    if uv and run([uv, "pip", "install", "--python", python(), *options]):
        return True
    if run([python(), "-m", "pip", "install", "--disable-pip-version-check", *options]):
        return True
    fail("The command `pilothouse` could not be installed; the lines above say why.")
    return False


def find_uv() -> Path | None:
    """The uv to use: the one on PATH, the one in ``.venv``, or a wheel pip can fetch quickly; None for pip."""
    inside = VENV / "bin" / "uv"
    found = shutil.which("uv")
    if found and runs(Path(found)):
        return Path(found)
    if not inside.exists():
        fetch = [python(), "-m", "pip", "install", "--disable-pip-version-check", "--only-binary=:all:", UV]
        run([*fetch, "--retries=1", "--timeout=20"], quiet=True)
    return inside if inside.exists() else None


def project_hash() -> str:
    """Hash of what an editable install depends on: the parts of pyproject.toml about building."""
    import tomllib  # older Pythons lack it, and must get as far as the sentence that says they are too old

    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = [content["build-system"], content["project"], content.get("tool", {}).get("setuptools")]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def hashes(groups: Iterable[str]) -> dict[str, str]:
    """Content hash of each group's list."""
    return {group: hashlib.sha256((ROOT / LISTS[group]).read_bytes()).hexdigest() for group in groups}


def read_stamp() -> dict[str, object]:
    """What the last successful call left behind; empty when there was none."""
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def python() -> Path:
    """The interpreter inside ``.venv``."""
    return VENV / "bin" / "python"


def runs(program: Path) -> bool:
    """Tell whether ``program`` exists and starts; a stub of a version manager may do the first and not the second."""
    return program.exists() and run([program, "--version"], quiet=True)


def run(command: Sequence[str | Path], *, quiet: bool = False) -> bool:
    """Run a command, its output shown unless ``quiet``; True when it ended well."""
    sink = subprocess.DEVNULL if quiet else None
    return subprocess.run(list(command), stdout=sink, stderr=sink, cwd=ROOT, check=False).returncode == 0


def output(command: Sequence[str | Path]) -> str:
    """What a command prints on its standard output, without the last line break."""
    return subprocess.run(list(command), capture_output=True, text=True, check=False).stdout.rstrip("\n")


def say(sentence: str) -> None:
    """Tell the person at the terminal."""
    print(sentence, flush=True)


def fail(sentence: str) -> int:
    """Tell what went wrong and give the exit code for it."""
    print(sentence, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
