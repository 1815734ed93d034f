"""Datasets on disk: atomic commits, manifest, resume, verification, merging."""
