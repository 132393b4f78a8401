"""Versions outside of this installation: exported as a folder, pushed to others, and taken from them."""
