"""Reports of labelled sets: what is in them, what is wrong with them, and how far they are from real photographs."""
