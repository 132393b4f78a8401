"""Data that is fetched: from web servers, cloud stores, file systems and databases."""
