"""Surface defects: each kind paints a patch of surface, sizes in millimetres."""

from __future__ import annotations

from dataclasses import Field
from typing import Any, ClassVar, Protocol

import numpy as np

from rendersdg.defects.layers import Layers
from rendersdg.registry import Registry


class Kind(Protocol):
    """One kind of defect: a frozen dataclass whose fields are its parameters, lengths in millimetres.

    ``MASK``, where a kind has it, is what its label covers unless the scene says else: visible or whole.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def size(self) -> tuple[float, float]:
        """Return how long (along s) and wide (along t) a patch must be to hold it, millimetres."""
        ...

    def finest(self) -> float:
        """Return the size of its finest feature, millimetres: texels are a third of it at most."""
        ...

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint the defect."""
        ...


_KINDS = "rendersdg.defects.kinds."
DEFECTS: Registry[type[Kind]] = Registry(
    "defect",
    {
        "scratch": _KINDS + "scratch:Scratch",
        "dent": _KINDS + "dent:Dent",
        "bump": _KINDS + "dent:Bump",
        "crack": _KINDS + "crack:Crack",
        "crazing": _KINDS + "crazing:Crazing",
        "pit": _KINDS + "pit:Pit",
        "pitting": _KINDS + "pitting:Pitting",
        "inclusion": _KINDS + "inclusion:Inclusion",
        "patch": _KINDS + "patch:Patch",
        "stain": _KINDS + "stain:Stain",
        "rolled_in_scale": _KINDS + "rolled_in_scale:RolledInScale",
        "corrosion": _KINDS + "corrosion:Corrosion",
        "chip": _KINDS + "chip:Chip",
        "blowhole": _KINDS + "blowhole:Blowhole",
        "fray": _KINDS + "fray:Fray",
        "uneven": _KINDS + "uneven:Uneven",
        "burr": _KINDS + "burr:Burr",
        "weld_porosity": _KINDS + "weld:Porosity",
        "weld_undercut": _KINDS + "weld:Undercut",
        "weld_spatter": _KINDS + "weld:Spatter",
        "weld_burn_through": _KINDS + "weld:BurnThrough",
        "weld_crater_crack": _KINDS + "weld:CraterCrack",
        "print_open": _KINDS + "print:Open",
        "print_short": _KINDS + "print:Short",
        "print_mousebite": _KINDS + "print:Mousebite",
        "print_spur": _KINDS + "print:Spur",
        "print_spurious_copper": _KINDS + "print:SpuriousCopper",
        "print_pin_hole": _KINDS + "print:PinHole",
    },
)
