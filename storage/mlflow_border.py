"""Where MLflow's errors become ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import TrackingUnavailable

ABSENT = frozenset({"RESOURCE_DOES_NOT_EXIST"})


@contextmanager
def border() -> Iterator[None]:
    """Turn what MLflow, its database and its files raise into our error."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise TrackingUnavailable(problem=first) from error


@contextmanager
def unless(*codes: str) -> Iterator[None]:
    """Go on when MLflow refuses with one of ``codes``."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if error.error_code not in codes:
            raise


@contextmanager
def instead(missing: Exception) -> Iterator[None]:
    """Raise ``missing`` when MLflow has no such thing."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if error.error_code not in ABSENT:
            raise
        raise missing from error
