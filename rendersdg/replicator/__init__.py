"""The ``rep`` namespace: Replicator's Python API over the recorder, offered to scripts by the runner alone."""
