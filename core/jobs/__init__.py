"""Durable background work: the queue, the worker, and the process of one job."""
