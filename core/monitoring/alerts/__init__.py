"""Alerts: rules over what is stored, the life of what they find, and how people are told."""
