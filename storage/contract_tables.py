"""The tables of data contracts and of what checking dataset versions found."""

from sqlalchemy import Column, Integer, Table, UniqueConstraint

from storage.tables import BIG, Json, _moment, _project, _seq, _text, metadata

contract = Table(
    "contract",
    metadata,
    _seq(),
    _project(),
    _text("dataset"),
    Column("number", Integer, nullable=False),
    Column("checks", Json, nullable=False),
    _text("requests"),
    _text("note"),
    _text("author"),
    _moment("created_at"),
    UniqueConstraint("project", "dataset", "number"),
    sqlite_autoincrement=True,
)

contract_result = Table(
    "contract_result",
    metadata,
    _seq(),
    _project(),
    _text("dataset"),
    Column("number", Integer, nullable=False),
    Column("contract", Integer, nullable=False),
    _text("outcome"),
    Column("rows", BIG, nullable=False),
    Column("checks", Json, nullable=False),
    _moment("checked_at"),
    UniqueConstraint("project", "dataset", "number", "contract"),
    sqlite_autoincrement=True,
)
