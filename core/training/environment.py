"""What is installed here and can change a figure."""

import hashlib
import os
import platform
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

from core.records.reproduction import CodeVersion, EnvironmentLock, MathLibrary

REQUIREMENTS = ("scikit-learn", "skops", "numpy", "scipy", "pandas")
"""What a stored model needs to answer."""

OPTIONAL = ("lightgbm", "xgboost", "xgboost-cpu")
"""What models of estimators that need more than scikit-learn answer with, where it is installed."""

PACKAGES = (*REQUIREMENTS, "joblib", "threadpoolctl", "pyarrow", "mlflow")
ROOT = Path(__file__).resolve().parents[2]
TRAINING_CODE = ("core/training", "core/datasets/expressions")
"""Where the code is that computes a model: training, and the language of derived columns."""


@cache
def packages() -> dict[str, str]:
    """Return the versions of everything that can change a figure, by name; Python's own under ``python``."""
    return {"python": platform.python_version(), **{name: installed(name) for name in PACKAGES}, **_optional()}


@cache
def _optional() -> dict[str, str]:
    found = {}
    for name in OPTIONAL:
        try:
            found[name] = installed(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def requirements(package: str | None = None) -> tuple[str, ...]:
    """Return what a stored model needs, as pip spells it; ``package`` is what its estimator needs beside the rest."""
    more = {name: number for name, number in _optional().items() if package and name.startswith(package)}
    pinned = {**{name: installed(name) for name in REQUIREMENTS}, **more}
    return tuple(f"{name}=={number}" for name, number in pinned.items())


@cache
def answering() -> str:
    """Name the surroundings in which a model's answers were checked; another name, and they must be checked again."""
    more = (f"{name}=={number}" for name, number in _optional().items())
    return " ".join((f"python=={platform.python_version()}", platform.machine(), *requirements(), *more))


def lock() -> EnvironmentLock:
    """Return all that surrounds a computation here and now; ask after it, when its libraries are loaded."""
    return EnvironmentLock(
        python=f"{platform.python_implementation()} {platform.python_version()}",
        system=" ".join((platform.system(), platform.machine(), *filter(None, platform.libc_ver()))),
        processor=_processor(),
        cores=os.cpu_count() or 1,
        threads=os.environ.get("OMP_NUM_THREADS", ""),
        packages=distributions(),
        libraries=_libraries(),
        code=code_version(),
    )


@cache
def distributions() -> dict[str, str]:
    """Return name and version of every installed distribution.

    They are read from the names of the ``dist-info`` folders, as the packaging standard spells them: opening each
    one's metadata takes most of a second.
    """
    found: dict[str, str] = {}
    for place in sys.path:
        for folder in sorted(Path(place or ".").glob("*.dist-info")):
            name, _, number = folder.stem.rpartition("-")
            found.setdefault(name.replace("_", "-").lower(), number)
    return dict(sorted(found.items()))


@cache
def code_version() -> CodeVersion:
    """Return which code trains here: the hash covers every module that has a part in it, so that an edit shows."""
    digest = hashlib.sha256()
    for file in sorted(file for folder in TRAINING_CODE for file in (ROOT / folder).rglob("*.py")):
        digest.update(f"{file.relative_to(ROOT)}\0".encode())
        digest.update(file.read_bytes())
    return CodeVersion(release=installed("pilothouse"), commit=commit(ROOT / ".git"), sha256=digest.hexdigest())


def commit(git: Path) -> str | None:
    """Return the commit a checkout stands at, read without the `git` program; None when it is no checkout."""
    if not (git / "HEAD").is_file():
        return None
    head = (git / "HEAD").read_text().strip()
    if not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    if (git / name).is_file():
        return (git / name).read_text().strip()
    packed = (git / "packed-refs").read_text().splitlines() if (git / "packed-refs").is_file() else []
    return next((line.split()[0] for line in packed if line.endswith(f" {name}")), None)


@cache
def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def _libraries() -> tuple[MathLibrary, ...]:
    from threadpoolctl import threadpool_info

    found = {
        MathLibrary(
            name=item["internal_api"],
            version=item["version"],
            threads=item["num_threads"],
            architecture=item.get("architecture"),
        )
        for item in threadpool_info()
    }
    return tuple(sorted(found, key=lambda one: (one.name, one.version or "")))
