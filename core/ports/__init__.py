"""Ports: what core needs from storage; the docstring of each Protocol is its contract."""
