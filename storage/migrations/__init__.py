"""Alembic's scripts, run by :mod:`storage.schema`."""
