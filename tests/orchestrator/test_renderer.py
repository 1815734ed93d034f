"""The renderer: each pass once, what a backend lacks from the rasterizer or refused, never left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pytest

from rendersdg.backends import BACKENDS
from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.shutter import CAPTURE, INSTANTS
from rendersdg.errors import NotSupported
from rendersdg.frame import Labels, ProductView, Rendered, Wanted
from rendersdg.orchestrator.session import Session
from rendersdg.snapshot import RenderProduct, Snapshot
from tests.conftest import CAMERA, Opener

SCENE = """
box: {create.cube: {semantics: [["class", "box"]]}}
sky: {create.light: {light_type: dome}}
frames: {trigger.on_frame: {max_execs: 3}}
go: {with.frames: {with.box: {modify.pose: {position: {distribution.sequence: {items: [[0, 0, 0], [0, 1, 0]]}}}}}}
"""
BLUR = f"""
blur: {{settings.carb_settings: {{setting: {CAPTURE}, value: true}}}}
count: {{settings.carb_settings: {{setting: {INSTANTS}, value: 3}}}}
"""
SENSOR = CAMERA + "look: {with.eye: {inspection.sensor: {mono: true}}}\n"


class Watched(RasterBackend):
    """The rasterizer, telling what is asked of it."""

    log: ClassVar[list[str]] = []

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted = Wanted()) -> Rendered:
        self.log.append("render" + "+hdr" * wanted.hdr + "+labels" * wanted.labels)
        return super().render(snapshot, product, wanted)

    def label(self, snapshot: Snapshot, product: RenderProduct) -> Labels:
        self.log.append("label")
        return super().label(snapshot, product)


class Plain(Watched):
    """A picture and nothing else."""

    provides = frozenset({"materials", "camera_models"})

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted = Wanted()) -> Rendered:
        return Rendered(super().render(snapshot, product, Wanted()).buffers)


@pytest.fixture(autouse=True)
def watched() -> Iterator[None]:
    """The two backends in the table."""
    BACKENDS.register("watched", Watched)
    BACKENDS.register("plain", Plain)
    Watched.log.clear()
    yield
    for name in ("watched", "plain"):
        BACKENDS.unregister(name)


def view_of(session: Session, frame: int = 0) -> ProductView:
    return session.capture(session.planner.plan(frame)).views["Replicator"]


def test_picture_and_labels_come_from_one_pass_where_the_picture_is_rendered_first(open_scene: Opener) -> None:
    view = view_of(open_scene(SCENE, backend="watched"))
    view.render()
    _ = view.labels, view.buffers, view.labels

    assert Watched.log == ["render+labels"]


def test_labels_alone_render_no_picture_and_are_not_made_again_with_it(open_scene: Opener) -> None:
    view = view_of(open_scene(SCENE, backend="watched"))
    _ = view.labels
    assert Watched.log == ["label"]
    _ = view.buffers

    assert Watched.log == ["label", "render"]


def test_a_frame_with_pictures_runs_one_pass(open_scene: Opener) -> None:
    open_scene(SCENE, backend="watched").make(0)

    assert Watched.log == ["render+labels"]


def test_a_blurred_picture_renders_its_instants_alone(open_scene: Opener) -> None:
    view = view_of(open_scene(BLUR + SCENE, backend="watched"), 1)
    _ = view.buffers
    assert Watched.log == ["render+hdr"] * 3
    _ = view.labels

    assert Watched.log == ["render+hdr"] * 3 + ["label"]


def test_light_that_is_asked_for_late_is_rendered_then(open_scene: Opener) -> None:
    view = view_of(open_scene(SCENE, backend="watched"))
    before = view.buffers.rgb
    assert view.light.shape == (48, 64, 4)

    assert Watched.log == ["render+labels", "render+hdr"]
    assert np.array_equal(view.buffers.rgb, before)


def test_labels_of_a_backend_without_any_are_the_rasterizers(open_scene: Opener) -> None:
    plain, raster = (view_of(open_scene(SCENE, backend=name)) for name in ("plain", "raster"))
    assert plain.render().labels is None

    assert np.array_equal(plain.labels.instance, raster.labels.instance)
    assert np.array_equal(plain.surface.base_colour, raster.surface.base_colour)


@pytest.mark.parametrize(
    ("text", "frame", "says"),
    [
        (BLUR + SCENE, 1, r"backend plain has no motion blur \(.*\); raster and mitsuba have"),
        (SCENE + SENSOR, 0, "backend plain gives no linear light"),
    ],
)
def test_what_a_backend_does_not_provide_is_refused(open_scene: Opener, text: str, frame: int, says: str) -> None:
    with pytest.raises(NotSupported, match=says):
        _ = view_of(open_scene(text, backend="plain"), frame).buffers
    with pytest.raises(NotSupported, match="no linear light"):
        _ = view_of(open_scene(SCENE, backend="plain")).light


def test_depth_of_field_is_reported_where_the_backend_has_no_lens(open_scene: Opener) -> None:
    eye = (
        "eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], f_stop: 2, focus_distance: 3}}\n"
        "view: {create.render_product: {camera: eye, resolution: [64, 48]}}\n"
    )
    session = open_scene(SCENE + eye)
    session.snapshot(0)

    assert any("f_stop" in entry["text"] for entry in session.recorder.report.as_json())
