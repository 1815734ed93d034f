"""``rep.functional.create.material``: materials by their MDL names, and binding them."""

from __future__ import annotations

from pxr import Usd, UsdShade

from rendersdg.replicator.engine import current
from rendersdg.replicator.values import PrimLike, PrimsLike, path_of, prims_of, unwrap
from rendersdg.stage.mdl import MODELS
from rendersdg.stage.named_looks import named_look


def create_material(
    mdl: object,
    bind_prims: PrimsLike | None = None,
    name: str | None = None,
    parent: PrimLike | None = None,
    **inputs: object,
) -> Usd.Prim:
    """Create a material by MDL name: OmniPBR, OmniGlass and their like with their inputs, any other by a plain look,
    which is reported.
    """
    recorder = current().recorder
    text = str(unwrap(mdl))
    stem = text.rsplit("/", 1)[-1].removesuffix(".mdl")
    values = {k: unwrap(v) for k, v in inputs.items()}
    if stem not in MODELS:
        colour, metallic, roughness = named_look(text)
        recorder.report.substitution(
            text, f"a plain surface by its name (metallic {metallic:g}, roughness {roughness:g})"
        )
        values = {
            "diffuse_color_constant": list(colour),
            "metallic_constant": metallic,
            "reflection_roughness_constant": roughness,
            **values,
        }
    model = stem if stem in MODELS and stem != "OmniPBR" else None
    path = recorder.author.material(name or stem, values, model)
    if bind_prims is not None:
        for prim in prims_of(bind_prims):
            bind(prim, path)
    return recorder.stage.GetPrimAtPath(path)


def bind(prim: Usd.Prim, material: PrimLike) -> None:
    """Bind a material, given as prim, path or MDL name, to a prim."""
    path = path_of(material)
    stage = current().recorder.stage
    if not (path.startswith("/") and stage.GetPrimAtPath(path)):
        path = str(create_material(path).GetPath())
    UsdShade.MaterialBindingAPI.Apply(prim).Bind(
        UsdShade.Material(stage.GetPrimAtPath(path)), UsdShade.Tokens.strongerThanDescendants
    )
