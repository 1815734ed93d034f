"""Ratio of CPU time per labelled frame against peers: the same snapshots, one process each, paired rounds in one run.

    python tests/bench/render_peers.py [--rounds 5] [--kinds simple std hd]

Peers run where they are installed: pyrender (OpenGL, directional shadow), moderngl (one MRT pass), Mitsuba 16 spp, bpy
Cycles 16 samples. A labelled frame is rgb with shadows, ids, depth, normals and boxes, as far as a peer can give them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from bench_scene import KINDS, snapshots

from rendersdg.colour import FILM_EXPOSURE
from rendersdg.snapshot import Snapshot


class Raster:
    """Ours: anti-aliasing, sun shadow, environment light and reflection, ambient occlusion, every label."""

    def __init__(self, snapshot: Snapshot) -> None:
        import cv2

        from rendersdg.backends.raster import RasterBackend

        cv2.setNumThreads(1)
        self.backend = RasterBackend()

    def render(self, snapshot: Snapshot) -> Any:
        return self.backend.render(snapshot, snapshot.products[0])


class Pyrender:
    """pyrender with a shadow for the sun, then its segmentation pass for ids (it has no normals or motion)."""

    def __init__(self, snapshot: Snapshot) -> None:
        os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
        viewer = types.ModuleType("pyrender.viewer")  # the window needs X11; the module wants it only to exist
        viewer.Viewer = None  # type: ignore[attr-defined]
        sys.modules["pyrender.viewer"] = viewer
        import pyrender
        import pyrender.mesh

        if not hasattr(np, "infty"):
            patched = types.ModuleType("numpy_for_pyrender")
            patched.__dict__.update(np.__dict__)
            patched.infty = np.inf  # type: ignore[attr-defined]
            pyrender.mesh.np = patched
        self.pr = pyrender
        scene = self.scene = pyrender.Scene(bg_color=[0, 0, 0, 1], ambient_light=[0.3] * 3)
        self.textures = [
            pyrender.Texture(
                source=t.pixels[..., :3], source_channels="RGB", width=t.pixels.shape[1], height=t.pixels.shape[0]
            )
            for t in snapshot.textures
            if t.pixels.dtype == np.uint8
        ]
        self.nodes = []
        for i in snapshot.instances:
            m = snapshot.meshes[i.mesh]
            scale = snapshot.materials[i.material].uv_scale
            material = pyrender.MetallicRoughnessMaterial(
                baseColorTexture=self.textures[0], baseColorFactor=[1, 1, 1, 1], metallicFactor=0.0, roughnessFactor=0.5
            )
            primitive = pyrender.Primitive(
                positions=m.vertices,
                normals=m.normals,
                texcoord_0=m.uvs * np.float32(scale[0]),
                indices=m.triangles,
                material=material,
                mode=4,
            )
            self.nodes.append(scene.add(pyrender.Mesh([primitive])))
        camera = snapshot.products[0].camera
        width, height = camera.resolution_wh
        self.camera = scene.add(
            pyrender.PerspectiveCamera(
                yfov=float(2 * np.arctan(height / 2 / camera.focal_px[1])), znear=0.1, zfar=100.0
            )
        )
        self.sun = scene.add(pyrender.DirectionalLight(intensity=3.0))
        self.lamps = [scene.add(pyrender.PointLight(intensity=20.0)) for _ in range(2)]
        self.renderer = pyrender.OffscreenRenderer(width, height)
        self.colours = {n: (k + 1, 0, 0) for k, n in enumerate(self.nodes)}

    def render(self, snapshot: Snapshot) -> Any:
        scene, flags = self.scene, self.pr.RenderFlags
        for node, i in zip(self.nodes, snapshot.instances):
            scene.set_pose(node, i.world_from_mesh)
            material, ours = node.mesh.primitives[0].material, snapshot.materials[i.material]
            material.baseColorFactor = [*ours.base_colour, 1.0]
            material.metallicFactor, material.roughnessFactor = ours.metallic, ours.roughness
            material.baseColorTexture = self.textures[ours.base_colour_texture]
        scene.set_pose(self.camera, snapshot.products[0].camera.world_from_camera)
        sun, *lamps, _ = snapshot.lights
        scene.set_pose(self.sun, sun.world_from_light)
        self.sun.light.intensity = float(sun.radiance.max() * FILM_EXPOSURE)
        for node, lamp in zip(self.lamps, lamps):
            scene.set_pose(node, lamp.world_from_light)
            node.light.intensity = float(lamp.radiance.max() * FILM_EXPOSURE * np.pi * 0.01)
        colour, depth = self.renderer.render(scene, flags=flags.SHADOWS_DIRECTIONAL)
        ids, _ = self.renderer.render(scene, flags=flags.SEG, seg_node_map=self.colours)
        return colour, depth, ids


_COMMON = """#version 430
struct Obj { mat4 M; vec4 col; vec4 mat; uvec4 ids; };
layout(std430, binding=0) readonly buffer B { Obj o[]; };
layout(std140, binding=1) uniform C {
    mat4 V; mat4 VP; mat4 L; vec4 eye; vec4 sdir; vec4 sun; vec4 pp[2]; vec4 pi[2]; vec4 amb;
};
"""
_VERTEX = (
    _COMMON
    + """
