"""What the package exports: exactly what is documented, typed, and loaded only when it is asked for."""

from __future__ import annotations

import inspect

import pytest

import rendersdg
from tests.cli.test_startup import loaded

CLASSES = {name for name in rendersdg.__all__ if inspect.isclass(getattr(rendersdg, name))}


def test_the_public_names_are_these_and_no_others() -> None:
    assert set(rendersdg.__all__) == set(rendersdg._WHERE) | {"__version__"}
    assert dir(rendersdg) == sorted(rendersdg.__all__)
    assert {name for name in rendersdg.__all__ if not name.endswith("Error")} == {
        "BadArgument",
        "BadScene",
        "Finding",
        "FrameCamera",
        "FrameSampler",
        "Item",
        "LabelledFrame",
        "LabelledObject",
        "NewScene",
        "NotSupported",
        "Parameter",
        "RenderFailed",
        "Report",
        "Scene",
        "SceneDataset",
        "ShownScene",
        "TorchFrames",
        "TrainingFailed",
        "__version__",
        "evaluate",
        "find_anomalies",
        "load",
        "new_scene",
        "predict",
        "report",
        "train",
        "train_anomaly",
    }


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        rendersdg.lod  # noqa: B018


def test_importing_the_package_loads_no_library() -> None:
    assert loaded("import rendersdg; dir(rendersdg)") & {"numpy", "pxr", "cv2", "torch", "typer"} == set()


@pytest.mark.parametrize("name", sorted(set(rendersdg.__all__) - {"__version__"}))
def test_every_public_name_is_documented(name: str) -> None:
    thing = getattr(rendersdg, name)

    assert inspect.getdoc(thing)
    if name not in CLASSES:
        signature = inspect.signature(thing)
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(p.annotation is not inspect.Parameter.empty for p in signature.parameters.values())


@pytest.mark.parametrize("name", ["Scene", "SceneDataset", "LabelledFrame", "FrameSampler", "TorchFrames", "NewScene"])
def test_every_public_method_is_documented(name: str) -> None:
    kind = getattr(rendersdg, name)
    public = {k: v for k, v in vars(kind).items() if not k.startswith("_")}
    members = {k: v for k, v in public.items() if callable(v) or isinstance(v, property)}

    assert members
    assert [k for k, v in members.items() if not inspect.getdoc(v)] == []
