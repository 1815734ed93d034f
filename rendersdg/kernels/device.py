"""Structures of the kernels on a device: arrays copied there, and pointers that lead to them."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import numpy as np

from rendersdg.errors import BadArgument, KernelsUnavailable
from rendersdg.kernels.arrays import Array, Number, Structure
from rendersdg.kernels.grid import Order, launches, run_blocks
from rendersdg.kernels.structs import Grid, Shading, View

AnyArray = np.ndarray[Any, Any]


class Driver(Protocol):
    """A device's memory, by addresses there, and launches of the kernels of ``grid.c`` and ``grid_shade.c``."""

    def begin(self) -> None:
        """Is called first by whichever thread goes on."""

    def allocate(self, size: int) -> int:
        """Return the address of so many bytes, 16 bytes aligned."""

    def free(self, address: int) -> None:
        """Give memory back."""

    def put(self, to: int, start: int, size: int) -> None:
        """Copy bytes from an address here to one there."""

    def get(self, start: int, of: int, size: int) -> None:
        """Copy bytes from an address there, ``of``, to one here, once what was launched is done."""

    def launch(self, name: str, shared: int, count: int) -> None:
        """Run the kernel ``rendersdg_grid_NAME`` on the structure at an address there, for so many items."""


# arrays of these are the same from frame to frame: they are copied once, and given back when others take their place
_LASTING = ("Meshes", "Textures")


class Device:
    """Frames on a device: what lasts from frame to frame stays there."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._lasting: dict[int, tuple[AnyArray, int]] = {}  # by id, with the array, lest the id is reused

    def run(self, grids: Iterable[Grid]) -> None:
        """Label a frame: run the kernels of each grid there, and bring what they wrote back into its arrays."""
        self._run((grid, launches(grid)) for grid in grids)

    def shade(self, shading: Shading) -> None:
        """Shade a frame, and bring its film back. Raises BadArgument for a film with what rays bring."""
        if shading.kept["film"].kept.get("bounce") is not None:
            raise BadArgument("what rays bring is not there on a device yet: Film.bounce has to be None")
        view: View = shading.kept["view"]
        self._run([(shading, [("shade", view.width * view.height)])])

    def _run(self, items: Iterable[tuple[Structure, Iterable[tuple[str, int]]]]) -> None:
        """Run kernels, so many items each, on what the items of each of them share."""
        self._driver.begin()
        frame = _Frame(self._driver, self._lasting)
        try:
            for shared, named in items:
                address = frame.place(shared)
                for name, count in named:
                    self._driver.launch(name, address, count)
            frame.bring_back()
        finally:
            frame.close()
        for key in [k for k in self._lasting if k not in frame.lasts]:
            self._driver.free(self._lasting.pop(key)[1])

    def close(self) -> None:
        """Give all memory back."""
        self._driver.begin()
        while self._lasting:
            self._driver.free(self._lasting.popitem()[1][1])


class _Frame:
    """What one frame has on a device."""

    def __init__(self, driver: Driver, lasting: dict[int, tuple[AnyArray, int]]) -> None:
        self._driver, self._lasting = driver, lasting
        self._held: list[int] = []  # addresses that are freed with the frame
        # by id, with what has it: it must live as long as the id counts
        self._placed: dict[int, tuple[Structure | AnyArray, int]] = {}
        self._written: list[tuple[AnyArray, int]] = []
        self.lasts: set[int] = set()  # the ids of arrays that were used of those that last

    def place(self, structure: Structure) -> int:
        """Return the address of a structure's copy there, whose pointers lead to copies of what they point to."""
        if id(structure) in self._placed:
            return self._placed[id(structure)][1]
        copy = type(structure).from_buffer_copy(structure)
        for name, field in structure.fields.items():
            value = structure.kept.get(name)
            if value is None or isinstance(field, Number):
                continue
            if isinstance(field, Array):
                setattr(copy, name, self._placed_array(structure, field, value))
            elif field.count:
                raise BadArgument(f"{type(structure).__name__}.{name}: sequences of structures are not there yet")
            else:
                inner = self.place(value)
                setattr(copy, name, ctypes.cast(ctypes.c_void_p(inner), ctypes.POINTER(field.structure)))
        address = self._copied(ctypes.addressof(copy), ctypes.sizeof(copy))
        self._placed[id(structure)] = structure, address
        return address

    def bring_back(self) -> None:
        """Copy what the kernels wrote into the arrays here."""
        for array, address in self._written:
            self._driver.get(array.ctypes.data, address, array.nbytes)

    def close(self) -> None:
        """Free what does not last. Where the device has failed, what went wrong first is what is told."""
        with suppress(KernelsUnavailable):
            for address in self._held:
                self._driver.free(address)

    def _placed_array(self, structure: Structure, field: Array, array: AnyArray) -> int:
        key = id(array)
        if not array.size:
            return 0
        if type(structure).__name__ in _LASTING:
            self.lasts.add(key)
            if key not in self._lasting:
                address = self._copied(array.ctypes.data, array.nbytes)
                self._held.remove(address)
                self._lasting[key] = array, address
            return self._lasting[key][1]
        if key not in self._placed:
            address = self._allocated(array.nbytes) if field.scratch else self._copied(array.ctypes.data, array.nbytes)
            self._placed[key] = array, address
            if field.written and not field.scratch:
                self._written.append((array, address))
        return self._placed[key][1]

    def _allocated(self, size: int) -> int:
        self._held.append(self._driver.allocate(size))
        return self._held[-1]

    def _copied(self, start: int, size: int) -> int:
        address = self._allocated(size)
        self._driver.put(address, start, size)
        return address


class EmulatedDriver:
    """A device that is none: memory of its own here, and launches whose blocks run in an order of one's choice."""

    def __init__(self, order: Order = np.arange) -> None:
        self._memory: dict[int, ctypes.Array[ctypes.c_char]] = {}
        self._order = order

    def begin(self) -> None:
        """Do nothing: all threads see this memory."""

    def allocate(self, size: int) -> int:
        """Return the address of so many bytes."""
        buffer = ctypes.create_string_buffer(size + 16)
        address = -(-ctypes.addressof(buffer) // 16) * 16
        self._memory[address] = buffer
        return address

    def free(self, address: int) -> None:
        """Give memory back."""
        del self._memory[address]

    def put(self, to: int, start: int, size: int) -> None:
        """Copy bytes there."""
        ctypes.memmove(to, start, size)

    def get(self, start: int, of: int, size: int) -> None:
        """Copy bytes back."""
        ctypes.memmove(start, of, size)

    def launch(self, name: str, shared: int, count: int) -> None:
        """Run a kernel, block by block."""
        run_blocks(name, shared, count, self._order)

    @property
    def held(self) -> Sequence[int]:
        """The addresses that were not freed."""
        return list(self._memory)
