"""Screens of the section Models."""
