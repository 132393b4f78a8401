"""Databases of other people, asked through SQLAlchemy: read only, streamed, by any driver that is installed."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from core.data_errors import OriginRefused, OriginUnreachable
from core.errors import ExtraMissing
from core.ports.outside import Rows

_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_PACKAGES = {"mysql": "mysqlclient", "mariadb": "mariadb", "mssql": "pyodbc", "oracle": "oracledb"}


class SqlOutside:
    """A :class:`core.ports.outside.OutsideDatabase`."""

    def ask(self, url: str, query: str, rows: int) -> Iterator[tuple[list[str], Rows]]:
        """Yield the answer part by part: the names of its columns, and at most ``rows`` rows.

        Raises:
            ExtraMissing: the driver for that kind of database is not installed.
            OriginRefused: the URL cannot be read, or the query is refused there or answers without rows.
            OriginUnreachable: the database does not answer.
        """
        target = _parsed(url)
        shown = target.render_as_string(hide_password=True)
        try:
            with closing(_connected(target)) as connection:
                yield from _answer(connection, query, rows, shown)
        except ImportError as error:
            raise _missing(target) from error
        except OperationalError as error:
            raise OriginUnreachable(origin=shown, problem=_first_line(error)) from None
        except DBAPIError as error:
            raise OriginRefused(origin=shown, problem=f"the query is refused: {_first_line(error)}.") from None
        except SQLAlchemyError as error:
            raise OriginRefused(origin=shown, problem=f"{str(error).splitlines()[0]}.") from None


def _answer(connection: Connection, query: str, rows: int, shown: str) -> Iterator[tuple[list[str], Rows]]:
    # The text goes to the driver as it is: colons and percent signs in it are no places for parameters.
    with closing(connection.exec_driver_sql(query)) as result:
        if not result.returns_rows:
            raise OriginRefused(origin=shown, problem="the query answers without rows. Ask with a SELECT.")
        names = list(result.keys())
        is_empty = True
        for part in result.partitions(rows):
            is_empty = False
            yield names, [tuple(row) for row in part]
        if is_empty:
            yield names, []


def _parsed(url: str) -> URL:
    try:
        target = make_url(url)
    except ArgumentError:
        raise OriginRefused(origin=url.partition("://")[0], problem="that is no address of a database.") from None
    return target.set(drivername=_DRIVERS.get(target.drivername, target.drivername))


def _connected(target: URL) -> Connection:
    if target.get_backend_name() == "sqlite":
        return _file(target)
    options = {"stream_results": True, "no_parameters": True}
    if target.get_backend_name() == "postgresql":
        options["postgresql_readonly"] = True
    try:
        engine = create_engine(target, poolclass=NullPool)
    except NoSuchModuleError as error:
        raise _missing(target) from error
    return engine.connect().execution_options(**options)


def _file(target: URL) -> Connection:
    """Open a SQLite file that must be there, and only to be read."""
    path = Path(target.database or "")
    readable = URL.create("sqlite", database=f"file:{path}", query={"mode": "ro", "uri": "true"})
    connection = create_engine(readable, poolclass=NullPool).connect()
    connection.exec_driver_sql("PRAGMA query_only = ON")
    return connection.execution_options(stream_results=True, no_parameters=True)


def _missing(target: URL) -> ExtraMissing:
    backend = target.get_backend_name()
    return ExtraMissing(feature=f"Asking {backend} databases", command=f"pip install {_PACKAGES.get(backend, backend)}")


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0].rstrip(".") if str(error.orig).strip() else type(error).__name__
