"""The figures Pilothouse claims, each measured beside its peer."""
