"""Frozen records: what crosses the borders between rooms."""
