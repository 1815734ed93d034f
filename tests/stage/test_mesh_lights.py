"""Meshes that are lights: what they send by UsdLux's rule, what that makes of others, and what is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pxr import Gf, Sdf, Usd, UsdGeom, UsdLux, UsdShade

from rendersdg.backends.raster import RasterBackend
from rendersdg.frame import Wanted
from rendersdg.orchestrator.session import Session
from rendersdg.snapshot import Material
from tests.conftest import Opener

SIDE, HEIGHT = 0.2, 1.5  # metres


def panel_in(path: Path, glow: tuple[float, float, float] | None = None, unit: float = 1.0, **inputs: object) -> Path:
    """Write a square that is a light and looks down; ``inputs`` are the light's, by their last words."""
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, unit)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/room").GetPrim())
    panel = square(stage, "/room/panel", SIDE / unit, HEIGHT / unit)
    if glow is not None:
        UsdShade.MaterialBindingAPI.Apply(panel).Bind(glowing(stage, "/room/glow", glow))
    UsdLux.MeshLightAPI.Apply(panel)
    light = UsdLux.LightAPI(panel)
    for name, value in inputs.items():
        if name == "mode":
            light.CreateMaterialSyncModeAttr(value)
        elif name == "link":
            light.GetLightLinkCollectionAPI().CreateExcludesRel().AddTarget("/room")
        else:
            getattr(light, f"Create{name[0].upper()}{name[1:]}Attr")(value)
    stage.GetRootLayer().Save()
    return path


def square(stage: Usd.Stage, path: str, side: float, height: float) -> Usd.Prim:
    mesh = UsdGeom.Mesh.Define(stage, path)
    half = side / 2
    mesh.CreatePointsAttr([(-half, -half, 0), (half, -half, 0), (half, half, 0), (-half, half, 0)])
    mesh.CreateFaceVertexCountsAttr([4])
    mesh.CreateFaceVertexIndicesAttr([0, 3, 2, 1])  # looks down
    mesh.CreateSubdivisionSchemeAttr("none")
    mesh.AddTranslateOp().Set(Gf.Vec3d(0, 0, height))
    return mesh.GetPrim()


def glowing(stage: Usd.Stage, path: str, emissive: tuple[float, float, float]) -> UsdShade.Material:
    made = UsdShade.Material.Define(stage, path)
    shader = UsdShade.Shader.Define(stage, f"{path}/shader")
    shader.CreateIdAttr("UsdPreviewSurface")
    shader.CreateInput("emissiveColor", Sdf.ValueTypeNames.Color3f).Set(emissive)
    made.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
    return made


def opened(
    open_scene: Opener, file: Path, quality: str = "high", eye: str = "[1.6, 0, 1.2]", backend: str = "raster"
) -> Session:
    return open_scene(
        "grey: {create.material_omnipbr: {diffuse: [0.5, 0.5, 0.5], roughness: 1.0, specular: 0.0}}\n"
        "floor: {create.plane: {scale: [40, 40, 1], material: grey}}\n"
        f"room: {{create.from_usd: {{usd: {file}}}}}\nlight: {{settings.render_quality: {{quality: {quality}}}}}\n"
        f"eye: {{create.camera: {{position: {eye}, look_at: [0.8, 0, 0], clipping_range: [0.01, 100], "
        "focal_length: 200}}\nview: {create.render_product: {camera: eye, resolution: [24, 24]}}\n",
        backend=backend,
    )


def seen(session: Session) -> np.ndarray:
    """Return the linear light of the picture's middle, (3,)."""
    snapshot = session.snapshot(0)
    buffers, _ = RasterBackend().render(snapshot, snapshot.products[0], Wanted(hdr=True))
    assert buffers.hdr is not None
    return np.asarray(buffers.hdr[6:18, 6:18, :3].mean((0, 1)))


def of_panel(session: Session) -> Material:
    snapshot = session.snapshot(0)
    (panel,) = [i for i in snapshot.instances if i.prim_path.endswith("/panel")]
    return snapshot.materials[panel.material]


def said(session: Session) -> list[str]:
    return [text for (_, path), text in session.recorder.report.entries.items() if "/panel" in path]


