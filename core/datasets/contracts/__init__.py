"""Data contracts: written or inferred, kept as versions, and checked against tables of any size."""
