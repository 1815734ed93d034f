"""The closed loop: what a detector misses, which of a scene's values that goes with, and more of those next time."""
