"""Runs in lists: read from MLflow little by little, asked in a language, marked and talked about."""
