"""Where things are kept: the ports of ``core`` over SQL, files, MLflow and, for tests, memory."""
