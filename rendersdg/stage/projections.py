"""Projected materials, Replicator's own way to put a defect on a surface:
images that a proxy prim throws onto others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from rendersdg import portable
from rendersdg.arrays import F4
from rendersdg.assets.textures import TextureLibrary
from rendersdg.defects.decal import Decal
from rendersdg.errors import BadArgument
from rendersdg.graph.plan import Firing
from rendersdg.stage.posing import local_bounds, posed, up_axis
from rendersdg.stage.state import DefectSpec, Projection, SceneState, Spot
from rendersdg.stage.values import item
from rendersdg.texels import linear_image

ROLES = ("diffuse", "normal", "roughness", "metallic")
_SUFFIX = {"D": "diffuse", "N": "normal", "R": "roughness", "M": "metallic"}
_SHADER = {
    "diffuse": ("diffuse_texture", "diffuseColor:texture"),
    "normal": ("normalmap_texture", "normal:texture"),
    "roughness": ("reflectionroughness_texture", "roughness:texture"),
    "metallic": ("metallic_texture", "metallic:texture"),
}


def create(state: SceneState, firing: Firing) -> None:
    """create.projection_material: one for each proxy, thrown onto all targets."""
    for index, path in enumerate(firing.made):
        proxy = firing.inputs["proxies"][index]
        state.projections[path] = Projection(
            proxy=proxy,
            hosts=firing.targets,
            source=firing.source.child(str(index)),
            material=firing.inputs.get("material"),
        )
        state.semantics_of[path] = firing.inputs["semantics"]


def modify(state: SceneState, firing: Firing) -> None:
    """modify.projection_material: textures and the proxy's pose of the projections named by themselves,
    hosts or proxies.
    """
    i = firing.inputs
    for index, target in enumerate(firing.targets):
        paths = [
            p
            for p, q in state.projections.items()
            if target in (p, q.proxy) or target in q.hosts or p.startswith(target + "/")
        ]
        if not paths:
            raise BadArgument(f"modify.projection_material: {target} carries no projected material")
        textures: dict[str, str] = {}
        if i.get("texture_group") is not None:
            textures = texture_group(item(i["texture_group"], index))
        textures |= {role: str(item(i[role], index)) for role in ROLES if i.get(role) is not None}
        pose = {k: i[k] for k in ("position", "rotation", "scale") if i.get(k) is not None}
        for path in paths:
            projection = state.projections[path]
            state.projections[path] = replace(projection, textures={**projection.textures, **textures})
            if pose:
                state.set_pose(
                    projection.proxy, posed(state, projection.proxy, state.pose(projection.proxy), pose, index)
                )


def texture_group(value: str | Iterable[object]) -> dict[str, str]:
    """Return images by role from names that end on _D, _N, _R or _M; one name stands for the set that it belongs to."""
    names = [value] if isinstance(value, str) else list(value)
    images: dict[str, str] = {}
    for name in names:
        role = _SUFFIX.get(PurePosixPath(str(name).replace("\\", "/")).stem.rsplit("_", 1)[-1].upper())
        if role is None:
            raise BadArgument(f"texture_group: {name!r} does not end on _D, _N, _R or _M before its ending")
        images[role] = str(name)
    return images


def as_defect(
    state: SceneState, path: str, projection: Projection, textures: TextureLibrary, unit: float
) -> DefectSpec:
    """Return a projection as the defect that it is: centred where its proxy stands, as large as that,
    on the nearest surface.

    The images run along the proxy's x axis (u) and across it, and are looked at along its up axis.
    """
    low, high = local_bounds(state, projection.proxy)
    world = state.world(projection.proxy)
    across = 1 if up_axis(state) == "Z" else 2
    extent = (high - low) * portable.norm(world[:3, :3], axis=0) * unit * 1000.0
    centre = portable.product(world[:3, :3], (low + high) / 2) + world[:3, 3]
    names = dict(projection.textures)
    shading = state.base.shading(projection.material) if projection.material else None
    for role, inputs in _SHADER.items():
        for name in inputs:
            if role not in names and shading is not None and shading.inputs.get(name):
                names[role] = str(shading.inputs[name])

    def image(role: str) -> F4 | None:
        if role not in names:
            return None
        index = textures.index(names[role], is_srgb=role == "diffuse")
        return None if index < 0 else linear_image(textures.textures[index])

    decal = Decal(max(float(extent[0]), 1e-6), max(float(extent[across]), 1e-6), *(image(role) for role in ROLES))
    spot = Spot(position=centre, direction=world[:3, 0], angle=0.0)
    return DefectSpec(
        name="projection",
        kind=decal,
        hosts=projection.hosts,
        spot=spot,
        labels="cluster",
        is_whole=False,
        margin=0,
        source=projection.source,
        group=path,
    )
