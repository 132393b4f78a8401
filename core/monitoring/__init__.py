"""Monitoring: windows of data, drift tests between them, and the reports that keep the results."""
