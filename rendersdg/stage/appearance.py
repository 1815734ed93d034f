"""Operations that change how prims look: attributes, materials, colours, textures and procedural surfaces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pxr import Usd

from rendersdg.assets.surfaces import make_surface
from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.geometry import ROTATION_ORDERS
from rendersdg.graph.plan import Firing
from rendersdg.stage.mdl import model_of
from rendersdg.stage.state import Look, SceneState
from rendersdg.stage.values import item, number, vector, vectors

Inputs = tuple[tuple[str, object], ...]  # of a plain OmniPBR surface, by USD input name


def attribute(state: SceneState, firing: Firing) -> None:
    """modify.attribute: on the prim, or the first prim below it that has the attribute (also without ``inputs:``).

    An attribute that is missing is reported, and nothing is set; in Omniverse it is an error in the log.
    """
    name = firing.inputs["name"]
    for index, path in enumerate(firing.targets):
        value = item(firing.inputs["value"], index)
        if name == "visibility":  # of the prim itself, whether it is authored or not
            state.visible[path] = str(value) != "invisible"
            continue
        found = _find_attribute(state, path, name, firing.inputs.get("attribute_type"))
        if found is None:
            continue
        at, full = found
        if full.startswith("xformOp:") and _pose_by_attribute(state, at, full, value):
            continue
        state.attributes[at, full] = value
        if firing.inputs.get("attribute_type"):
            state.attribute_types[at, full] = firing.inputs["attribute_type"]


def inputs(state: SceneState, firing: Firing) -> None:
    """The sampled attributes of a created light, camera or material."""
    for index, path in enumerate(firing.targets):
        for name, value in firing.inputs.items():
            state.attributes[path, name] = item(value, index)


def material(state: SceneState, firing: Firing) -> None:
    """modify.material"""
    for index, path in enumerate(firing.targets):
        state.looks[path] = Look(_material_path(state, item(firing.inputs["value"], index), index))


def materials(state: SceneState, firing: Firing) -> None:
    """randomizer.materials"""
    for index, path in enumerate(firing.targets):
        state.looks[path] = Look(_material_path(state, item(firing.inputs["materials"], index), 0))


def colour(state: SceneState, firing: Firing) -> None:
    """randomizer.color: a plain surface of the drawn colour on each prim, or on each mesh below it."""
    rows = vectors(firing.inputs["colors"], len(firing.targets)) if not firing.inputs.get("per_sub_mesh") else None
    if rows is not None:
        inputs = ((("diffuse_color_constant", tuple(row)),) for row in rows.tolist())
        state.looks.update(zip(firing.targets, (Look(None, given) for given in inputs)))
        return
    _surface(
        state,
        firing,
        lambda index: (("diffuse_color_constant", vector("colors", item(firing.inputs["colors"], index))),),
    )


def texture(state: SceneState, firing: Firing) -> None:
    """randomizer.texture"""
    i = firing.inputs

    def look(index: int) -> Inputs:
        inputs: list[tuple[str, object]] = [("diffuse_texture", str(item(i["textures"], index)))]
        if i.get("texture_scale") is not None:
            inputs.append(("texture_scale", vector("texture_scale", item(i["texture_scale"], index), 2)))
        if i.get("texture_rotate") is not None:
            inputs.append(("texture_rotate", number("texture_rotate", item(i["texture_rotate"], index))))
        if i.get("project_uvw"):
            inputs.append(("project_uvw", True))
        return tuple(inputs)

    _surface(state, firing, look)


def surface(state: SceneState, firing: Firing) -> None:
    """surfaces.*: a procedural surface on each prim; the colour stands for it where only inputs can be written."""
    kind = firing.inputs["kind"]
    for index, path in enumerate(firing.targets):
        painted = make_surface(kind, {k: item(v, index) for k, v in firing.inputs.items() if k != "kind"})
        colour = tuple(float(np.clip(painted.level * c, 0, 1)) for c in (painted.red, painted.green, painted.blue))
        inputs = (
            ("diffuse_color_constant", colour),
            ("reflection_roughness_constant", painted.roughness),
            ("metallic_constant", painted.metallic),
        )
        state.looks[path] = Look(inputs=inputs, surface=painted, source=firing.source.child(f"surface/{index}"))


def _pose_by_attribute(state: SceneState, path: str, name: str, value: object) -> bool:
    """Set the part of a pose that a transform attribute is, as Replicator does; return whether it is one of a pose."""
    pose = state.pose(path)
    if name == "xformOp:translate":
        pose = pose.changed(translate=vector(name, value))
    elif name == "xformOp:scale":
        pose = pose.changed(scale=vector(name, value))
    elif name.startswith("xformOp:rotate") and name[-3:] in ROTATION_ORDERS:
        pose = pose.changed(euler=vector(name, value), order="XYZ")
    else:
        return False
    state.set_pose(path, pose)
    return True


def _find_attribute(state: SceneState, path: str, name: str, type_name: str | None) -> tuple[str, str] | None:
    """Return the path of the prim that has an attribute and its whole name, None, reported, where none has it."""
    report = state.base.report
    prim = state.base.stage.GetPrimAtPath(path)
    if not prim:
        report.ignored(f"{path}.{name}", "is not set: the prim is not on the stage (instances have no attributes)")
        return None
    known: set[str] = set()
    plain = name.removeprefix("inputs:")
    for candidate in Usd.PrimRange(prim):
        model = model_of(candidate)
        if model is not None and model.has(plain):  # its inputs are there, authored or not
            return str(candidate.GetPath()), f"inputs:{plain}"
        for full in (name, f"inputs:{name}"):
            if candidate.HasAttribute(full):
                return str(candidate.GetPath()), full
        known |= {a.GetName() for a in candidate.GetAttributes()}
    if type_name or name.startswith("primvars:"):
        return path, name
    report.ignored(
        f"{path}.{name}",
        f"is not set: no prim at or below has this attribute{did_you_mean(name, known)}; attribute_type creates it",
    )
    return None


def _material_path(state: SceneState, value: object, index: int) -> str:
    if isinstance(value, (list, tuple)):
        value = value[index % len(value)]
    path = str(value)
    prim = state.base.stage.GetPrimAtPath(path) if path.startswith("/") else None
    if not prim or prim.GetTypeName() != "Material":
        raise BadArgument(f"{path!r} is not a material on the stage; create one with create.material_omnipbr")
    return path


def _surface(state: SceneState, firing: Firing, look: Callable[[int], Inputs]) -> None:
    for index, path in enumerate(firing.targets):
        if firing.inputs.get("per_sub_mesh"):
            rng = firing.source.child(f"sub_mesh/{path}").rng()
            meshes = sorted({chain[0] for _, _, chain in state.drawables_below(path)})
            count = len(firing.targets)
            for mesh in meshes:
                state.looks[mesh] = Look(None, look(int(rng.integers(count))))
        else:
            state.looks[path] = Look(None, look(index))
