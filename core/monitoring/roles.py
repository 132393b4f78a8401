"""The parts that columns play in a check."""

FEATURE, TARGET, PREDICTION = "feature", "target", "prediction"

EXTRA = "extra"
"""A column that only the current side has."""
