"""Runs side by side: what differs, what may be compared at all, and which answers changed."""
