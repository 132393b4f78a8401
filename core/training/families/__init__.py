"""The shelves of the catalogue, each a table."""
