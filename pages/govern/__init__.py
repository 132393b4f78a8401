"""Screens of the section Govern."""
