"""Isaac Sim's newest generation, ``isaacsim.core.experimental``, where it differs from the older ones.

Names are longer, functions return more, and objects are several prims at once.
"""
