"""Screens of the section Monitor."""
