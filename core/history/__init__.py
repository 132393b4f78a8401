"""Looking back: what was live when and why, told from stored records alone."""
