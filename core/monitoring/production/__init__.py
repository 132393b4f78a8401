"""How the answers that were served did: measured by labels, estimated without."""
