"""Differences between two versions of a table, computed out of core."""
