"""Screens of the section Train."""
