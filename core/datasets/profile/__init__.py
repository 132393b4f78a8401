"""Profiles of tables of any size: exact where a column can be sorted, from sketches and a sample where it cannot."""

METHOD = 1
"""Grows when profiles tell more than before, so that older ones are offered to be computed anew."""
