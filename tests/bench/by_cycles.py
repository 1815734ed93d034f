"""Cycles draws what `realism.py` hands it: run by an interpreter that has Blender's module ``bpy``, not by hand.

    PYTHON tests/bench/by_cycles.py FOLDER SAMPLES

FOLDER has ``scene.json`` and ``arrays.npz``, as :func:`handed` writes them. The picture's linear light comes to lie in
``light.npy`` (H, W, 3), and the CPU seconds of the second of two renderings in ``seconds.txt``. One thread, denoised.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

_SEGMENTS = 64  # of a ball of light, round its waist


def handed(snapshot: Any, folder: Path) -> None:
    """Write what Cycles needs of a snapshot, flattened. Raises ValueError for what it is not told of."""
    from rendersdg.backends.environment import EnvironmentCache
    from rendersdg.backends.flatten import flatten

    arrays: dict[str, Any] = {}
    parts = []
    for part in flatten(snapshot):
        for name in ("vertices", "normals", "uvs", "triangles"):
            arrays[f"{part.name}/{name}"] = getattr(part, name)
        look = part.look
        if part.bends:
            raise ValueError(f"{part.name} bends light")
        images = {
            "base": look.base_image,
            "metallic": look.metallic_image,
            "roughness": look.roughness_image,
            "normal": look.normal_image,
            "emission": look.emission_image,
            "opacity": look.opacity,
            "transmission": look.transmission_image,
        }
        arrays |= {f"{part.name}/{name}_image": image for name, image in images.items() if image is not None}
        if part.colours is not None and not (part.colours == part.colours[0]).all():
            raise ValueError(f"{part.name} has colours at its corners")
        colour = np.ones(3) if part.colours is None else part.colours[0]
        parts.append(
            {
                "name": part.name,
                "base": (np.array(look.base) * colour).tolist(),
                "metallic": look.metallic,
                "roughness": look.roughness,
                "specular": look.specular,
                "emission": list(look.emission),
                "coat": look.coat,
                "coat_roughness": look.coat_roughness,
                "transmission": look.through.transmission,
                "tint": list(look.through.tint),
            }
        )
    lights = []
    for light in snapshot.lights:
        if light.kind not in ("dome", "distant", "rect", "sphere") or light.cone[0] < 180:
            raise ValueError(f"{light.prim_path} is a {light.kind} light, or has a cone")
        lights.append(
            {
                "kind": light.kind,
                "radiance": light.radiance.tolist(),
                "matrix": light.world_from_light.tolist(),
                "size": list(light.size),
            }
        )
    sky = EnvironmentCache().environment(snapshot)
    arrays["background"] = np.asarray(sky.background * sky.tint, np.float32)
    camera = snapshot.products[0].camera
    scene = {
        "parts": parts,
        "lights": lights,
        "frame_from_world": np.asarray(sky.frame_from_world, float).tolist(),
        "size": list(camera.resolution_wh),
        "focal": camera.focal_px[0],
        "camera": camera.world_from_camera.tolist(),
        "clip": list(camera.near_far),
    }
    folder.joinpath("scene.json").write_text(json.dumps(scene))
    np.savez(folder / "arrays.npz", **arrays)


class _Drawer:
    """A scene in Blender."""

    def __init__(self, folder: Path, samples: int) -> None:
        self.bpy: Any = importlib.import_module("bpy")
        self.mathutils: Any = importlib.import_module("mathutils")
        self.folder = folder
        self.told: dict[str, Any] = json.loads(folder.joinpath("scene.json").read_text())
        self.arrays = np.load(folder / "arrays.npz")
        self.bpy.ops.wm.read_factory_settings(use_empty=True)
        self.scene = self.bpy.context.scene
        self._set(samples)
        self._look_through()
        for part in self.told["parts"]:
            self._place(part)
        for number, light in enumerate(self.told["lights"]):
            if light["kind"] == "distant":
                self._sun(number, light)
            elif light["kind"] != "dome":
                self._lamp(number, light)
        self._sky()

    def _set(self, samples: int) -> None:
        render, cycles = self.scene.render, self.scene.cycles
        render.engine = "CYCLES"
        render.resolution_x, render.resolution_y = self.told["size"]
        render.resolution_percentage = 100
        render.threads_mode, render.threads = "FIXED", 1
        render.use_persistent_data = False
        cycles.device = "CPU"
        cycles.samples = samples
        cycles.use_adaptive_sampling = False
        cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
        cycles.sample_clamp_direct = cycles.sample_clamp_indirect = 0.0  # light here is in nits, not about 1
        cycles.max_bounces = 6
        cycles.pixel_filter_type = "BOX"
        render.filepath = str(self.folder / "light.exr")
        render.image_settings.file_format = "OPEN_EXR"
        render.image_settings.color_depth = "32"

    def _linked(self, name: str, data: Any, matrix: Any = None) -> Any:
        made = self.bpy.data.objects.new(name, data)
        self.scene.collection.objects.link(made)
        if matrix is not None:
            made.matrix_world = self.mathutils.Matrix(np.asarray(matrix, float).tolist())
        return made

    def _look_through(self) -> None:
        lens = self.bpy.data.cameras.new("eye")
        lens.sensor_fit = "HORIZONTAL"
        lens.angle = 2 * math.atan(self.told["size"][0] / 2 / self.told["focal"])
        lens.clip_start, lens.clip_end = self.told["clip"]
        self.scene.camera = self._linked("eye", lens, self.told["camera"])

    def _image(self, name: str) -> Any:
        """Return an image of linear values; Blender's rows begin at the bottom."""
        pixels = np.asarray(self.arrays[name], np.float32)
        pixels = pixels[..., None] if pixels.ndim == 2 else pixels
        if pixels.shape[2] == 1:
            pixels = np.repeat(pixels, 3, axis=2)
        height, width = pixels.shape[:2]
        made = self.bpy.data.images.new(name, width, height, float_buffer=True, is_data=True)
        whole = np.concatenate([pixels[::-1, :, :3], np.ones((height, width, 1), np.float32)], -1)
        made.pixels.foreach_set(whole.ravel())
        made.pack()
        return made

    def _mesh(self, name: str, vertices: Any, triangles: Any, uvs: Any = None, normals: Any = None) -> Any:
        made = self.bpy.data.meshes.new(name)
        made.vertices.add(len(vertices))
        made.vertices.foreach_set("co", np.asarray(vertices, np.float32).ravel())
        corners = np.asarray(triangles, np.int32).ravel()
        made.loops.add(len(corners))
        made.loops.foreach_set("vertex_index", corners)
        made.polygons.add(len(triangles))
        made.polygons.foreach_set("loop_start", np.arange(0, len(corners), 3, dtype=np.int32))
        if uvs is not None:
            made.uv_layers.new().data.foreach_set("uv", np.asarray(uvs, np.float32)[corners].ravel())
        made.update(calc_edges=True)
        if normals is not None:
            made.polygons.foreach_set("use_smooth", np.ones(len(triangles), bool))
            made.normals_split_custom_set_from_vertices(np.asarray(normals, float).tolist())
        return made

    def _material(self, name: str) -> tuple[Any, Any, Any]:
        """Return an empty material's tree, and its output; and the material."""
        made = self.bpy.data.materials.new(name)
        made.use_nodes = True
        tree = made.node_tree
        tree.nodes.clear()
        return tree, tree.nodes.new("ShaderNodeOutputMaterial"), made

    def _times(self, tree: Any, name: str, factor: Any) -> Any:
        """Return the socket of an image times a colour or a number."""
        texture = tree.nodes.new("ShaderNodeTexImage")
        texture.image = self._image(name)
        product = tree.nodes.new("ShaderNodeVectorMath")
        product.operation = "MULTIPLY"
        product.inputs[1].default_value = [float(v) for v in np.broadcast_to(factor, 3)]
        tree.links.new(texture.outputs["Color"], product.inputs[0])
        return product.outputs[0]

    def _feed(self, tree: Any, part: dict[str, Any], name: str, socket: Any, factor: Any) -> None:
        """Give a socket a factor, or that times its image where there is one."""
        if f"{part['name']}/{name}_image" in self.arrays:
            tree.links.new(self._times(tree, f"{part['name']}/{name}_image", factor), socket)
        elif np.ndim(factor):
            socket.default_value = [*map(float, factor), 1.0]
        else:
            socket.default_value = float(factor)

    def _place(self, part: dict[str, Any]) -> None:
        name = part["name"]
        tree, output, material = self._material(name)
        surface = tree.nodes.new("ShaderNodeBsdfPrincipled")
        sockets = surface.inputs
        self._feed(tree, part, "base", sockets["Base Color"], part["base"])
        self._feed(tree, part, "metallic", sockets["Metallic"], part["metallic"])
        self._feed(tree, part, "roughness", sockets["Roughness"], part["roughness"])
        sockets["Specular IOR Level"].default_value = part["specular"]
        sockets["Coat Weight"].default_value = part["coat"]
        sockets["Coat Roughness"].default_value = part["coat_roughness"]
        if any(part["emission"]):
            self._feed(tree, part, "emission", sockets["Emission Color"], part["emission"])
            sockets["Emission Strength"].default_value = 1.0
        if f"{name}/normal_image" in self.arrays:
            bent = tree.nodes.new("ShaderNodeNormalMap")
            tree.links.new(self._times(tree, f"{name}/normal_image", 1.0), bent.inputs["Color"])
            tree.links.new(bent.outputs["Normal"], sockets["Normal"])
        shader = surface.outputs[0]
        if part["transmission"] > 0:
            shader = self._mixed(tree, part, ("transmission", part["transmission"]), shader, through=True)
        if f"{name}/opacity_image" in self.arrays:
            shader = self._mixed(tree, part, ("opacity", 1.0), shader, through=False)
        tree.links.new(shader, output.inputs["Surface"])
        arrays = [self.arrays[f"{name}/{kind}"] for kind in ("vertices", "triangles", "uvs", "normals")]
        mesh = self._mesh(name, *arrays)
        mesh.materials.append(material)
        self._linked(name, mesh)

    def _mixed(self, tree: Any, part: dict[str, Any], share: tuple[str, float], shader: Any, *, through: bool) -> Any:
        """Return a shader mixed with what is not there: by a share that goes ``through``, stained, or that is there."""
        clear = tree.nodes.new("ShaderNodeBsdfTransparent")
        if through:
            clear.inputs[0].default_value = [*(b * t for b, t in zip(part["base"], part["tint"])), 1.0]
        mix = tree.nodes.new("ShaderNodeMixShader")
        self._feed(tree, part, share[0], mix.inputs[0], share[1])
        one, other = (shader, clear.outputs[0]) if through else (clear.outputs[0], shader)
        tree.links.new(one, mix.inputs[1])
        tree.links.new(other, mix.inputs[2])
        return mix.outputs[0]

    def _sun(self, number: int, light: dict[str, Any]) -> None:
        lamp = self.bpy.data.lights.new(f"sun{number}", "SUN")
        strongest = max(light["radiance"])
        lamp.energy, lamp.color = strongest, [v / strongest for v in light["radiance"]]
        lamp.angle = math.radians(light["size"][0])
        self._linked(lamp.name, lamp, light["matrix"])

    def _lamp(self, number: int, light: dict[str, Any]) -> None:
        """Place a lamp as a surface that glows: a rectangle, along -Z alone, or a ball."""
        name, (width, height) = f"lamp{number}", light["size"]
        tree, output, material = self._material(name)
        glow = tree.nodes.new("ShaderNodeEmission")
        glow.inputs["Color"].default_value = [*light["radiance"], 1.0]
        shader = glow.outputs[0]
        if light["kind"] == "rect":
            corners = np.array([(-1, -1, 0), (-1, 1, 0), (1, 1, 0), (1, -1, 0)]) * [width / 2, height / 2, 0]
            mesh = self._mesh(name, corners, [(0, 1, 2), (0, 2, 3)])
            behind, mix = tree.nodes.new("ShaderNodeNewGeometry"), tree.nodes.new("ShaderNodeMixShader")
            tree.links.new(behind.outputs["Backfacing"], mix.inputs[0])
            tree.links.new(shader, mix.inputs[1])
            shader = mix.outputs[0]
        else:
            mesh = self._mesh(name, *_ball(light["size"][0]))
        tree.links.new(shader, output.inputs["Surface"])
        mesh.materials.append(material)
        self._linked(name, mesh, light["matrix"])

    def _sky(self) -> None:
        world = self.scene.world = self.bpy.data.worlds.new("sky")
        world.use_nodes = True
        tree = world.node_tree
        ground = next(n for n in tree.nodes if n.type == "BACKGROUND")
        background = self.arrays["background"]
        if background.shape[0] <= 1 or np.ptp(background, axis=(0, 1)).max() < 1e-6:
            ground.inputs[0].default_value = [*map(float, background[0, 0]), 1.0]
            return
        # there the middle lies towards +X and columns run by way of -Y; here they run by way of +Y
        self.arrays = dict(self.arrays) | {"sky": background[:, ::-1]}
        place, turn = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeMapping")
        texture = tree.nodes.new("ShaderNodeTexEnvironment")
        turn.vector_type = "POINT"
        turn.inputs["Rotation"].default_value = self.mathutils.Matrix(self.told["frame_from_world"]).to_euler()
        texture.image = self._image("sky")
        tree.links.new(place.outputs["Generated"], turn.inputs["Vector"])
        tree.links.new(turn.outputs["Vector"], texture.inputs["Vector"])
        tree.links.new(texture.outputs["Color"], ground.inputs[0])

    def draw(self) -> float:
        """Draw the picture; return the CPU seconds."""
        before = time.process_time()
        self.bpy.ops.render.render(write_still=True)
        return time.process_time() - before

    def light(self) -> Any:
        """Return the linear light of the picture that was drawn last (H, W, 3)."""
        image = self.bpy.data.images.load(str(self.folder / "light.exr"), check_existing=False)
        image.colorspace_settings.name = "Non-Color"
        width, height = image.size
        pixels = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(pixels)
        return pixels.reshape(height, width, 4)[::-1, :, :3].copy()


def _ball(radius: float) -> tuple[Any, Any]:
    """Return the vertices and triangles of a ball."""
    rows = _SEGMENTS // 2
    polar, turn = np.meshgrid(
        np.linspace(0, np.pi, rows + 1), np.arange(_SEGMENTS) / _SEGMENTS * 2 * np.pi, indexing="ij"
    )
    places = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)], -1) * radius
    row, column = np.meshgrid(np.arange(rows), np.arange(_SEGMENTS), indexing="ij")
    a, b = row * _SEGMENTS + column, row * _SEGMENTS + (column + 1) % _SEGMENTS
    c, d = a + _SEGMENTS, b + _SEGMENTS
    triangles = np.concatenate([np.stack([a, c, d], -1).reshape(-1, 3), np.stack([a, d, b], -1).reshape(-1, 3)])
    return places.reshape(-1, 3), triangles


if __name__ == "__main__":
    where = Path(sys.argv[1])
    drawer = _Drawer(where, int(sys.argv[2]))
    drawer.draw()
    spent = drawer.draw()
    np.save(where / "light.npy", drawer.light())
    where.joinpath("seconds.txt").write_text(repr(spent))
