"""Binding a look to a mesh of an asset's own layer."""

from __future__ import annotations

from typing import Any

from pxr import Sdf, Usd, UsdShade

from rendersdg.stage.author import Author


def define_look(author: Author, root: str, name: str, inputs: dict[str, Any]) -> Sdf.Path:
    """Define a material ``name`` of OmniPBR's ``inputs`` below ``root``/Looks and return its path."""
    path = author.material(name, inputs)
    layer = author.stage.GetRootLayer()
    target = Sdf.Path(author.unique(f"{root}/Looks/{path.rsplit('/', 1)[-1]}"))
    if not layer.GetPrimAtPath(f"{root}/Looks"):
        author.stage.DefinePrim(f"{root}/Looks", "Scope")
    Sdf.CopySpec(layer, path, layer, target)  # a reference brings only what lies below the default prim
    author.stage.RemovePrim(path)
    return target


def bind_look(author: Author, root: str, prim: Usd.Prim, name: str, inputs: dict[str, Any]) -> None:
    """Define a material as :func:`define_look` does and bind it to ``prim``."""
    target = define_look(author, root, name, inputs)
    UsdShade.MaterialBindingAPI.Apply(prim).Bind(UsdShade.Material(author.stage.GetPrimAtPath(target)))
