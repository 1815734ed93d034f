"""Structures of the kernels on a device: arrays copied there, and pointers that lead to them."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from rendersdg.kernels.arrays import Array, Number, Ref, Structure
from rendersdg.kernels.grid import Order, launches, run_blocks
from rendersdg.kernels.structs import Grid, Shading, View


class Driver(Protocol):
    """A device's memory, by addresses there, and launches of the kernels of ``grid.c`` and ``grid_shade.c``."""

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
        self._lasting: dict[int, tuple[np.ndarray[Any, Any], int]] = {}  # by id, with the array, lest the id is reused
        self._used: set[int] = set()

    def run(self, grids: Iterator[Grid]) -> None:
        """Label a frame: run the kernels of each grid there, and bring what they wrote back into its arrays."""
        self._run((grid, launches(grid)) for grid in grids)

    def shade(self, shading: Shading) -> None:
        """Shade a frame, and bring its film back."""
        view: View = shading.kept["view"]
        self._run([(shading, [("shade", view.width * view.height)])])

    def _run(self, items: Iterable[tuple[Structure, Iterable[tuple[str, int]]]]) -> None:
        """Run kernels, so many items each, on what the items of each of them share."""
        self._used.clear()
        with self._frame() as held:
            written: dict[int, tuple[np.ndarray[Any, Any], int]] = {}
            placed: dict[int, int] = {}
            for shared, named in items:
                address = self._place(shared, held, placed, written)
                for name, count in named:
                    self._driver.launch(name, address, count)
            for array, address in written.values():
                self._driver.get(array.ctypes.data, address, array.nbytes)
        for key in [k for k in self._lasting if k not in self._used]:
            self._driver.free(self._lasting.pop(key)[1])

    def close(self) -> None:
        """Give all memory back."""
        for _, address in self._lasting.values():
            self._driver.free(address)
        self._lasting.clear()

    @contextmanager
    def _frame(self) -> Iterator[list[int]]:
        """Give a list of addresses, which are freed at the end."""
        held: list[int] = []
        try:
            yield held
        finally:
            for address in held:
                self._driver.free(address)

    def _place(
        self, structure: Structure, held: list[int], placed: dict[int, int], written: dict[int, tuple[Any, int]]
    ) -> int:
        """Return the address of a structure's copy there, whose pointers lead to copies of what they point to."""
        if id(structure) in placed:
            return placed[id(structure)]
        copy = type(structure).from_buffer_copy(structure)
        for name, field in structure.fields.items():
            value = structure.kept.get(name)
            if value is None or isinstance(field, Number):
                continue
            if isinstance(field, Array):
                setattr(copy, name, self._placed_array(structure, field, value, held, placed, written))
            elif isinstance(field, Ref) and not field.count:
                inner = self._place(value, held, placed, written)
                setattr(copy, name, ctypes.cast(ctypes.c_void_p(inner), ctypes.POINTER(field.structure)))
        address = self._copied(ctypes.addressof(copy), ctypes.sizeof(copy), held)
        placed[id(structure)] = address
        return address

    def _placed_array(
        self,
        structure: Structure,
        field: Array,
        array: np.ndarray[Any, Any],
        held: list[int],
        placed: dict[int, int],
        written: dict[int, tuple[Any, int]],
    ) -> int:
        key = id(array)
        if not array.size:
            return 0
        if type(structure).__name__ in _LASTING:
            self._used.add(key)
            if key not in self._lasting:
                self._lasting[key] = (array, self._copied(array.ctypes.data, array.nbytes, None))
            return self._lasting[key][1]
        if key not in placed:
            placed[key] = self._copied(array.ctypes.data, array.nbytes, held)
            if field.written:
                written[key] = (array, placed[key])
        return placed[key]

    def _copied(self, start: int, size: int, held: list[int] | None) -> int:
        address = self._driver.allocate(size)
        if held is not None:
            held.append(address)
        self._driver.put(address, start, size)
        return address


class EmulatedDriver:
    """A device that is none: memory of its own here, and launches whose blocks run in an order of one's choice."""

    def __init__(self, order: Order = np.arange) -> None:
        self._memory: dict[int, ctypes.Array[ctypes.c_char]] = {}
        self._order = order

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
