"""What is installed here and can change a figure."""

from functools import cache
from importlib.metadata import version as installed
from platform import machine, python_version

REQUIREMENTS = ("scikit-learn", "skops", "numpy", "scipy", "pandas")
"""What a stored model needs to answer."""

PACKAGES = (*REQUIREMENTS, "joblib", "threadpoolctl", "pyarrow", "mlflow")


@cache
def packages() -> dict[str, str]:
    """Return the versions of everything that can change a figure, by name; Python's own under ``python``."""
    return {"python": python_version(), **{name: installed(name) for name in PACKAGES}}


@cache
def requirements() -> tuple[str, ...]:
    """Return what a stored model needs, as pip spells it."""
    return tuple(f"{name}=={installed(name)}" for name in REQUIREMENTS)


@cache
def answering() -> str:
    """Name the surroundings in which a model's answers were checked; another name, and they must be checked again."""
    return " ".join((f"python=={python_version()}", machine(), *requirements()))
