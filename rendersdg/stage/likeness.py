"""What tells one geometry prim's shape from another's: two prims of one likeness have equal meshes."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from pxr import Usd, UsdGeom, UsdShade

PLACES = ("xformOp", "visibility", "extent")  # what attributes that are no part of a prim's shape begin with
_OTHER = (*PLACES, "semantic:", "semantics:", "physics:", "physx", "purpose")  # nor are these


def likeness(prim: Usd.Prim, time: Usd.TimeCode, asked: object) -> bytes:
    """Return a hash of all that a prim's mesh is read from: its type, its values, and its subsets' and primvars'.

    ``asked`` is what else the reading depends on.
    """
    found = blake2b(digest_size=20)
    found.update(repr((asked, prim.GetTypeName(), prim.GetAppliedSchemas())).encode())
    _add(found, prim, time)
    for child in prim.GetFilteredChildren(Usd.TraverseInstanceProxies(Usd.PrimAllPrimsPredicate)):
        if child.GetTypeName() == "GeomSubset":
            is_bound = UsdShade.MaterialBindingAPI(child).GetDirectBindingRel().HasAuthoredTargets()
            found.update(repr((child.GetName(), child.IsActive(), is_bound)).encode())
            _add(found, child, time)
    parent = prim.GetParent()
    if parent:
        inherited = UsdGeom.PrimvarsAPI(parent).FindInheritablePrimvars()
        pairs = ((p.GetAttr(), p.GetIndicesAttr()) for p in sorted(inherited, key=UsdGeom.Primvar.GetName))
        _values(found, (attribute for pair in pairs for attribute in pair if attribute), time)
    return found.digest()


def _add(found: blake2b, prim: Usd.Prim, time: Usd.TimeCode) -> None:
    attributes = prim.GetAuthoredAttributes()  # in the order of their names
    _values(found, (a for a in attributes if not a.GetName().startswith(_OTHER)), time)


def _values(found: blake2b, attributes: Iterable[Usd.Attribute], time: Usd.TimeCode) -> None:
    for attribute in attributes:
        value = attribute.Get(time)
        try:
            array = np.asarray(value)
            content = None if array.dtype.hasobject or not array.ndim else np.ascontiguousarray(array)
        except (TypeError, ValueError):
            content = None
        said = value if content is None else (content.shape, content.dtype.str)
        how = attribute.GetMetadata("interpolation"), attribute.GetMetadata("elementSize")
        found.update(repr((attribute.GetName(), str(attribute.GetTypeName()), how, said)).encode())
        if content is not None:
            found.update(content.data)
