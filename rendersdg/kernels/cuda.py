"""A GPU of NVIDIA's, by the driver that it comes with and the package cuda-bindings."""

from __future__ import annotations

import ctypes
from typing import Any

from rendersdg.errors import KernelsUnavailable
from rendersdg.extras import load
from rendersdg.kernels.nvrtc import COLOURS, LABELS, compiled

_THREADS = 256  # of a block
_MOST_BLOCKS = 1 << 16  # beyond, threads take several items each


class CudaDriver:
    """Memory and launches of one GPU; see :class:`rendersdg.kernels.device.Driver`.

    Args:
        number: which GPU, from 0, as CUDA_VISIBLE_DEVICES orders them.

    Raises:
        BadArgument: cuda-bindings is not installed.
        KernelsUnavailable: there is no such GPU, or its driver says something else.
    """

    def __init__(self, number: int = 0) -> None:
        self._cuda = load("cuda.bindings.driver", "cuda", "drawing on a GPU")
        try:
            self._do("cuInit", 0)
            device = self._do("cuDeviceGet", number)
        except KernelsUnavailable as error:
            raise KernelsUnavailable(f"GPU {number} cannot be used: {error}") from None
        except RuntimeError as error:  # the driver's library is not there
            raise KernelsUnavailable(f"no GPU can be used here: {error}") from None
        self._device, self._context = device, self._do("cuDevicePrimaryCtxRetain", device)
        self.begin()
        attributes = self._cuda.CUdevice_attribute
        major, minor = (
            self._do("cuDeviceGetAttribute", getattr(attributes, f"CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_{n}"), device)
            for n in ("MAJOR", "MINOR")
        )
        self.architecture = f"sm_{major}{minor}"
        self._modules: dict[str, Any] = {}  # by their sources, compiled when they are first needed
        self._functions: dict[str, Any] = {}

    def begin(self) -> None:
        """Let the calling thread use the GPU."""
        self._do("cuCtxSetCurrent", self._context)

    def close(self) -> None:
        """Let the GPU go. Nothing else may be called after."""
        for module in self._modules.values():
            self._do("cuModuleUnload", module)
        self._modules.clear()
        self._functions.clear()
        self._do("cuDevicePrimaryCtxRelease", self._device)

    def allocate(self, size: int) -> int:
        """Return the address of so many bytes there."""
        try:
            return int(self._do("cuMemAlloc", size))
        except KernelsUnavailable as error:
            raise KernelsUnavailable(f"the GPU gives no {size / 2**20:.1f} MiB more ({error})") from None

    def free(self, address: int) -> None:
        """Give memory back."""
        self._do("cuMemFree", address)

    def put(self, to: int, start: int, size: int) -> None:
        """Copy bytes there."""
        self._do("cuMemcpyHtoD", to, start, size)

    def get(self, start: int, of: int, size: int) -> None:
        """Copy bytes back, once what was launched is done."""
        self._do("cuMemcpyDtoH", start, of, size)

    def launch(self, name: str, shared: int, count: int) -> None:
        """Run a kernel, a thread for each item."""
        if name not in self._functions:
            module = self._module(LABELS if name != "shade" else COLOURS)
            self._functions[name] = self._do("cuModuleGetFunction", module, f"rendersdg_grid_{name}".encode())
        blocks = max(1, min(-(-count // _THREADS), _MOST_BLOCKS))
        arguments = (shared, count), (ctypes.c_void_p, ctypes.c_int64)
        self._do("cuLaunchKernel", self._functions[name], blocks, 1, 1, _THREADS, 1, 1, 0, 0, arguments, 0)

    def _module(self, source: str) -> Any:
        if source not in self._modules:
            self._modules[source] = self._do("cuModuleLoadData", compiled(self.architecture, source))
        return self._modules[source]

    def wait(self) -> None:
        """Return once what was launched is done."""
        self._do("cuCtxSynchronize")

    def _do(self, name: str, *arguments: Any) -> Any:
        """Call a function of the driver, and return what it gives. Raises KernelsUnavailable for an error."""
        status, *found = getattr(self._cuda, name)(*arguments)
        if status != self._cuda.CUresult.CUDA_SUCCESS:
            raise KernelsUnavailable(f"{name}: {status.name}")
        return found[0] if found else None
