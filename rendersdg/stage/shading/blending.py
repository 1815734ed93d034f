"""Surfaces that light comes through by their opacity, and where these are labelled."""

from __future__ import annotations

from dataclasses import replace

from rendersdg.assets.textures import TextureLibrary
from rendersdg.snapshot import Blend, Material, Mesh

_SOLID = 0.998  # an opacity that lets nothing through, at eight bits
_NOTHING = 1e-4  # an opacity at which nothing shows


def blended(material: Material, blend: Blend, textures: TextureLibrary) -> Material:
    """Return a material that lets light through by its opacity, where that is less than 1 anywhere and nothing cuts it.

    It is labelled where its opacity is at least half of its strongest.
    """
    if material.opacity_threshold > 0 or material.opacity <= 0:
        return material
    least, most = 1.0, 1.0
    if material.opacity_texture >= 0:
        least, most = textures.opacities(material.opacity_texture, material.opacity_channel)
    if material.opacity * least > _SOLID and not material.through.by_vertices:
        return material
    through = replace(material.through, blend=blend)
    return replace(material, through=through, opacity_threshold=max(0.5 * material.opacity * most, _NOTHING))


def fitted(material: Material, mesh: Mesh) -> Material:
    """Return a material as it is on a mesh: opacities that all vertices share, or that none has, need not be told."""
    if not material.through.by_vertices:
        return material
    opacities = mesh.opacities
    if opacities is not None and opacities.min() < opacities.max():
        if material.through.blend == "none":
            return material
        return replace(material, opacity_threshold=material.opacity_threshold * float(opacities.max()))
    share = 1.0 if opacities is None or not len(opacities) else float(opacities[0])
    through = replace(material.through, by_vertices=False)
    if through.blend == "none":  # it is cut
        return replace(material, opacity=material.opacity * share, through=through)
    is_solid = material.opacity * share > _SOLID and material.opacity_texture < 0
    return replace(
        material,
        opacity=material.opacity * share,
        opacity_threshold=0.0 if is_solid else material.opacity_threshold * share,
        through=replace(through, blend="none") if is_solid else through,
    )
