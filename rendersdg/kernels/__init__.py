"""Inner loops in C: their sources, how they are built (``toolchain``), and the built libraries (``library``)."""
