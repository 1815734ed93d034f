"""Mesh files that are not glTF: a reader for each format, and what makes a USD stage of what they hold."""
