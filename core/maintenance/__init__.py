"""Keeping what is stored: checked, tidied, deleted with care, backed up and restored."""
