"""The one border where errors of a database driver become errors of ours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import InvalidInput, StoreBusy, StoreUnavailable

BUSY_STATES = {
    "55P03": "another process holds a lock",
    "40P01": "two processes waited for each other",
    "40001": "two processes changed the same rows",
    "57014": "the statement took too long",
    "53300": "it has no connection left",
}
"""PostgreSQL's states that pass by themselves."""

BUSY_TEXT = re.compile(r"database (table )?is locked", re.IGNORECASE)
DAMAGED_TEXT = re.compile(r"malformed|not a database|file is encrypted", re.IGNORECASE)
FULL_TEXT = re.compile(r"disk is full|no space left", re.IGNORECASE)

DAMAGED = (
    "its file is damaged ({found}). Stop Pilothouse, keep the damaged file, and put the newest copy from the folder "
    "`backups` in its place"
)
FULL = "the disk is full, and nothing was changed. Free some space and try again"


@contextmanager
def border() -> Iterator[None]:
    """Translate what the driver raises inside.

    Raises:
        StoreBusy: the same call may work in a moment.
        StoreUnavailable: the database cannot be used.
        InvalidInput: a value cannot be kept.
    """
    try:
        yield
    except PoolTimeout as error:
        raise StoreBusy(problem="all connections of this process are in use") from error
    except DataError as error:
        raise InvalidInput(problem=f"a value cannot be stored: {_first_line(error)}") from error
    except DBAPIError as error:
        raise _of_driver(error) from error
    except StatementError as error:
        raise _of_value(error) from error
    except SQLAlchemyError as error:
        raise StoreUnavailable(problem=str(error)) from error


def _of_driver(error: DBAPIError) -> StoreBusy | StoreUnavailable:
    state = getattr(error.orig, "sqlstate", None)
    if state in BUSY_STATES:
        return StoreBusy(problem=BUSY_STATES[state])
    if BUSY_TEXT.search(str(error.orig)):
        return StoreBusy(problem="another process is writing")
    found = _first_line(error)
    if DAMAGED_TEXT.search(found):
        return StoreUnavailable(problem=DAMAGED.format(found=found))
    return StoreUnavailable(problem=FULL if FULL_TEXT.search(found) else found)


def _of_value(error: StatementError) -> BaseException:
    return error.orig or StoreUnavailable(problem=str(error))


def _first_line(error: DBAPIError) -> str:
    return (str(error.orig).strip().splitlines() or ["no reason given"])[0]
