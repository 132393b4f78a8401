"""Model versions: what they are, which one serves, and who decided so."""
