"""What tests share: where things are, and small scenes recorded from text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest

from rendersdg.orchestrator.session import Session
from rendersdg.scene.recorder import recording
from rendersdg.yaml.document import parse
from rendersdg.yaml.parser import SceneParser

ROOT = Path(__file__).resolve().parent.parent
SCENES = sorted((ROOT / "scenes").glob("*.yaml"))
SHARED = ROOT.parent / "shared"
HEAD = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
up: {settings.set_stage_up_axis: {up_axis: "Z"}}
"""
CAMERA = """
eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [64, 48]}}
"""
Opener = Callable[..., Session]
# `pytest --hypothesis-profile fixed` tries the same examples each time, so that what lands does not depend on chance
hypothesis.settings.register_profile("fixed", derandomize=True)


@pytest.fixture
def open_scene() -> Iterator[Opener]:
    """A function that records YAML text and returns a session; ``bare`` leaves out units and the usual camera."""
    with ExitStack() as stack:

        def opener(
            text: str,
            *,
            bare: bool = False,
            seed: int = 0,
            backend: str = "raster",
            strict: bool = False,
            folder: Path = ROOT,
        ) -> Session:
            recorder = stack.enter_context(recording(folder, strict=strict))
            has_view = any(name in text for name in ("create.camera", "stereo_camera", "omni_lidar"))
            whole = text if bare else HEAD + text + ("" if has_view else CAMERA)
            SceneParser(recorder).record(parse(whole, "scene.yaml"))
            return Session(recorder, seed=seed, backend=backend)

        yield opener


def needs_installed(name: str) -> None:
    """Skip where a package is not installed. It is not imported: ultralytics replaces functions of OpenCV and Pillow
    then, for all tests that follow.
    """
    if find_spec(name) is None:
        pytest.skip(f"could not find {name}")


def needs_shared(*parts: str) -> Path:
    """Return a path in the shared material, or skip the test where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip("shared/ is not here")
    return path


@pytest.fixture
def scene_file(tmp_path: Path) -> Path:
    """The scene of :func:`whole_dataset`, in a folder of its own."""
    from tests.datasets import SCENE

    path = tmp_path / "scene.yaml"
    path.write_text(SCENE)
    return path


@pytest.fixture(scope="session")
def whole_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset that one undisturbed process makes of the scene with seed 5; only to be read."""
    from tests.datasets import SCENE, run

    folder = tmp_path_factory.mktemp("whole")
    (folder / "scene.yaml").write_text(SCENE)
    run("render", folder / "scene.yaml", "-o", folder / "out", "--seed", "5", "-q", fresh=True)
    return folder / "out"
