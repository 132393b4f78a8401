"""Screens of the section Data."""
