"""Snapshots of small meshes whose numbers are as bad as numbers can be, and of plain ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rendersdg.snapshot import (
    Camera,
    Entity,
    Finish,
    Instance,
    Light,
    Material,
    Mesh,
    RenderProduct,
    Snapshot,
    Texture,
    Through,
)

BAD = np.array(
    [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45, 1e-30, 1e-9, 1e9, 1e30, -1e30, 3e38, 0.5, -0.5, 1.0], np.float32
)
KINDS = ("distant", "sphere", "rect", "disk", "cylinder")


def some(rng: np.random.Generator, shape: tuple[int, ...], bad: float) -> np.ndarray:
    """Return float32 numbers about nought, a share ``bad`` of them bad."""
    numbers = rng.normal(size=shape).astype(np.float32)
    return np.where(rng.random(shape) < bad, rng.choice(BAD, shape), numbers).astype(np.float32)


def mesh(rng: np.random.Generator, name: str, bad: float, triangles: int) -> Mesh:
    """Return a soup of triangles, some of them degenerate."""
    count = int(rng.integers(3, 3 * triangles + 3))
    corners = rng.integers(0, count, (triangles, 3)).astype(np.int32)
    corners[rng.random(triangles) < 0.1, 1] = corners[0, 0]
    points = some(rng, (count, 3), bad) - np.float32([0, 0, 3])
    more = (some(rng, (count,), bad), some(rng, (count, 2), bad)) if rng.random() < 0.5 else ()
    return Mesh(
        name, points, some(rng, (count, 3), bad), some(rng, (count, 2), bad), some(rng, (count, 3), bad), corners, *more
    )


def material(rng: np.random.Generator) -> Material:
    """Return a material that uses every feature with some probability."""

    def texture() -> int:
        return int(rng.integers(-1, 3))

    return Material(
        base_colour=tuple(rng.random(3)),
        metallic=float(rng.random()),
        roughness=float(rng.choice([0.0, 0.3, 1.0])),
        emission=(0.0, float(rng.random()), 0.0),
        use_vertex_colour=bool(rng.random() < 0.5),
        base_colour_texture=texture(),
        metallic_texture=texture(),
        roughness_texture=texture(),
        normal_texture=texture(),
        emission_texture=texture(),
        opacity_texture=texture(),
        opacity_channel=int(rng.integers(0, 4)),
        opacity_threshold=float(rng.choice([0.0, 0.5])),
        project_uvw=bool(rng.random() < 0.3),
        uv_scale=tuple(rng.choice([1.0, 1e9, -3.0, 0.0], 2)),
        finish=Finish(
            coat=float(rng.choice([0.0, 1.0])),
            anisotropy=float(rng.choice([0.0, 1.0])),
            coat_texture=texture(),
            coat_roughness_texture=texture(),
            specular_texture=texture(),
            others=frozenset(rng.choice(["normal_texture", "base_colour_texture", "coat_texture"], 1)),
        ),
        through=Through(
            blend=rng.choice(["none", "none", "fade", "fade_below"]),
            by_vertices=bool(rng.random() < 0.3),
            transmission=float(rng.choice([0.0, 0.0, 0.7])),
            transmission_texture=texture(),
        ),
    )


def snapshot(
    seed: int, *, bad: float = 0.2, wh: tuple[int, int] = (33, 18), model: str = "pinhole", triangles: int = 12
) -> Snapshot:
    """Return a snapshot of up to four meshes under lights of all kinds, moving,
    of which a share of the numbers is bad.
    """
    rng = np.random.default_rng(seed)
    meshes = tuple(mesh(rng, f"m{k}", bad, triangles) for k in range(int(rng.integers(0, 5))))
    textures = tuple(
        Texture(f"t{k}", rng.integers(0, 256, (*side, 4)).astype(np.uint8))
        for k, side in enumerate([(1, 1), (8, 4), (64, 32)])
    )
    image = Texture("sky", rng.random((16, 32, 3)).astype(np.float32), False)
    instances = []
    for k in range(len(meshes)):
        pose, before = np.eye(4), np.eye(4)
        pose[:3, :3] *= rng.choice([1.0, -1.0, 1e-3, 30.0])
        before[:3, 3] = rng.normal(size=3)
        instances.append(Instance(f"/m{k}", k, k % 2, k, pose, before))
    entities = tuple(Entity(i.prim_path, (("class", "m"),), np.eye(4), np.zeros(3), np.ones(3)) for i in instances)
    lights = [Light("/sky", "dome", np.full(3, 100.0), np.eye(4), texture=3)] if rng.random() < 0.7 else []
    for kind in KINDS:
        pose = np.eye(4)
        pose[:3, 3] = rng.choice([0.0, 1.0, 1e9], 3)
        radiance, side = rng.random(3) * 1e4, float(rng.choice([0.0, 0.5]))
        lights.append(Light(f"/{kind}", kind, radiance, pose, size=(side, 0.5)))  # type: ignore[arg-type]
    camera = Camera(
        "/camera",
        wh,
        np.eye(4),
        np.eye(4),
        model,
        (20.0, 20.0),
        (wh[0] / 2, wh[1] / 2),
        (0.01, 1000.0),  # type: ignore[arg-type]
        polynomial=(0.0, 0.05) if model == "fisheyePolynomial" else (),
        max_theta=1.2,
    )
    return Snapshot(
        0,
        0.0,
        1.0,
        "Z",
        meshes,
        (*textures, image),
        (material(rng), material(rng)),
        tuple(instances),
        entities,
        tuple(lights),
        (RenderProduct("view", camera),),
    )


def grazing(seed: int, *, wh: tuple[int, int], model: str, scale: float, near: float) -> Snapshot:
    """Return textured triangles, all of their numbers finite, that the camera sees edge-on, from a corner, through its
    near plane, or at ``scale`` times their size; their texture coordinates are far out, alike, or on a line.
    """
    rng = np.random.default_rng(seed)
    shown = snapshot(seed, bad=0.0, wh=wh, model=model)
    count = 24
    points = rng.normal(size=(count, 3, 3))
    points[:8, :, int(rng.integers(0, 2))] = rng.choice([0.0, 1e-7, -1e-7], (8, 3))  # in a plane through the eye
    points[8:16, 0] *= 1e-6  # a corner in the eye
    points[8:16, 1:, 2] = -near * rng.choice([1.0, 1 + 1e-7, 1 - 1e-7, 0.5, 1e3], (8, 2))  # at the near plane
    points[16:, 1] = points[16:, 0] + (points[16:, 2] - points[16:, 0]) * rng.random((8, 1))  # slivers
    uvs = rng.normal(size=(count, 3, 2)) * rng.choice([0.0, 1.0, 1e6, 1e30], (count, 1, 1))
    uvs[::5] = uvs[::5, :1]
    normals = np.broadcast_to(rng.normal(size=(count, 1, 3)), points.shape)
    mesh_ = Mesh(
        "grazing",
        points.reshape(-1, 3).astype(np.float32),
        normals.reshape(-1, 3).astype(np.float32),
        uvs.reshape(-1, 2).astype(np.float32),
        np.ones((3 * count, 3), np.float32),
        np.arange(3 * count, dtype=np.int32).reshape(-1, 3),
    )
    poses = [np.eye(4) for _ in range(3)]
    poses[1][:3, :3] *= scale
    poses[2][:3, :3] = np.linalg.qr(rng.normal(size=(3, 3)))[0] * scale
    poses[2][:3, 3] = rng.normal(size=3) * min(scale, 1e6)
    instances = tuple(Instance(f"/g{k}", 0, k % 2, k, pose, pose) for k, pose in enumerate(poses))
    camera = replace(shown.products[0].camera, near_far=(near, 1e6))
    return replace(
        shown,
        meshes=(mesh_,),
        instances=instances,
        entities=tuple(Entity(i.prim_path, (("class", "g"),), np.eye(4), np.zeros(3), np.ones(3)) for i in instances),
        products=(RenderProduct("view", camera),),
    )
