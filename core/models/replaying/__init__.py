"""Replay: logged requests scored by a challenger before it serves."""
