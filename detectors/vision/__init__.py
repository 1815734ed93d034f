"""Vision transformers to learn from: each file is read from top to bottom, with the shape of every tensor beside it."""
