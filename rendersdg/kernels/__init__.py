"""Numeric kernels in C, and the Python face through which the rest of the engine calls them."""
