"""The local page of datasets, training runs and scenes: a server for this machine alone, and what it shows."""
