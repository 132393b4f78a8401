"""Tables: understood from bytes, profiled, and kept as immutable versions."""
