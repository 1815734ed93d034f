"""Inner loops in C, how they are built (``toolchain``) and loaded (``library``), and the Python through which the
engine calls them.
"""