layout(location=0) in vec3 p;
layout(location=1) in vec3 n;
layout(location=2) in vec2 uv;
layout(location=3) in uint oi;
out vec3 wp; out vec3 wn; out vec2 tc; out float vz; flat out uvec2 k; flat out vec4 fc; flat out vec2 fm;
void main() {
    vec4 w = o[oi].M * vec4(p, 1);
    wp = w.xyz; wn = mat3(o[oi].M) * n; tc = uv * o[oi].mat.z;
    k = o[oi].ids.xy; fc = o[oi].col; fm = o[oi].mat.xy;
    vz = -(V * w).z;
    gl_Position = VP * w;
}"""
)
_SHADOW = (
    _COMMON
    + """
layout(location=0) in vec3 p;
layout(location=3) in uint oi;
void main() { gl_Position = L * (o[oi].M * vec4(p, 1)); }"""
)
_FRAGMENT = (
    _COMMON
    + """
in vec3 wp; in vec3 wn; in vec2 tc; in float vz; flat in uvec2 k; flat in vec4 fc; flat in vec2 fm;
uniform sampler2DArray tex;
uniform sampler2DShadow smap;
layout(location=0) out vec4 o_rgb;
layout(location=1) out uint o_id;
layout(location=2) out float o_z;
layout(location=3) out vec4 o_n;
vec3 brdf(vec3 N, vec3 E, vec3 D, vec3 base, float me, float a) {
    vec3 H = normalize(E + D);
    float nl = max(dot(N, D), 0.), nv = max(dot(N, E), 1e-3), nh = max(dot(N, H), 0.), vh = max(dot(E, H), 0.);
    float a2 = a * a, d = nh * nh * (a2 - 1.) + 1., k_ = a * .5;
    float G = 1. / ((nl * (1. - k_) + k_) * (nv * (1. - k_) + k_) * 4.);
    float q = 1. - vh;
    vec3 F0 = mix(vec3(.04), base, me), F = F0 + (1. - F0) * (q * q * q * q * q);
    return ((1. - F) * (1. - me) * base / 3.14159 + a2 / (3.14159 * d * d) * G * F) * nl;
}
void main() {
    vec3 t = texture(tex, vec3(tc, float(k.y))).rgb;
    vec3 base = fc.rgb * t * t;
    float me = fm.x, a = fm.y * fm.y;
    vec3 N = normalize(wn), E = normalize(eye.xyz - wp);
    if (dot(N, E) < 0.) N = -N;
    vec4 c = L * vec4(wp + N * .02, 1);
    vec3 u = c.xyz * .5 + .5;
    float s = 0.;
    for (int i = -1; i <= 1; i++)
        for (int j = -1; j <= 1; j++)
            s += texture(smap, vec3(u.xy + vec2(i, j) / 1024., u.z - .001));
    s /= 9.;
    vec3 r = amb.rgb * base * (1. - me * .5) + s * sun.rgb * brdf(N, E, -sdir.xyz, base, me, a);
    for (int i = 0; i < 2; i++) {
        vec3 d = pp[i].xyz - wp;
        float d2 = dot(d, d);
        r += pi[i].rgb / d2 * brdf(N, E, d * inversesqrt(d2), base, me, a);
    }
    o_rgb = vec4(sqrt(clamp(r, 0., 1.)), 1); o_id = k.x; o_z = vz; o_n = vec4(N, 0);
}"""
)


class Moderngl:
    """One OpenGL pass into four targets (rgb, id, depth, normal), a sun shadow map, no anti-aliasing, flat ambient."""

    def __init__(self, snapshot: Snapshot) -> None:
        import moderngl

        gl = self.gl = moderngl.create_standalone_context(backend="egl", require=430)
        self.mgl = moderngl
        vertices, indices, commands, base, first = [], [], [], {}, {}
        at_v = at_i = 0
        for k, m in enumerate(snapshot.meshes):
            vertices.append(np.concatenate([m.vertices, m.normals, m.uvs], 1).astype("f4"))
            indices.append(m.triangles.ravel())
            base[k], first[k] = at_v, at_i
            at_v, at_i = at_v + len(m.vertices), at_i + m.triangles.size
        for k, i in enumerate(snapshot.instances):
            commands.append([snapshot.meshes[i.mesh].triangles.size, 1, first[i.mesh], base[i.mesh], k])
        self.n = len(commands)
        vbo, ibo = (
            gl.buffer(np.concatenate(vertices).tobytes()),
            gl.buffer(np.concatenate(indices).astype("u4").tobytes()),
        )
        oi = gl.buffer(np.arange(self.n, dtype="u4").tobytes())
        self.base_commands = np.array(commands, "u4")
        self.commands = gl.buffer(self.base_commands.tobytes())
        self.layout = np.dtype([("M", "f4", 16), ("col", "f4", 4), ("mat", "f4", 4), ("ids", "u4", 4)])
        self.objects, self.uniforms = gl.buffer(reserve=self.layout.itemsize * self.n), gl.buffer(reserve=4 * (48 + 32))
        images = np.stack([t.pixels[..., :3] for t in snapshot.textures if t.pixels.dtype == np.uint8])
        self.tex = gl.texture_array(
            (images.shape[2], images.shape[1], images.shape[0]), 3, np.ascontiguousarray(images).tobytes()
        )
        self.tex.build_mipmaps()
        self.tex.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        self.map = gl.depth_texture((1024, 1024))
        self.map.compare_func = "<="
        self.shadow_target = gl.framebuffer(depth_attachment=self.map)
        program = gl.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        program["tex"].value, program["smap"].value = 0, 1
        self.draw = gl.vertex_array(program, [(vbo, "3f 3f 2f", 0, 1, 2), (oi, "1u/i", 3)], ibo)
        shadow = gl.program(vertex_shader=_SHADOW, fragment_shader="#version 330\nvoid main(){}")
        self.draw_shadow = gl.vertex_array(shadow, [(vbo, "3f 20x", 0), (oi, "1u/i", 3)], ibo)
        width, height = snapshot.products[0].camera.resolution_wh
        self.size = (width, height)
        targets = [(4, "f1"), (1, "u4"), (1, "f4"), (4, "f2")]
        self.target = gl.framebuffer(
            [gl.renderbuffer(self.size, c, dtype=d) for c, d in targets], gl.depth_renderbuffer(self.size)
        )

    def render(self, snapshot: Snapshot) -> Any:
        rows = np.zeros(self.n, self.layout)
        rows["M"] = np.stack([i.world_from_mesh.T.ravel() for i in snapshot.instances])
        for k, i in enumerate(snapshot.instances):
            m = snapshot.materials[i.material]
            rows["col"][k, :3] = m.base_colour
            rows["mat"][k, :3] = m.metallic, m.roughness, m.uv_scale[0]
            rows["ids"][k, :2] = k + 1, m.base_colour_texture
        camera = snapshot.products[0].camera
        width, height = self.size
        near, far = 0.1, 100.0
        projection = np.zeros((4, 4))
        projection[0, 0], projection[1, 1] = 2 * camera.focal_px[0] / width, 2 * camera.focal_px[1] / height
        projection[2, 2], projection[2, 3], projection[3, 2] = (
            (far + near) / (near - far),
            2 * far * near / (near - far),
            -1,
        )
        view = camera.camera_from_world
        sun, *lamps, _ = snapshot.lights
        basis = sun.world_from_light[:3, :3]
        light = np.eye(4)
        light[:3, :3] = basis.T
        light[:3, 3] = -basis.T @ (basis[:, 2] * 10)
        box = np.diag([1 / 5.5, 1 / 5.5, -0.1, 1.0])
        box[2, 3] = -1
        u = np.zeros(80, "f4")
        for k, m in enumerate((view, projection @ view, box @ light)):
            u[16 * k : 16 * k + 16] = m.T.ravel()
        r = u[48:].reshape(8, 4)
        r[0, :3], r[1, :3], r[2, :3] = camera.world_from_camera[:3, 3], -basis[:, 2], sun.radiance * FILM_EXPOSURE
        for k, lamp in enumerate(lamps):
            r[3 + k, :3], r[5 + k, :3] = lamp.world_from_light[:3, 3], lamp.radiance * FILM_EXPOSURE * np.pi * 0.01
        r[7, :3] = 0.3
        distance = np.linalg.norm(
            [i.world_from_mesh[:3, 3] - camera.world_from_camera[:3, 3] for i in snapshot.instances], axis=1
        )
        distance[0] = 1e9
        self.commands.write(self.base_commands[np.argsort(distance)].tobytes())
        self.objects.write(rows.tobytes())
        self.uniforms.write(u.tobytes())
        gl = self.gl
        gl.enable(self.mgl.DEPTH_TEST)
        self.objects.bind_to_storage_buffer(0)
        self.uniforms.bind_to_uniform_block(1)
        self.shadow_target.use()
        self.shadow_target.clear(depth=1.0)
        self.draw_shadow.render_indirect(self.commands)
        self.tex.use(0)
        self.map.use(1)
        self.target.use()
        self.target.clear(0, 0, 0, 0, depth=1.0)
        self.draw.render_indirect(self.commands)
        out = []
        for k, (channels, dtype) in enumerate([(3, "f1"), (1, "u4"), (1, "f4"), (3, "f2")]):
            out.append(self.target.read(components=channels, attachment=k, dtype=dtype, alignment=1))
        return out


class Mitsuba:
    """Mitsuba 3 path tracing at 16 samples, colour alone (its labels would need a pass of their own)."""

    def __init__(self, snapshot: Snapshot) -> None:
        import mitsuba

        self.mi = mitsuba
        variants = mitsuba.variants()
        chosen = "scalar_rgb"
        if "llvm_ad_rgb" in variants:
            import drjit

            if (drjit.detail.llvm_version() or (0,))[0] >= 17:  # older LLVMs abort the process
                chosen = "llvm_ad_rgb"
        mitsuba.set_variant(chosen)

    def render(self, snapshot: Snapshot) -> Any:
        mi = self.mi
        camera = snapshot.products[0].camera
        width, height = camera.resolution_wh
        flip = np.diag([-1.0, 1.0, -1.0, 1.0])
        scene: dict[str, Any] = {
            "type": "scene",
            "integrator": {"type": "path", "max_depth": 4},
            "sensor": {
                "type": "perspective",
                "fov": float(np.degrees(2 * np.arctan(width / 2 / camera.focal_px[0]))),
                "fov_axis": "x",
                "to_world": mi.ScalarTransform4f(camera.world_from_camera @ flip),
                "film": {"type": "hdrfilm", "width": width, "height": height, "rfilter": {"type": "box"}},
                "sampler": {"type": "multijitter", "sample_count": 16},
            },
            "sky": {"type": "constant", "radiance": 0.4},
        }
        for k, i in enumerate(snapshot.instances):
            m, ours = snapshot.meshes[i.mesh], snapshot.materials[i.material]
            bsdf = mi.load_dict(
                {
                    "type": "principled",
                    "base_color": {"type": "rgb", "value": list(ours.base_colour)},
                    "metallic": ours.metallic,
                    "roughness": ours.roughness,
                }
            )
            properties = mi.Properties()
            properties["bsdf"] = bsdf
            mesh = mi.Mesh(
                f"o{k}",
                len(m.vertices),
                len(m.triangles),
                has_vertex_normals=True,
                has_vertex_texcoords=True,
                props=properties,
            )
            p = mi.traverse(mesh)
            world = m.vertices @ i.world_from_mesh[:3, :3].T + i.world_from_mesh[:3, 3]
            normal = m.normals @ np.linalg.inv(i.world_from_mesh[:3, :3])
            normal /= np.linalg.norm(normal, axis=1, keepdims=True)
            p["vertex_positions"], p["vertex_normals"] = world.ravel().astype("f4"), normal.ravel().astype("f4")
            p["vertex_texcoords"], p["faces"] = m.uvs.ravel(), m.triangles.ravel().astype("u4")
            p.update()
            scene[f"o{k}"] = mesh
        sun, *lamps, _ = snapshot.lights
        scene["sun"] = {
            "type": "directional",
            "direction": (-sun.world_from_light[:3, 2]).tolist(),
            "irradiance": {"type": "rgb", "value": (sun.radiance * FILM_EXPOSURE).tolist()},
        }
        for k, lamp in enumerate(lamps):
            scene[f"lamp{k}"] = {
                "type": "point",
                "position": lamp.world_from_light[:3, 3].tolist(),
                "intensity": {"type": "rgb", "value": (lamp.radiance * FILM_EXPOSURE * np.pi * 0.01).tolist()},
            }
        return np.array(mi.render(mi.load_dict(scene)))


class Cycles:
    """Blender's Cycles on the CPU at 16 samples, through bpy: colour, and depth, normal and object index as passes."""

    def __init__(self, snapshot: Snapshot) -> None:
        import bpy
        import mathutils

        self.bpy, self.matrix = bpy, mathutils.Matrix
        bpy.ops.wm.read_factory_settings(use_empty=True)
        scene = self.scene = bpy.context.scene
        camera = snapshot.products[0].camera
        width, height = camera.resolution_wh
        scene.render.engine = "CYCLES"
        scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = width, height, 100
        scene.render.use_persistent_data = True
        scene.render.image_settings.file_format = "OPEN_EXR_MULTILAYER"
        scene.render.filepath = os.path.join(tempfile.mkdtemp(), "frame.exr")
        cycles = scene.cycles
        cycles.device, cycles.samples, cycles.max_bounces = "CPU", 16, 4
        cycles.use_adaptive_sampling = cycles.use_denoising = False
        layer = scene.view_layers[0]
        layer.use_pass_z = layer.use_pass_normal = layer.use_pass_object_index = True
        self.images = []
        for t in snapshot.textures:
            if t.pixels.dtype == np.uint8:
                image = bpy.data.images.new("texture", t.pixels.shape[1], t.pixels.shape[0])
                rgba = np.ones((*t.pixels.shape[:2], 4), np.float32)
                rgba[..., :3] = t.pixels[::-1, :, :3] / np.float32(255)
                image.pixels.foreach_set(rgba.ravel())
                image.pack()
                self.images.append(image)
        self.objects, self.materials = [], []
        for k, i in enumerate(snapshot.instances):
            self._object(k, snapshot.meshes[i.mesh], snapshot.materials[i.material].uv_scale)
        lens = bpy.data.cameras.new("camera")
        lens.sensor_fit, lens.angle = "VERTICAL", float(2 * np.arctan(height / 2 / camera.focal_px[1]))
        self.camera = self._link(bpy.data.objects.new("camera", lens))
        scene.camera = self.camera
        self.lights = [
            self._link(bpy.data.objects.new(n, bpy.data.lights.new(n, n))) for n in ("SUN", "POINT", "POINT")
        ]
        world = scene.world = bpy.data.worlds.new("world")
        world.use_nodes = True
        world.node_tree.nodes["Background"].inputs[0].default_value = (0.4, 0.4, 0.4, 1.0)

    def _link(self, thing: Any) -> Any:
        self.scene.collection.objects.link(thing)
        return thing

    def _object(self, k: int, mesh: Any, uv_scale: tuple[float, float]) -> None:
        bpy, faces = self.bpy, mesh.triangles
        made = bpy.data.meshes.new(f"m{k}")
        made.vertices.add(len(mesh.vertices))
        made.vertices.foreach_set("co", mesh.vertices.ravel())
        made.loops.add(faces.size)
        made.loops.foreach_set("vertex_index", faces.ravel())
        made.polygons.add(len(faces))
        made.polygons.foreach_set("loop_start", np.arange(0, faces.size, 3, dtype=np.int32))
        made.polygons.foreach_set("use_smooth", np.ones(len(faces), bool))
        made.uv_layers.new().data.foreach_set("uv", (mesh.uvs * np.float32(uv_scale))[faces.ravel()].ravel())
        made.update(calc_edges=True)
        made.normals_split_custom_set_from_vertices(mesh.normals)
        material = bpy.data.materials.new(f"material{k}")
        material.use_nodes = True
        tree = material.node_tree
        surface = tree.nodes["Principled BSDF"]
        image, mix = tree.nodes.new("ShaderNodeTexImage"), tree.nodes.new("ShaderNodeMix")
        mix.data_type, mix.blend_type = "RGBA", "MULTIPLY"
        mix.inputs[0].default_value = 1.0
        tree.links.new(image.outputs["Color"], mix.inputs[6])
        tree.links.new(mix.outputs[2], surface.inputs["Base Color"])
        made.materials.append(material)
        self.objects.append(self._link(bpy.data.objects.new(f"o{k}", made)))
        self.objects[-1].pass_index = k + 1
        self.materials.append((surface, image, mix))

    def render(self, snapshot: Snapshot) -> Any:
        for thing, (surface, image, mix), i in zip(self.objects, self.materials, snapshot.instances):
            ours = snapshot.materials[i.material]
            thing.matrix_world = self.matrix(i.world_from_mesh.tolist())
            image.image = self.images[ours.base_colour_texture]
            mix.inputs[7].default_value = (*ours.base_colour, 1.0)
            surface.inputs["Metallic"].default_value = ours.metallic
            surface.inputs["Roughness"].default_value = ours.roughness
        self.camera.matrix_world = self.matrix(snapshot.products[0].camera.world_from_camera.tolist())
        sun, *lamps, _ = snapshot.lights
        for made, light in zip(self.lights, (sun, *lamps)):
            made.matrix_world = self.matrix(light.world_from_light.tolist())
            made.data.color = light.radiance / light.radiance.max()
            strength = float(light.radiance.max()) * FILM_EXPOSURE
            made.data.energy = strength if light is sun else strength * 4 * np.pi**2 * np.pi * 0.01
        self.bpy.ops.render.render(write_still=True)


