"""Screens of the section Automate."""
