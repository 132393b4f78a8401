"""Own recipes: read apart, kept as data, run only in the process of a job."""