PEERS = {"raster": Raster, "pyrender": Pyrender, "moderngl": Moderngl, "mitsuba": Mitsuba, "cycles": Cycles}
FRAMES_PER_VISIT = {"raster": 4, "pyrender": 2, "moderngl": 3, "mitsuba": 1, "cycles": 1}


def worker(name: str, kind: str) -> None:
    """Render frames on demand: a line ``first count`` in, CPU seconds per frame out."""
    frame = snapshots(kind)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        peer = PEERS[name](frame(0))
        peer.render(frame(10**6))
        peer.render(frame(10**6 + 1))
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"[:300]}), file=out, flush=True)
        return
    print(json.dumps({"ready": True}), file=out, flush=True)
    for line in sys.stdin:
        first, count = map(int, line.split())
        made = [frame(i) for i in range(first, first + count)]
        before = _cpu()
        for snapshot in made:
            peer.render(snapshot)
        print(json.dumps({"cpu": (_cpu() - before) / count}), file=out, flush=True)


def _cpu() -> float:
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def main() -> None:
    """Print a table of medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--peers", nargs="+", default=list(PEERS))
    parser.add_argument("--worker", nargs=2)
    options = parser.parse_args()
    if options.worker:
        worker(*options.worker)
        return
    for kind in options.kinds:
        count, width, height = KINDS[kind]
        snapshot = snapshots(kind)(0)
        triangles = sum(len(snapshot.meshes[i.mesh].triangles) for i in snapshot.instances)
        print(f"\n{kind}: {width}x{height}, {count} objects, {triangles} triangles", flush=True)
        running = []
        for name in options.peers:
            process = subprocess.Popen(
                [sys.executable, __file__, "--worker", name, kind],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            assert process.stdout is not None
            hello = json.loads(process.stdout.readline() or '{"error": "the process died"}')
            if "error" in hello:
                print(f"  {name:10s} not run: {hello['error']}", flush=True)
            else:
                running.append((name, process, []))
        for turn in range(options.rounds):
            for k in range(len(running)):
                name, process, found = running[(k + turn) % len(running)]
                assert process.stdin is not None and process.stdout is not None
                process.stdin.write(f"{turn * 100} {FRAMES_PER_VISIT[name]}\n")
                process.stdin.flush()
                found.append(json.loads(process.stdout.readline())["cpu"])
                time.sleep(0.05)
        ours = np.array(next((f for n, _, f in running if n == "raster"), [np.nan]))
        for name, process, found in running:
            ratio = np.array(found) / ours
            print(
                (
                    f"  {name:10s} {np.median(found) * 1e3:8.1f} CPU ms a frame   {np.median(ratio):6.2f} x raster   "
                    f"(rounds {ratio.min():.2f} to {ratio.max():.2f})"
                ),
                flush=True,
            )
            process.communicate()


if __name__ == "__main__":
    main()
