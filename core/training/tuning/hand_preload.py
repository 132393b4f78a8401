"""Imported once by the process that forks the hands of a study, so that each starts at once."""

from importlib import import_module

MODULES = ("sklearn.ensemble", "sklearn.linear_model", "sklearn.metrics", "threadpoolctl", "core.training.tuning.crew")

for module in MODULES:
    import_module(module)
