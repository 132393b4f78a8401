"""Screens of the section Serve."""
