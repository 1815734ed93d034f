"""Farms: frame ranges over processes. Each worker opens the scene itself and makes the frames it is given."""
