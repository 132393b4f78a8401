"""Runs of notebooks and other programs, made model versions like those trained here; nothing is ever unpickled."""
