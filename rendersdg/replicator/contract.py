"""What Replicator's public source says of names, parameters and defaults, and how ours compare: data of ``compat``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

# Parameters in their order, as the files of omni.replicator.core that are public under the Apache licence have them
# (scripts/create.py, modify.py, distribution.py, randomizer.py, trigger.py, get.py): ``name!`` must be given,
# ``name`` is None by default, ``name=value`` is that.
_POSE = "position rotation look_at look_at_up_axis"
_SHAPE = (
    "position scale pivot rotation look_at look_at_up_axis semantics material visible=True{} count=1 name parent".format
)
_SOLID, _FLAT = _SHAPE(" as_mesh=True"), _SHAPE("")
_LENS = (
    "focal_length=24.0 focus_distance=400.0 f_stop=0.0 horizontal_aperture=20.955 horizontal_aperture_offset=0.0 "
    "vertical_aperture_offset=0.0 clipping_range=(1.0,1000000.0) projection_type='pinhole'"
)
_FISHEYE = (
    "fisheye_max_fov=200.0 fisheye_polynomial_a=0.0 fisheye_polynomial_b=0.00245 fisheye_polynomial_c=0.0 "
    "fisheye_polynomial_d=0.0 fisheye_polynomial_e=0.0 fisheye_polynomial_f=0.0 fisheye_p0=-0.00037 "
    "fisheye_p1=-0.00074 fisheye_s0=-0.00058 fisheye_s1=-0.00022 fisheye_s2=0.00019 fisheye_s3=-0.0002"
)
_CENTRE = (
    "fisheye_nominal_width=1936.0 fisheye_nominal_height=1216.0 fisheye_optical_centre_x=970.94244 "
    "fisheye_optical_centre_y=600.37482"
)
_BETWEEN = "num_samples=1 seed name"
_FOUND = "path_pattern path_pattern_exclusion semantics semantics_exclusion cache_result=True name path_match"
_PLACE = "position scale rotation look_at look_at_up_axis pivot relative_to"
_NOW = f"{_PLACE} semantics visible=True{{}} {{}}name parent{{}}".format
_SHINE = (
    "color=(1.0,1.0,1.0) intensity=30000.0 exposure color_temperature=6500 enable_color_temperature=False diffuse=1.0 "
    "specular=1.0 shaping_cone_angle=180.0 shaping_cone_softness=0.0 shaping_focus_tint=(1.0,1.0,1.0)"
)
_DOME = (
    "color=(1.0,1.0,1.0) texture texture_format='latlong' intensity=1000.0 exposure=1.0 diffuse=1.0 specular=1.0 "
    "color_temperature=6500 enable_color_temperature=False"
)
_SIZES = {
    "sphere": "radius=1.0",
    "disk": "radius=1.0",
    "rect": "height=1.0 width=1.0",
    "cylinder": "radius=1.0 length=1.0",
    "distant": "angle=1.0",
}
_AT = "position scale rotation look_at look_at_up_axis"
_FOUND_NOW = "stage! path_pattern path_pattern_exclusion semantics semantics_exclusion path_match ignore_case=False"
_TYPES = (
    "camera",
    "curve",
    "geomsubset",
    "graph",
    "light",
    "listener",
    "material",
    "mesh",
    "physics",
    "renderproduct",
    "rendervar",
    "scope",
    "shader",
    "shape",
    "skelanimation",
    "skeleton",
    "sound",
    "xform",
)


def _functional(count: str) -> dict[str, str]:
    """Return the parameters of ``functional.create``; ``count`` is what ``create_batch`` takes besides."""
    more = " semantics visible=True" if count else ""
    return {
        **{name: _NOW(" as_mesh=True", count, " material") for name in ("cone", "cube", "sphere")},
        **{name: _NOW("", count, " material") for name in ("disk", "plane", "torus", "xform")},
        "cylinder": f"{_PLACE} semantics as_mesh=True visible=True {count}name parent material",
        "camera": f"{_AT} relative_to {_LENS} {_CENTRE} openCV_focal_x=731.78788 openCV_focal_y=731.78789 {_FISHEYE} "
        f"cross_camera_reference_name {count}name parent",
        "reference": f"usd_path prim_path {_NOW('', count, '')}",
        "clone": f"path! {_PLACE}{more} {count}name parent",
        "scope": f"{count}name parent",
        "material": f"mdl! bind_prims {count}name parent",
        "dome_light": f"{_AT} {_DOME} {count}name parent" if count else f"{_DOME} {_AT} name parent",
        **{f"{kind}_light": _NOW(f" {_SHINE} {size}", count, "") for kind, size in _SIZES.items()},
    }


_POINTS = "min_samp=(None,None,None) max_samp=(None,None,None)"
PARAMETERS: Mapping[str, str] = {
    **{f"create.{name}": _SOLID for name in ("cone", "cube", "cylinder", "sphere")},
    **{f"create.{name}": _FLAT for name in ("disk", "plane", "torus")},
    "create.xform": "position scale rotation look_at look_at_up_axis semantics visible=True count=1 name parent",
    "create.camera": f"{_POSE} {_LENS} {_CENTRE} openCV_focal_x=731.78788 openCV_focal_y=731.78789 {_FISHEYE} "
    "cross_camera_reference_name count=1 parent name",
    "create.stereo_camera": f"stereo_baseline! {_POSE} {_LENS} {_CENTRE} {_FISHEYE} count=1 name parent",
    "create.omni_lidar": "position rotation count=1 name parent",
    "create.light": "position scale rotation look_at look_at_up_axis light_type='Distant' color=(1.0,1.0,1.0) "
    "intensity=1000.0 exposure temperature=6500 texture count=1 name parent",
    "create.from_usd": "usd! position scale rotation look_at look_at_up_axis semantics count=1 name parent",
    "create.from_dir": "dir_path! recursive=False path_filter semantics",
    "create.group": "items! semantics name",
    "create.material_omnipbr": "diffuse diffuse_texture roughness roughness_texture metallic metallic_texture specular "
    "emissive_color emissive_texture emissive_intensity=0.0 project_uvw=False semantics count=1",
    "create.projection_material": "proxy_prim! semantics material offset_scale=0.01 input_prims name",
    "create.render_product": "camera! resolution! force_new=False name render_vars",
    "create.render_product_tiled": "cameras! tile_resolution! force_new=False name",
    "modify.semantics": "semantics input_prims mode='add'",
    "modify.pose": "position position_x position_y position_z rotation rotation_x rotation_y rotation_z "
    "rotation_order='XYZ' scale size pivot look_at look_at_up_axis input_prims name",
    "modify.pose_camera_relative": "camera! render_product! distance! horizontal_location=0 vertical_location=0 "
    "input_prims",
    "modify.pose_orbit": "barycentre! distance! azimuth! elevation! look_at_barycentre=True input_prims",
    "modify.attribute": "name! value! attribute_type input_prims",
    "modify.visibility": "value input_prims name",
    "modify.variant": "name! value! input_prims",
    "modify.material": "value input_prims name",
    "modify.timeline": "value! modify_type",
    "modify.time": "value!",
    "modify.frame": "value!",
    "modify.animation": "values! reset_timeline=False input_prims",
    "modify.projection_material": "position rotation scale texture_group diffuse normal roughness metallic "
    "input_prims name",
    "distribution.uniform": f"lower! upper! {_BETWEEN}",
    "distribution.log_uniform": f"lower! upper! {_BETWEEN}",
    "distribution.normal": f"mean! std! {_BETWEEN}",
    "distribution.choice": "choices! weights num_samples=1 seed=-1 with_replacements=True name",
    "distribution.sequence": "items! ordered=True seed=-1 name stride",
    "distribution.combine": "distributions! name",
    "randomizer.scatter_2d": f"surface_prims! no_coll_prims {_POINTS} seed offset=0 check_for_collisions=False "
    "input_prims name",
    "randomizer.scatter_3d": f"volume_prims no_coll_prims volume_excl_prims {_POINTS} resolution_scaling=1.0 "
    "voxel_size=0.0 check_for_collisions=False prevent_vol_overlap=True viz_sampled_voxels=False seed input_prims name",
    "randomizer.materials": "materials! seed max_cached_materials=0 input_prims name",
    "randomizer.instantiate": "paths! size! weights mode='scene_instance' with_replacements=True seed name "
    "use_cache=True semantics",
    "randomizer.rotation": "min_angle=(-180.0,-180.0,-180.0) max_angle=(180.0,180.0,180.0) seed input_prims",
    "randomizer.texture": "textures! texture_scale texture_rotate per_sub_mesh=False project_uvw=False seed "
    "input_prims",
    "randomizer.color": "colors! per_sub_mesh=False seed input_prims",
    "trigger.on_frame": "interval=1 num_frames=0 name='on_frame' rt_subframes=1 max_execs=0",
    "trigger.on_time": "interval=1 num=0 name='on_time' rt_subframes=32 enable_capture_on_play=True "
    "reset_physics=True max_execs=0",
    "trigger.on_time_end": "interval=1 name='on_time_end' rt_subframes=32 enable_capture_on_play=True max_execs=0",
    "trigger.on_custom_event": "event_name!",
    "trigger.on_condition": "condition! max_execs=0 rt_subframes=1",
    "get.prims": "path_pattern path_match path_pattern_exclusion prim_types prim_types_exclusion semantics "
    "semantics_exclusion cache_result=True ignore_case=True name",
    **{
        f"get.{name}": _FOUND
        for name in [
            "camera",
            "curve",
            "geomsubset",
            "graph",
            "light",
            "listener",
            "material",
            "mesh",
            "physics",
            "scope",
            "shader",
            "shape",
            "sound",
            "xform",
            "skelanimation",
            "skeleton",
        ]
    },
    "get.prim_at_path": "path! name",
    **{f"functional.create.{name}": text for name, text in _functional("").items()},
    **{f"functional.create_batch.{name}": text for name, text in _functional("count=1 ").items()},
    "functional.modify.pose": "prims! position_value rotation_value rotation_order scale_value relative_to "
    "look_at_value look_at_up_axis=(0,1,0) pivot",
    "functional.modify.position": "prims! value! relative_to pivot",
    "functional.modify.rotation": "prims! value! value_rotation_order='XYZ' relative_to pivot",
    "functional.modify.scale": "prims! value! relative_to",
    "functional.modify.look_at": "prims! value! look_at_up_axis=(0,1,0)",
    "functional.modify.attribute": "prims! attribute_name! value!",
    "functional.modify.semantics": "prims! value mode='add'",
    "functional.modify.visibility": "prims! value!",
    "functional.modify.material": "prims! material_prim!",
    "functional.randomizer.scatter_2d": "prims! surface_prims! no_collision_prims extents offset=0.0 "
    "check_for_collisions=False rng",
    "functional.randomizer.scatter_3d": "prims! volume_prims no_collision_prims volume_excl_prims extents "
    "check_for_collisions=False prevent_vol_overlap=True viz_sampled_voxels=False resolution_scaling=1.0 "
    "input_voxel_size=0.0 rng",
    "functional.get.prims": "stage! path_pattern path_match path_pattern_exclusion prim_types prim_types_exclusion "
    "semantics semantics_exclusion ignore_case=False",
    **{f"functional.get.{name}": _FOUND_NOW for name in _TYPES},
    "functional.get.prim_at_paths": "stage! paths!",
    "functional.utils.get_local_transform": "prim!",
    "functional.utils.get_world_transform": "prim!",
}
# What differs on purpose, and why.
DIFFERENCES: Mapping[str, str] = {
    "modify.material": "`value` must be given: without it Replicator logs an error and does nothing",
    **{
        f"functional.{module}.dome_light": "`exposure` is 0 unless given, as UsdLux's; older releases have none"
        for module in ("create", "create_batch")
    },
    **{f"functional.get.{name}": "`stage` may be left out" for name in ("prims", *_TYPES)},
    "functional.get.prim_at_paths": "`stage` may be left out",
    "functional.randomizer.scatter_3d": "refused: `randomizer.scatter_3d` does it",
    "modify.timeline": "`modify_type` is `time` where it is not given; Replicator ends in an error there",
}
# Names and defaults that no signature shows: what it is, and which public file settles it.
SETTLED: tuple[tuple[str, str, str], ...] = (
    ("prims without a `parent`", "below `/Replicator`, a Scope", "create.py, `_create_prim`"),
    ("shapes, cameras, lights", "`NAME_Xform/NAME`; without a name the type's, `Cube_Xform/Cube`", "create.py"),
    ("`create.xform(name=n)`", "`/Replicator/n`; without a name `Xform`", "create.py; its tests"),
    ("`create.from_usd`", "`Ref_Xform/Ref`; with a name `n_Xform/n`; the asset's prims right below", "its tests"),
    (
        "a name that is taken",
        "`_01`, `_02`, ... after it; the prims of a `count` likewise",
        "functional/create_batch.py",
    ),
    ("a name that is not legal", "each byte but letters, digits and `_` becomes `_`; so does a first digit", "tests"),
    ("`create.light`", "`DistantLight_Xform/DistantLight`, `DomeLight_Xform/DomeLight`, ...", "its tests"),
    ("`create.stereo_camera`", "`StereoCam/StereoCam_L_Xform/StereoCam_L`, and `_R`", "its tests"),
    ("its eyes", "half the baseline along X where Y is up, along Y where Z is up", "create.py; its tests"),
    ("cameras where Z is up", "the inner prim is turned by (90, 0, 90), the Xform is not", "create.py"),
    ("`create.material_omnipbr`", "`/Replicator/Looks/OmniPBR`, `OmniPBR_01`, ...", "create.py; modify.py"),
    (
        "`randomizer.instantiate`",
        "`/Replicator/SampledAssets/POPULATION/Ref_Xform`; there a random number follows the "
        "population's name, here `_01`, ... where it is taken",
        "tests of modify.py",
    ),
    ("what an item stands for", "the Xforms around; pose, semantics and `visible` are theirs", "create.py"),
    ("material, lens and light attributes", "the inner prim's", "create.py"),
    (
        "`pivot`",
        "the point of the bounds, -1..1, that comes to lie at the position",
        "tests of modify.py and create.py",
    ),
    ("`size`", "one factor, the largest with which the bounds fit into it", "tests of modify.py"),
    ("shapes as meshes", "1 m wide; a torus 1.5 m with a ring 0.5 m thick", "functional/create_batch.py; tests"),
    ("`temperature` of lights", "counts unless it is None; 6500 leaves the colour", "create.py; UsdLux"),
    (
        "`exposure` of domes",
        "none here, so 0 (UsdLux's own); the newest source has 1.0 for domes, older releases none",
        "functional/create_batch.py",
    ),
    (
        "render products",
        "`Replicator`, `Replicator_01`; of a stereo camera without a name `Replicator_L`, `_R`",
        "its tests",
    ),
    (
        "one `name` for several cameras",
        "`NAME`, `NAME_01`, ...; the same view with a name is a new product",
        "its tests",
    ),
    ("`get.light`, `get.shape`", "the six lights, and the six shapes, by USD type; meshes are no shapes", "get.py"),
    (
        "`get.prims(semantics=...)`",
        "one of the pairs is enough; patterns match anywhere in the path",
        "its node's tests",
    ),
    (
        "`functional` prims",
        "at the parent, else at the root; without a name the type's, a reference's is `Ref`",
        "functional/create_batch.py",
    ),
    (
        "lists in `functional`",
        "a list as long as there are prims has a value for each, also of numbers; a tuple is one value",
        "functional/utils.py, `get_batched_value`",
    ),
    (
        "`functional.modify.pose(pivot=, relative_to=)`",
        "the point of the bounds that comes to lie at the position; the pose in another prim's space; neither is kept",
        "functional/modify.py",
    ),
    (
        "`functional.modify` with `look_at`",
        "+Y is up unless `look_at_up_axis` says otherwise, on Z-up stages, too; `create` takes the stage's up",
        "functional/modify.py, create_batch.py",
    ),
    ("`functional.utils.get_world_transform`", "a `Gf.Transform`", "functional/utils.py"),
    (
        "`functional.create.capsule`",
        "not in the public files; 1 m long and 0.5 m wide here, beside the others",
        "scripts that call it",
    ),
    ("lists for variants, materials, clips", "one entry is drawn for each prim", "modify.py"),
    ("`modify.visibility()`", "shown or hidden by chance", "modify.py"),
    ('`get_output("prims")`', "paths; `get_output_prims()` has the prims", "utils/utils.py"),
)


def rows(table: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """Return (name, Replicator's parameters, what is otherwise here) of each function that the public source has."""
    return [(name, _shown(text), compared(name, table.get(name))) for name, text in sorted(PARAMETERS.items())]


def compared(name: str, function: object) -> str:
    """Return how a function of ours differs from Replicator's, "same" where it takes all that it takes."""
    if not callable(function):
        return "refused"
    wanted, ours = _parsed(PARAMETERS[name]), _signature(function)
    parts = [f"`{n}` is missing" for n in wanted if n not in ours]
    parts += [f"`{n}` is {ours[n]}" for n, default in wanted.items() if n in ours and ours[n] != default]
    order = [n for n in ours if n in wanted]
    if not parts and list(ours)[: len(wanted)] != list(wanted):
        parts.append(f"order: {' '.join(order)}")
    text = DIFFERENCES.get(name) or "; ".join(parts) or "same"
    more = [n for n in ours if n not in wanted]
    return text + (f"; also {', '.join(f'`{n}`' for n in more)}" if more else "")


def _parsed(text: str) -> dict[str, str]:
    """Return the default of each parameter as text, empty for one that must be given."""
    parameters = {}
    for word in text.split():
        name, has_default, value = word.partition("=")
        parameters[name.rstrip("!")] = value if has_default else "" if name.endswith("!") else "None"
    return parameters


def _signature(function: Callable[..., object]) -> dict[str, str]:
    return {
        name: "" if p.default is inspect.Parameter.empty else repr(p.default).replace(" ", "")
        for name, p in inspect.signature(function).parameters.items()
    }


def _shown(text: str) -> str:
    """Return parameters as the table shows them: those that must be given marked by ``!``, None left out."""
    parts = [n + {"": "!", "None": ""}.get(d, f"={d}") for n, d in _parsed(text).items()]
    return "`" + ", ".join(parts) + "`"
