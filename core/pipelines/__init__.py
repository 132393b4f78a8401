"""Pipelines: steps carried out in order by one job."""
