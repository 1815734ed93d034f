"""Shading networks: what feeds the inputs of a material's surface, as fields over it, and how a field is painted."""
