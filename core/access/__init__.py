"""Who may do what: the table of rights, passwords, sessions and API keys."""
