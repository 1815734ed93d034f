"""The YAML front door: Replicator's scene files, recorded through the functions of ``rendersdg.scene``."""
