"""Tuning: which hyperparameters to try, on which folds, in which processes, and what came of it."""
