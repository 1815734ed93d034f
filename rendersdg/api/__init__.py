"""What ``import rendersdg`` offers: scenes, frames on demand, datasets, scenes built in Python.

The public names stand in ``rendersdg.__all__``; the modules of this room are how they are made.
"""
