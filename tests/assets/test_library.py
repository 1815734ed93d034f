"""Assets: real USD, glTF and mesh files load with their units, axes, materials and labels; odd ones are reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pxr import Usd, UsdGeom

from rendersdg.assets.library import LIBRARY, stand_in_for
from rendersdg.assets.resolver import library_path
from rendersdg.errors import RenderSDGError
from rendersdg.omni.as_usd import export_usd
from rendersdg.snapshot import Snapshot
from tests.conftest import SHARED, Opener, needs_shared

USD = (
    sorted(p for p in (SHARED / "assets" / "usd").rglob("*.usd*") if "does_not_open" not in p.parts)
    if SHARED.exists()
    else []
)
CHUNKS = [USD[k::8] for k in range(8)]


def bounds(snapshot: Snapshot) -> np.ndarray:
    corners = [
        snapshot.meshes[i.mesh].vertices @ i.world_from_mesh[:3, :3].T + i.world_from_mesh[:3, 3]
        for i in snapshot.instances
    ]
    points = np.concatenate(corners)
    return np.array([points.min(0), points.max(0)])


def load(open_scene: Opener, path: Path | str, **more: object) -> Snapshot:
    return open_scene(
        f'thing: {{create.from_usd: {{usd: "{path}", semantics: [["class", "thing"]]}}}}\n', backend="null", **more
    ).snapshot(0)


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_procedural_assets_stand_on_the_ground_with_a_plausible_size(open_scene: Opener, name: str) -> None:
    box = bounds(load(open_scene, f"rendersdg:{name}"))

    assert (
        abs(box[:, 2].sum() if name.endswith("about_its_centre") else box[0, 2])
        < 0.02 * np.ptp(box, axis=0).max() + 1e-3
    )
    assert 0.005 < np.ptp(box, axis=0).max() < 65


@pytest.mark.skipif(not USD, reason="shared/ is not here")
@pytest.mark.parametrize("chunk", range(8))
def test_every_usd_stage_loads_or_says_why_not(open_scene: Opener, chunk: int) -> None:
    for path in CHUNKS[chunk]:
        try:
            snapshot = load(open_scene, path)
        except RenderSDGError as error:
            assert path.name in str(error) or "/" in str(error)
            continue
        for instance in snapshot.instances:
            assert np.isfinite(instance.world_from_mesh).all()


@pytest.mark.parametrize(
    ("file", "size", "slack"),
    [  # metres, from the assets' own notes
        ("usd/industrial/nut_hex_m8.usdz", (0.0130, 0.0150, 0.0068), 0.25),
        ("models/ycb_025_mug/textured.obj", None, None),
        ("models/avocado/Avocado.gltf", None, None),
    ],
)
def test_known_objects_come_out_at_their_real_size(
    open_scene: Opener, file: str, size: tuple[float, ...] | None, slack: float | None
) -> None:
    path = needs_shared("assets", *file.split("/")[:-1])
    found = [
        p for p in path.rglob("*") if p.suffix == Path(file).suffix and (p.name == Path(file).name or size is None)
    ]
    if not found:
        pytest.skip("the file is not here")
    extent = np.sort(np.ptp(bounds(load(open_scene, found[0])), axis=0))

    if size is not None:
        assert np.allclose(extent, np.sort(size), rtol=slack or 0)
    assert extent.max() > 0


def test_native_and_point_instances_are_all_drawn(open_scene: Opener) -> None:
    snapshot = load(open_scene, needs_shared("assets", "usd", "intent_vfx", "scenes", "simpleAssetScene.usd"))

    assert len(snapshot.instances) >= 494
    assert len(snapshot.meshes) < 20  # shared, not copied


def test_subsets_get_their_own_materials(open_scene: Opener) -> None:
    snapshot = load(
        open_scene,
        needs_shared("assets", "usd", "vehicles", "assets", "vehicles", "sedan", "asset", "sedanFullAsset.usda"),
    )

    assert len(set(snapshot.materials)) >= 4


def test_the_mirrored_and_left_handed_stay_right_side_out(open_scene: Opener) -> None:
    snapshot = load(open_scene, needs_shared("assets", "usd", "chess_rook", "Rook.usd"))
    volume = 0.0
    for i in snapshot.instances:
        p = (snapshot.meshes[i.mesh].vertices.astype(float) @ i.world_from_mesh[:3, :3].T)[
            snapshot.meshes[i.mesh].triangles
        ]
        volume += float(np.einsum("ij,ij->", p[:, 0], np.cross(p[:, 1], p[:, 2])))

    assert volume > 0


def test_a_material_that_cannot_be_resolved_is_reported(open_scene: Opener) -> None:
    path = needs_shared("assets", "usd", "chess_rook", "Rook.usd")
    session = open_scene(f'thing: {{create.from_usd: {{usd: "{path}"}}}}\n', backend="null")
    session.snapshot(0)

    assert any("material is bound" in e["text"] for e in session.recorder.report.as_json())


def test_omniverse_semantics_are_read(open_scene: Opener) -> None:
    path = needs_shared("assets", "usd", "scratches_stage", "scratches_randomization.usda")
    session = open_scene(f'thing: {{create.from_usd: {{usd: "{path}"}}}}\n', backend="null")

    assert any(e.semantics for e in session.snapshot(0).entities)


@pytest.mark.parametrize("suffix", [".gltf", ".glb", ".obj", ".stl"])
def test_mesh_files_of_every_kind_load_with_materials(open_scene: Opener, suffix: str) -> None:
    root = needs_shared("assets", "models")
    for path in sorted(root.rglob(f"*{suffix}"))[:3]:
        snapshot = load(open_scene, path)
        assert snapshot.instances and np.isfinite(bounds(snapshot)).all()
        if suffix in (".gltf",):
            assert any(m.base_colour_texture >= 0 for m in snapshot.materials)


def test_units_and_up_axes_are_corrected(open_scene: Opener, tmp_path: Path) -> None:
    stage = Usd.Stage.CreateNew(str(tmp_path / "rod.usda"))
    UsdGeom.SetStageUpAxis(stage, "Y")
    UsdGeom.SetStageMetersPerUnit(stage, 0.01)
    cylinder = UsdGeom.Cylinder.Define(stage, "/Rod")
    cylinder.CreateAxisAttr("Y")
    cylinder.CreateHeightAttr(100.0)
    cylinder.CreateRadiusAttr(5.0)
    stage.SetDefaultPrim(cylinder.GetPrim())
    stage.Save()

    box = bounds(load(open_scene, "rod.usda", folder=tmp_path))

    assert np.allclose(np.ptp(box, axis=0), [0.1, 0.1, 1.0], atol=1e-3)


@pytest.mark.parametrize(
    "spelling",
    [
        "omniverse://localhost/NVIDIA/Assets/X/a.usd",
        "https://content.example/NVIDIA/Assets/X/a.usd",
        "/NVIDIA/Assets/X/a.usd",
    ],
)
def test_spellings_of_a_library_path_meet(spelling: str) -> None:
    assert library_path(spelling) == "NVIDIA/Assets/X/a.usd"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/Isaac/Props/KLT_Bin/small_KLT.usd", "warehouse/crate"),
        ("/NVIDIA/Assets/ArchVis/Residential/Food/Fruit/Lemon_01.usd", "fruit/lemon"),
        ("/Isaac/Environments/Simple_Warehouse/Props/SM_PaletteA_01.usd", "warehouse/pallet"),
        ("/Isaac/Environments/Simple_Warehouse/Props/SM_Thing.usd", "household/block"),
        ("/Isaac/Environments/Simple_Warehouse/warehouse.usd", "environment/warehouse"),
        ("/Isaac/Environments/Grid/default_environment.usd", "environment/ground"),
        (
            "/DigitalTwin/Assets/Warehouse/Equipment/Pallet_Jacks/Scale_A/PalletJackScale_A01_PR_NVD_01.usd",
            "warehouse/pallet_jack",
        ),
        ("/Isaac/Environments/Simple_Room/simple_room.usd", "environment/room"),
        ("/Isaac/Props/Pallet/pallet.usd", "warehouse/pallet"),
        ("/Isaac/Props/YCB/Axis_Aligned/005_tomato_soup_can.usd", "household/can"),
    ],
)
def test_stand_ins_follow_the_name(path: str, name: str) -> None:
    assert stand_in_for(path) == name


def test_an_exported_stage_is_read_by_usd_core_with_the_frames_values(open_scene: Opener, tmp_path: Path) -> None:
    session = open_scene(
        'balls: {create.sphere: {count: 3, scale: 0.4, semantics: [["class", "ball"]]}}\nt: {trigger.on_frame: '
        "{max_execs: 4}}\n"
        "go:\n  with.t:\n    with.balls:\n      modify.pose: {position: {distribution.uniform: {lower: [0, 0, "
        "0], upper: [2, 2, 2]}}}\n"
        "      randomizer.color: {colors: {distribution.uniform: {lower: [0, 0, 0], upper: [1, 1, 1]}}}\n"
    )
    snapshot = session.snapshot(3)
    export_usd(session, tmp_path / "frame.usda", title="balls", target="kit", frames=range(3, 4))
    stage = Usd.Stage.Open(str(tmp_path / "frame.usda"))
    cache = UsdGeom.XformCache()
    for instance in snapshot.instances:
        world = np.array(cache.GetLocalToWorldTransform(stage.GetPrimAtPath(instance.prim_path))).T
        assert np.allclose(world, instance.world_from_mesh, atol=1e-6)
    assert UsdGeom.GetStageUpAxis(stage) == "Z" and UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    labels = stage.GetPrimAtPath("/Replicator/Sphere_Xform").GetAttribute("semantics:labels:class").Get()
    assert list(labels) == ["ball"]
