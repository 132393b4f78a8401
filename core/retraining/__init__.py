"""Retraining: when a schedule fires, the ledger of its moments, and the work it starts."""
