"""Figures: pure functions from records to Plotly figures, one look for light and dark."""
