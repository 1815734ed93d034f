"""Running and judging scripts by others, and the report of it."""
