"""Names that published scripts and scenes use."""

from __future__ import annotations

import pytest
import yaml

from rendersdg.replicator.namespace import table
from rendersdg.scene import FUNCTIONS
from tests.conftest import needs_shared

PUBLISHED = {
    "python": """
AnnotatorRegistry AnnotatorRegistry.get_annotator AnnotatorRegistry.get_augmentation
AnnotatorRegistry.register_augmentation BackendDispatch BackendDispatch.wait_until_done Writer WriterRegistry
WriterRegistry.get WriterRegistry.register annotators.Augmentation.from_function annotators.augment annotators.get
annotators.get_augmentation annotators.register annotators.register_augmentation backends.BaseBackend
backends.DiskBackend backends.get create.camera create.cone create.cube create.cylinder create.disk create.from_usd
create.group create.light create.material_omnipbr create.plane create.projection_material create.render_product
create.sphere create.torus distribution.choice distribution.normal distribution.sequence distribution.uniform
example.TEXTURES functional functional.create.camera functional.create.cube functional.create.distant_light
functional.create.dome_light functional.create.material functional.create.plane functional.create.reference
functional.create.scope functional.create.xform functional.create_batch.cone functional.create_batch.cube
functional.create_batch.cylinder functional.create_batch.sphere functional.modify.attribute
functional.modify.material functional.modify.pose functional.modify.scale functional.modify.semantics
functional.physics.apply_collider functional.physics.apply_rigid_body functional.physics.create_physics_scene
functional.randomizer.display_color functional.write_image get.light get.prim_at_path get.prims get.xform
modify.attribute modify.pose modify.projection_material modify.semantics modify.timeline modify.visibility new_layer
orchestrator.get_is_started orchestrator.preview orchestrator.run orchestrator.run_until_complete
orchestrator.set_capture_on_play orchestrator.step orchestrator.step_async orchestrator.stop
orchestrator.wait_until_complete orchestrator.wait_until_complete_async physics.collider physics.mass
physics.rigid_body randomizer.(user) randomizer.color randomizer.instantiate randomizer.materials
randomizer.register randomizer.rotation randomizer.scatter_2d randomizer.texture rng.ReplicatorRNG set_global_seed
settings.carb_settings settings.set_render_pathtraced settings.set_render_rtx_realtime
settings.set_stage_meters_per_unit settings.set_stage_up_axis tools.colorize_segmentation trigger.on_custom_event
trigger.on_frame trigger.on_time utils.get_node_targets utils.get_usd_files utils.send_og_event writers.get
writers.register_writer
""",
    "yaml": """
create.camera create.cone create.cube create.group create.light create.plane create.render_product create.sphere
create.torus distribution.normal distribution.sequence distribution.uniform get.prims modify.pose randomizer.color
randomizer.dome_lights randomizer.get_color randomizer.get_scatter2d randomizer.randomize_texture
randomizer.register randomizer.scatter_2d randomizer.sphere_lights randomizer.texture
settings.set_stage_meters_per_unit settings.set_stage_up_axis trigger.on_frame with.camera with.camera2 with.group
with.prims with.shapes with.trigger writer.attach writers.get
""",
}


def published(language: str) -> set[str]:
    """Return the functions that published scripts of a language use."""
    return set(PUBLISHED[language].split())


@pytest.mark.parametrize("language", PUBLISHED)
def test_the_names_are_those_of_the_collected_scripts(language: str) -> None:
    entries = yaml.safe_load(needs_shared("replicator", "scripts.yaml").read_text())

    assert published(language) == {f for e in entries if e["language"] == language for f in e["rep_functions"]}


def test_every_function_of_the_published_scripts_is_there() -> None:
    there = table()
    used = {f for f in published("python") if not f.startswith(("with.", "writer."))}  # of a script's own variables
    missing = {f for f in used if f not in there and not hasattr(there.get(f.rpartition(".")[0]), f.rpartition(".")[2])}
    registered = {f for f in missing if f.startswith("randomizer.")}  # by the scripts themselves

    assert len(used) > 80 and missing - registered <= {"functional"}  # a module
    assert not registered & {f"randomizer.{name}" for name in ("scatter_2d", "materials", "color", "instantiate")}


def test_every_function_of_the_published_yaml_scenes_is_there() -> None:
    used = published("yaml")
    library = {f for f in used if not f.startswith(("with.", "writer.", "randomizer.")) or f in FUNCTIONS}
    own = {f for f in used if f.startswith("randomizer.") and f not in FUNCTIONS}

    assert library and all(f in FUNCTIONS for f in library)
    assert own <= {"randomizer.register"} | {f for f in own if "_" in f}  # names that the scenes register themselves
