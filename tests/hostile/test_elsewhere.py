"""What comes from elsewhere runs nothing, writes nothing outside, and is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

for module in ("torch", "torchvision", "openvino", "onnx", "onnxruntime"):
    pytest.importorskip(module)

from tests.hostile import corpus  # noqa: E402
from tests.hostile.corpus import CASES  # noqa: E402
from tests.hostile.elsewhere import honest, judged, prepare  # noqa: E402

pytestmark = pytest.mark.extra


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prepare()
    return honest(tmp_path_factory.mktemp("honest"))


@pytest.fixture(autouse=True)
def small_bombs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make bombs little larger than what is let in, which takes less time to make."""
    monkeypatch.setattr(corpus, "BOMB", 260)
    monkeypatch.setattr(corpus, "SIDE", 8200)


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_and_does_no_harm(name: str, whole: Path, tmp_path: Path) -> None:
    _, wrong = judged(name, tmp_path / "case", whole)

    assert wrong == []
