"""Triples of noise, class and image are what the teacher gave."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rendersdg.errors import DatasetError, NotTrusted

torch = pytest.importorskip("torch")

from detectors.generator.triples import (  # noqa: E402
    Teacher,
    as_tensor,
    as_uint8,
    load_teacher,
    read_triples,
    teach,
)
from tests.detectors.generator.teachers import NAMES, paint, triples  # noqa: E402

pytestmark = pytest.mark.extra


def test_triples_are_what_the_teacher_gave(tmp_path: Path) -> None:
    made = triples(tmp_path, 7)

    with torch.inference_mode():
        again = as_uint8(paint(torch.from_numpy(made.noise), torch.eye(3)[made.labels]))
    assert made.labels.tolist() == [0, 1, 2, 0, 1, 2, 0] and made.classes == NAMES
    assert (made.images == again).all() and len(np.unique(made.noise)) == 7 * 8
    assert (triples(tmp_path / "more", 9).noise[:7] == made.noise).all()  # a longer run begins with the same


def test_a_teacher_of_torchscript_says_its_sizes(tmp_path: Path) -> None:
    class Painter(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.noise, self.classes = 8, 3

        def forward(self, noise: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
            return torch.tanh(noise[:, :3] + classes)[:, :, None, None].expand(-1, -1, 32, 32)

    torch.jit.script(Painter()).save(str(tmp_path / "teacher.pt"))

    with pytest.raises(NotTrusted, match="--trust"):
        load_teacher(tmp_path / "teacher.pt")
    teacher = load_teacher(tmp_path / "teacher.pt", trust=True)

    assert (teacher.noise, teacher.classes) == (8, 3)
    assert teacher.images(torch.zeros(2, 8), torch.eye(3)[:2]).shape == (2, 3, 32, 32)


def test_what_is_no_teacher_is_told(tmp_path: Path) -> None:
    for name in ("text.pt", "text.pkl"):
        (tmp_path / name).write_text("no network")
        with pytest.raises(DatasetError, match=name):
            load_teacher(tmp_path / name, trust=True)
    with pytest.raises(DatasetError, match=r"\(2, 3, 8, 8\)"):
        teach(Teacher(lambda noise, classes: torch.zeros(len(noise), 3, 8, 8), 4, 3, "small"), tmp_path / "t", 2)
    with pytest.raises(DatasetError, match="generator teach"):
        read_triples(tmp_path)


def test_images_survive_the_way_to_tensors_and_back() -> None:
    images = np.arange(256, dtype=np.uint8).repeat(12).reshape(1, 32, 32, 3)

    assert (as_uint8(as_tensor(images)) == images).all()
