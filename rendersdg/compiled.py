"""How numba compiles this project's kernels: strict floating point, so the same bytes on every machine."""

OPTIONS = {"cache": True, "fastmath": False, "error_model": "numpy", "boundscheck": False, "nogil": True}
