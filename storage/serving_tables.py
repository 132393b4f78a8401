"""The tables of what is served: labels."""

from sqlalchemy import Column, Index, Table

from storage.tables import Json, _moment, _project, _seq, _text, metadata

label = Table(
    "label",
    metadata,
    _seq(),
    _project(),
    _text("prediction_id"),
    Column("label", Json, nullable=False),
    _moment("observed_at"),
    _moment("received_at"),
    _text("received_by"),
    Index("ix_label_prediction", "project", "prediction_id", "seq"),
    sqlite_autoincrement=True,
)
