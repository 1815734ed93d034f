"""The numba kernels of the rasterizer."""

from rendersdg.compiled import OPTIONS

__all__ = ["OPTIONS"]