def on_floor(radiance: float) -> float:
    """Return what a floor of albedo 0.5 sends at (0.8, 0, 0): radiance x area x cosine x cosine / distance^2, / pi."""
    square_of_distance = 0.8**2 + HEIGHT**2
    cosine = HEIGHT / np.sqrt(square_of_distance)
    return float(0.5 / np.pi * radiance * SIDE**2 * cosine * cosine / square_of_distance)


@pytest.mark.parametrize("unit", [1.0, 0.01])
def test_a_small_square_lights_a_floor_by_the_inverse_square(open_scene: Opener, tmp_path: Path, unit: float) -> None:
    file = panel_in(tmp_path / "room.usda", unit=unit, intensity=2000.0, exposure=2.0, color=(1, 0.5, 0))

    light = seen(opened(open_scene, file))
    assert light == pytest.approx(on_floor(8000) * np.array([1, 0.5, 0]), rel=0.02, abs=1e-6)


def test_it_lights_others_under_balanced_and_nothing_under_fast(open_scene: Opener, tmp_path: Path) -> None:
    file = panel_in(tmp_path / "room.usda", intensity=8000.0)
    balanced, fast = opened(open_scene, file, "balanced"), opened(open_scene, file, "fast")

    assert seen(balanced)[0] == pytest.approx(on_floor(8000), rel=0.05)
    assert said(balanced) == []
    assert (seen(fast) == 0).all()
    assert len(said(fast)) == 1 and "lights nothing" in said(fast)[0]


def test_mitsuba_lights_the_floor_alike(open_scene: Opener, tmp_path: Path) -> None:
    pytest.importorskip("mitsuba")
    from rendersdg.backends.mitsuba import MitsubaBackend

    session = opened(open_scene, panel_in(tmp_path / "room.usda", intensity=8000.0), "fast", backend="mitsuba")
    snapshot = session.snapshot(0)
    buffers, _ = MitsubaBackend().render(snapshot, snapshot.products[0], Wanted(hdr=True))

    assert buffers.hdr is not None
    assert buffers.hdr[..., 0].mean() == pytest.approx(on_floor(8000), rel=0.1)
    assert said(session) == []


@pytest.mark.parametrize("unit", [1.0, 0.01])
def test_a_normalized_light_is_as_strong_whatever_its_area(open_scene: Opener, tmp_path: Path, unit: float) -> None:
    session = opened(open_scene, panel_in(tmp_path / "room.usda", unit=unit, intensity=80.0, normalize=True))

    assert of_panel(session).emission == pytest.approx((80 / SIDE**2,) * 3)


def test_it_has_the_colour_of_its_temperature(open_scene: Opener, tmp_path: Path) -> None:
    warm = {"intensity": 100.0, "enableColorTemperature": True, "colorTemperature": 3000.0}
    red, _, blue = of_panel(opened(open_scene, panel_in(tmp_path / "room.usda", **warm))).emission

    assert red > 2 * blue


ORANGE = (1.0, 0.5, 0.0)


@pytest.mark.parametrize(
    ("mode", "glow", "expected"),
    [
        (None, ORANGE, (100, 50, 0)),  # the default is materialGlowTintsLight
        ("materialGlowTintsLight", ORANGE, (100, 50, 0)),
        ("materialGlowTintsLight", (0, 0, 0), (100, 100, 100)),  # what does not glow tints nothing
        ("independent", ORANGE, (100, 100, 100)),
        ("noMaterialResponse", ORANGE, (100, 100, 100)),
    ],
)
def test_the_material_has_its_say_by_the_mode(
    open_scene: Opener,
    tmp_path: Path,
    mode: str | None,
    glow: tuple[float, float, float],
    expected: tuple[float, float, float],
) -> None:
    how = {} if mode is None else {"mode": mode}
    session = opened(open_scene, panel_in(tmp_path / "room.usda", glow=glow, intensity=100.0, **how))

    assert of_panel(session).emission == pytest.approx(expected)
    assert bool(said(session)) == (any(glow) and mode != "noMaterialResponse")  # whose own glow is not seen


def test_its_linking_is_said_not_to_be_honoured(open_scene: Opener, tmp_path: Path) -> None:
    session = opened(open_scene, panel_in(tmp_path / "room.usda", intensity=100.0, link=True))
    session.snapshot(0)

    assert [text for (_, subject), text in session.recorder.report.entries.items() if "lightLink" in subject] == [
        "a mesh that is a light shines on everything"
    ]
