"""Gates: what a challenger must be like, how it is judged, and the ledger of verdicts."""
