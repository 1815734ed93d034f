"""Assets: where files are found, how they are read, and the procedural ones that need no file."""
