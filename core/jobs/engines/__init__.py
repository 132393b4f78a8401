"""Where the process of a job runs."""
