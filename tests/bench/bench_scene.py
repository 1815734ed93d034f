"""One procedural scene for every renderer of the peers benchmark, as a Snapshot: ``frame(kind,
i)`` depends on (kind, i).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import shapes
from rendersdg.assets.patterns import pattern
from rendersdg.geometry import affine, aim_rotation, quaternion_rotation
from rendersdg.snapshot import Camera, Entity, Instance, Light, Material, Mesh, RenderProduct, Snapshot, Texture

TEXTURES = ("checker", "wood", "brick", "marble", "waves", "dots", "rust", "fabric")
KINDS = {"simple": (10, 512, 512), "std": (30, 640, 480), "hd": (30, 1280, 720)}


def _mesh(name: str, shape: shapes.Shape) -> Mesh:
    f4 = np.float32
    colours = np.ones((len(shape.vertices), 3), f4)
    return Mesh(
        name,
        shape.vertices.astype(f4),
        shape.normals.astype(f4),
        shape.uvs.astype(f4),
        colours,
        shape.triangles.astype(np.int32),
    )


def _blob(seed: int) -> shapes.Shape:
    rng = np.random.default_rng(seed)
    waves = [(rng.normal(size=3) * k, rng.uniform(0, 6), 1 / k) for k in (2, 4, 7, 11)]
    ball = shapes.sphere(1.0, 40, 64)
    return ball.displaced(lambda p: p * (1 + 0.35 * sum(a * np.sin(p @ d + s) for d, s, a in waves))[:, None])


@dataclass(frozen=True)
class BenchScene:
    """``objects`` over a ground plane of 24 m; three lights (a sun that casts shadows, two lamps) and a sky."""

    kind: str

    def static(self) -> tuple[tuple[Mesh, ...], tuple[Texture, ...], list[int]]:
        """Return meshes, textures and the mesh of each object (object 0 is the ground)."""
        fine = [
            shapes.sphere(1.0, 40, 64),
            shapes.torus(0.75, 0.3, 64, 32),
            _blob(1),
            _blob(2),
            _blob(3),
            shapes.box((1.4,) * 3),
            shapes.cylinder(0.6, 1.6, 48),
        ]
        coarse = [shapes.sphere(1.0, 16, 24), shapes.box((1.4,) * 3), shapes.cylinder(0.6, 1.6, 24)]
        kinds = fine if self.kind != "simple" else coarse
        meshes = (_mesh("ground", shapes.plane(24, 24)), *(_mesh(f"m{k}", s) for k, s in enumerate(kinds)))
        textures = tuple(Texture(t, pattern(f"texture/{t}"), True) for t in TEXTURES) + (
            Texture("sky", pattern("texture/sky"), False),
        )
        count = KINDS[self.kind][0]
        # 26 finely meshed objects in thirty: about 100,000 triangles
        pick = (
            [1 + k % 5 if k % 15 < 13 else 6 + k % 2 for k in range(count)]
            if self.kind != "simple"
            else [1 + k % 3 for k in range(count)]
        )
        return meshes, textures, [0, *pick]


def snapshots(kind: str):  # type: ignore[no-untyped-def]
    """Return a function from frame number to Snapshot; every frame moves and repaints everything."""
    meshes, textures, objects = BenchScene(kind).static()
    _, width, height = KINDS[kind]

    def frame(i: int) -> Snapshot:
        rng = np.random.default_rng([11, i])
        worlds = [np.eye(4)]
        for _ in objects[1:]:
            s = rng.uniform(0.22, 0.5)
            r, a = 2.6 * np.sqrt(rng.random()), rng.uniform(0, 2 * np.pi)
            place = (r * np.cos(a), r * np.sin(a), s * 0.9 + rng.exponential(0.35))
            worlds.append(affine(quaternion_rotation(rng.normal(size=4)) * s, place))
        materials = []
        for k, _ in enumerate(objects):
            colour = tuple(rng.uniform(0.25, 1, 3).tolist())
            metal = 0.9 if k and rng.random() < 0.3 else 0.0
            texture = int(rng.integers(len(TEXTURES)))
            scale = (8.0, 8.0) if k == 0 else (1.0, 1.0)
            materials.append(
                Material(
                    base_colour=colour,
                    metallic=metal,
                    roughness=float(rng.uniform(0.2, 0.8)),
                    base_colour_texture=texture,
                    uv_scale=scale,
                )
            )
        instances = tuple(Instance(f"/o{k}", m, k, k, w, w) for k, (m, w) in enumerate(zip(objects, worlds)))
        entities = tuple(
            Entity(i.prim_path, (("class", f"c{i.mesh}"),), i.world_from_mesh, *meshes[i.mesh].bounds)
            for i in instances
        )
        az, el, dist = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 0.8), rng.uniform(5.5, 7)
        eye = dist * np.array([np.cos(az) * np.cos(el), np.sin(az) * np.cos(el), np.sin(el)])
        pose = affine(aim_rotation(eye, np.array([0, 0, 0.5]), np.array([0, 0, 1.0])), eye)
        focal = height / 2 / np.tan(np.radians(45) / 2)
        camera = Camera(
            "/camera", (width, height), pose, pose, "pinhole", (focal, focal), (width / 2, height / 2), (0.1, 100.0)
        )
        a, e = rng.uniform(0, 2 * np.pi), rng.uniform(0.6, 1.2)
        towards = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
        sun_pose = affine(aim_rotation(towards, np.zeros(3), np.array([0, 0, 1.0])), (0, 0, 0))
        sun = Light("/sun", "distant", rng.uniform(1500, 3000) * rng.uniform(0.8, 1, 3), sun_pose, (0.53, 0.0))
        lamps = []
        for k in range(2):
            at = affine(np.eye(3), (*rng.uniform(-4, 4, 2), rng.uniform(2.5, 4.5)))
            lamps.append(
                Light(
                    f"/lamp{k}",
                    "sphere",
                    rng.uniform(2e5, 5e5) * rng.uniform(0.7, 1, 3),
                    at,
                    (0.1, 0.0),
                    casts_shadow=False,
                )
            )
        dome = Light("/sky", "dome", np.full(3, 600.0), np.eye(4), texture=len(TEXTURES))
        product = RenderProduct("view", camera)
        return Snapshot(
            i, 0.0, 1.0, "Z", meshes, textures, tuple(materials), instances, entities, (sun, *lamps, dome), (product,)
        )

    return frame
