"""Import one asset in Blender (the package ``bpy``), and render it with Cycles as the portrait is: no rendersdg in it.

    BLENDER_PYTHON tests/conformance/in_blender.py JOB.json

JOB.json holds ``asset``, ``out`` (a .npz), and, unless only the import is to be timed, ``side`` (pixels), ``angle``
(the camera's field of view, degrees), ``world_from_camera`` and ``world_from_sun`` (4 x 4), ``sky`` and ``sun``
(radiance, irradiance), ``near_far``, ``low`` and ``high`` (what rendersdg says the bounds are), ``view`` and ``room``
(for a camera of Blender's own where it has other bounds), ``grey`` (of what has no material).

The .npz gets ``rgba`` (H, W, 4) linear with alpha, ``low`` and ``high``, ``seconds`` and ``cpu`` (of all processors) of
the import, ``before`` and ``megabytes`` the peaks before and after it, ``triangles``, and ``is_own_camera``.
"""

import json
import math
import os
import resource
import sys
import tempfile
import time

import bpy
import numpy as np
from mathutils import Matrix, Vector

SAMPLES = 48
_SAME = 0.01  # of the size: how far bounds may lie apart and be the same


def main():
    """Do what the job says."""
    with open(sys.argv[-1], encoding="utf-8") as file:
        job = json.load(file)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    told = {"before": peak(anew=True)}
    start, cpu = time.perf_counter(), time.process_time()
    load(job["asset"])
    told |= {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu, "megabytes": peak()}
    if "side" in job:
        told |= picture(job)
    np.savez(job["out"], **told)


def peak(*, anew=False):
    """Return the most memory that this process has held, MB: on Linux since it was last asked anew."""
    if not os.path.exists("/proc/self/status"):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    if anew:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
    with open("/proc/self/status", encoding="ascii") as file:
        return int(next(line.split()[1] for line in file if line.startswith("VmHWM"))) / 1024


def load(asset):
    """Import a file with Blender's importer for its kind."""
    kind = os.path.splitext(asset)[1].lower()
    if kind in (".gltf", ".glb"):
        bpy.ops.import_scene.gltf(filepath=asset)
    elif kind in (".usd", ".usda", ".usdc", ".usdz"):
        bpy.ops.wm.usd_import(filepath=asset, apply_unit_conversion_scale=True, import_lights=False)
    elif kind == ".obj":
        bpy.ops.wm.obj_import(filepath=asset, forward_axis="Y", up_axis="Z")  # as rendersdg takes it
    elif kind == ".stl":
        bpy.ops.wm.stl_import(filepath=asset)
    elif kind == ".ply":
        bpy.ops.wm.ply_import(filepath=asset)
    elif kind == ".dae":
        bpy.ops.wm.collada_import(filepath=asset)
    else:
        raise SystemExit(f"Blender has no importer for {kind}")


def picture(job):
    """Render what was imported and return the picture and what it is of."""
    scene = bpy.context.scene
    is_animated = any(
        o.animation_data or (o.data and getattr(o.data, "animation_data", None)) for o in bpy.data.objects
    )
    if is_animated:
        scene.frame_set(0 if job["asset"].lower().endswith(("gltf", "glb")) else scene.frame_start)
    for one in list(bpy.data.objects):
        if one.type in ("LIGHT", "CAMERA"):
            bpy.data.objects.remove(one)
    paint(job["grey"])
    low, high, triangles = bounds()
    told = {"low": low, "high": high, "triangles": triangles}
    ours = np.array([job["low"], job["high"]])
    is_own = bool(np.abs(np.array([low, high]) - ours).max() > _SAME * max(np.ptp(ours, axis=0).max(), 1e-9))
    told["is_own_camera"] = is_own
    near, far = job["near_far"]
    matrix = Matrix(job["world_from_camera"])
    if is_own:
        matrix, away = stand(low, high, job)
        near, far = away * 1e-3, away * 10
    eye = bpy.data.objects.new("Eye", bpy.data.cameras.new("Eye"))
    eye.data.sensor_fit, eye.data.angle = "HORIZONTAL", math.radians(job["angle"])
    eye.data.clip_start, eye.data.clip_end = near, far
    eye.matrix_world = matrix
    lamp = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    lamp.data.energy, lamp.data.angle = job["sun"], math.radians(job.get("sun_angle", 0.53))
    lamp.matrix_world = Matrix(job["world_from_sun"])
    for one in (eye, lamp):
        scene.collection.objects.link(one)
    scene.camera = eye
    scene.world = bpy.data.worlds.new("Sky")
    scene.world.use_nodes = True
    background = scene.world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (1, 1, 1, 1)
    background.inputs["Strength"].default_value = job["sky"]
    told["rgba"] = rendered(scene, job["side"])
    return told


def paint(grey):
    """Give what has no material a grey one."""
    plain = bpy.data.materials.new("Plain")
    plain.use_nodes = True
    shader = plain.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value, shader.inputs["Roughness"].default_value = (grey, grey, grey, 1), 0.5
    for mesh in bpy.data.meshes:
        for k, material in enumerate(mesh.materials):
            if material is None:
                mesh.materials[k] = plain
        if not len(mesh.materials):
            mesh.materials.append(plain)


def rendered(scene, side):
    """Return the picture (H, W, 4), linear, with the sky left out of alpha."""
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples = "CPU", SAMPLES
    scene.cycles.use_denoising = False
    scene.cycles.max_bounces, scene.cycles.diffuse_bounces = 6, 1
    scene.render.film_transparent = True
    scene.render.resolution_x = scene.render.resolution_y = side
    scene.render.resolution_percentage = 100
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_mode, scene.render.image_settings.color_depth = "RGBA", "32"
    with tempfile.TemporaryDirectory() as folder:
        scene.render.filepath = os.path.join(folder, "picture.exr")
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(scene.render.filepath)
        pixels = np.array(image.pixels[:], np.float32).reshape(side, side, 4)
    return pixels[::-1]


def bounds():
    """Return the lowest and highest corner of what would be rendered, and how many triangles that is."""
    lows, highs, triangles = [], [], 0
    graph = bpy.context.evaluated_depsgraph_get()
    for instance in graph.object_instances:
        one = instance.object
        if one.type not in ("MESH", "CURVE", "CURVES", "SURFACE", "POINTCLOUD") or one.hide_render:
            continue
        if one.type == "MESH":
            mesh = one.data
            points = np.empty(len(mesh.vertices) * 3)
            mesh.vertices.foreach_get("co", points)
            points = points.reshape(-1, 3)
            triangles += len(mesh.loops) - 2 * len(mesh.polygons)
        else:
            points = np.array(one.bound_box)
        if len(points) and (one.type != "MESH" or len(one.data.polygons)):
            world = np.array(instance.matrix_world)
            points = points @ world[:3, :3].T + world[:3, 3]
            lows.append(points.min(0))
            highs.append(points.max(0))
    if not lows:
        raise SystemExit("Blender finds no geometry")
    return np.min(lows, axis=0), np.max(highs, axis=0), triangles


def stand(low, high, job):
    """Return where a camera of the same kind stands for these bounds, and how far off."""
    centre = (low + high) / 2
    away = job["room"] * float(np.linalg.norm(high - low)) / 2 / math.sin(math.radians(job["angle"]) / 2)
    ray = Vector(job["view"]).normalized()
    turn = ray.to_track_quat("Z", "Y")
    return Matrix.Translation(Vector(centre) + ray * away) @ turn.to_matrix().to_4x4(), away


if __name__ == "__main__":
    main()
