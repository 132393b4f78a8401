"""The repositories of the metadata store over SQL, one aggregate a file."""
