"""The generator is the published network, learns what a teacher gives, goes on where it stopped; its scores are what a
hand finds.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.errors import BadArgument, DatasetError, TrainingFailed
from tests.test_classify import archive, coloured
from tests.test_learning import rendersdg

torch = pytest.importorskip("torch")

from detectors.calibration import Calibration  # noqa: E402
from detectors.generator.networks import Discriminator, Generator  # noqa: E402
from detectors.generator.pictures import slerp  # noqa: E402
from detectors.generator.scores import frechet, inception_score  # noqa: E402
from detectors.generator.train import GeneratorRecipe, load_generator, sample, train_generator  # noqa: E402
from detectors.generator.triples import Teacher, Triples, as_tensor, as_uint8, load_teacher, read_triples, teach  # noqa: E402

NAMES = ("red", "green", "blue")


def paint(noise: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """A teacher whose images are one colour: the class's channel, as bright as the first number of the noise says."""
    level = torch.tanh(noise[:, :1]) * 0.5 + classes
    return (level * 0.8 - 0.6).clamp(-1, 1)[:, :, None, None].expand(-1, -1, 32, 32)


def triples(folder: Path, count: int = 192) -> Triples:
    return read_triples(teach(Teacher(paint, 8, 3), folder, count, classes=NAMES))


SMALL = GeneratorRecipe(epochs=3, batch=16, width=32, project=16, judge_width=8, rate=2e-3)


def test_the_networks_are_the_published_ones() -> None:
    generator = Generator(512, 10)
    images = generator(torch.randn(2, 512), torch.eye(10)[:2])
    score, features = Discriminator(10)(images, torch.eye(10)[:2])

    assert sum(p.numel() for p in generator.parameters()) == 2_054_368
    assert images.shape == (2, 3, 32, 32) and float(images.detach().abs().max()) <= 1
    assert score.shape == (2,) and [f.shape[1:] for f in features] == [
        (128, 16, 16),
        (256, 8, 8),
        (512, 4, 4),
        (1024, 2, 2),
    ]


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

    teacher = load_teacher(tmp_path / "teacher.pt")

    assert (teacher.noise, teacher.classes) == (8, 3)
    assert teacher.images(torch.zeros(2, 8), torch.eye(3)[:2]).shape == (2, 3, 32, 32)


def test_what_is_no_teacher_is_told(tmp_path: Path) -> None:
    for name in ("text.pt", "text.pkl"):
        (tmp_path / name).write_text("no network")
        with pytest.raises(DatasetError, match=name):
            load_teacher(tmp_path / name)
    with pytest.raises(DatasetError, match=r"\(2, 3, 8, 8\)"):
        teach(Teacher(lambda noise, classes: torch.zeros(len(noise), 3, 8, 8), 4, 3, "small"), tmp_path / "t", 2)
    with pytest.raises(DatasetError, match="generator teach"):
        read_triples(tmp_path)


def test_a_student_learns_its_teacher_and_goes_on_to_the_bit(tmp_path: Path) -> None:
    taught = triples(tmp_path / "triples")
    train_generator(taught, SMALL, tmp_path / "whole", real=coloured(30, size=32))

    def stop(epoch: int, numbers: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_generator(taught, SMALL, tmp_path / "torn", real=coloured(30, size=32), on_epoch=stop)
    with pytest.raises(DatasetError, match="--resume"):
        train_generator(taught, SMALL, tmp_path / "torn")
    train_generator(taught, SMALL, tmp_path / "torn", real=coloured(30, size=32), resume=True)

    whole, classes = load_generator(tmp_path / "whole")
    torn, _ = load_generator(tmp_path / "torn" / "generator.pt")
    assert classes == NAMES
    assert all(torch.equal(a, b) for a, b in zip(whole.state_dict().values(), torn.state_dict().values()))
    labels = np.arange(60) % 3
    images = sample(whole, labels, seed=5)
    assert (images.mean((1, 2)).argmax(1) == labels).mean() > 0.9  # each class in its colour
    assert (sample(whole, labels[:7], seed=5) == images[:7]).all() and (sample(whole, labels, seed=6) != images).any()
    drawn = list(Calibration(str(tmp_path / "whole"), count=6, seed=5).images(32))
    assert (np.stack(drawn) == images[:6]).all()


def test_a_loss_that_is_no_number_keeps_the_state(tmp_path: Path) -> None:
    taught = triples(tmp_path / "triples", 32)
    broken = GeneratorRecipe(epochs=3, batch=16, width=32, project=16, judge_width=8, pixel=float("nan"))

    with pytest.raises(TrainingFailed, match="not a finite number"):
        train_generator(taught, broken, tmp_path / "run")
    with pytest.raises(BadArgument):
        GeneratorRecipe(epochs=0)


def test_the_distance_of_two_normals_is_what_the_formula_gives() -> None:
    rng = np.random.default_rng(0)
    base = rng.standard_normal((4000, 3))
    base = (base - base.mean(0)) @ np.linalg.inv(
        np.linalg.cholesky(np.cov(base, rowvar=False))
    ).T  # mean 0, covariance 1
    a, b = base * [1, 2, 3], base * [2, 2, 1] + [3, 0, -4]

    # independent axes: (3, 0, -4) apart, deviations 1, 2, 3 and 2, 2, 1
    assert frechet(a, b) == pytest.approx(25 + (1 - 2) ** 2 + 0 + (3 - 1) ** 2, rel=1e-9)
    assert frechet(a, a) == pytest.approx(0, abs=1e-9) and frechet(a, b) == pytest.approx(frechet(b, a), rel=1e-9)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_distance_is_that_of_a_matrix_square_root(seed: int) -> None:
    linalg = pytest.importorskip("scipy.linalg")
    rng = np.random.default_rng(seed)
    a, b = (rng.standard_normal((50, 4)) @ rng.standard_normal((4, 4)) + rng.standard_normal(4) for _ in range(2))
    one, other = np.cov(a, rowvar=False), np.cov(b, rowvar=False)

    root = linalg.sqrtm(one @ other).real

    assert frechet(a, b) == pytest.approx(
        ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(one + other - 2 * root), rel=1e-5
    )


def test_the_inception_score_counts_the_classes() -> None:
    assert inception_score(np.eye(5)) == pytest.approx(5)
    assert inception_score(np.full((9, 5), 0.2)) == pytest.approx(1)
    assert inception_score(np.eye(5)[[0, 0, 1, 1]]) == pytest.approx(2)


def test_a_walk_on_the_sphere_keeps_the_length() -> None:
    a, b = np.array([[3.0, 0, 0], [1, 1, 0]]), np.array([[0, 3.0, 0], [1, 1, 0]])

    half = slerp(a, b, 0.5)

    np.testing.assert_allclose(half, [[3 / 2**0.5, 3 / 2**0.5, 0], [1, 1, 0]], atol=1e-12)
    np.testing.assert_allclose(slerp(a, b, 0.0), a)
    np.testing.assert_allclose(slerp(a, b, 1.0), b, atol=1e-12)


def test_the_commands_from_triples_to_pictures(tmp_path: Path) -> None:
    from PIL import Image

    from detectors.classify.train import ClassifierRecipe, train_classifier

    pictures = coloured(48, size=32)
    real = archive(pictures, tmp_path / "real.npz")
    train_classifier(pictures, ClassifierRecipe(epochs=1, batch=16), tmp_path / "look")
    triples(tmp_path / "triples", 64)

    told = rendersdg(
        "generator",
        "train",
        tmp_path / "triples",
        "-o",
        tmp_path / "run",
        "--epochs",
        1,
        "--batch",
        32,
        "--real",
        real,
        "--features",
        tmp_path / "look",
    )
    scores = rendersdg(
        "generator", "score", tmp_path / "run", "--real", real, "--features", tmp_path / "look", "--count", 30
    )
    rendersdg("generator", "sample", tmp_path / "run", "-o", tmp_path / "made.npz", "--count", 2, "--class", "blue")
    rendersdg("generator", "sample", tmp_path / "run", "-o", tmp_path / "sheet.png", "--count", 4)
    rendersdg("generator", "gif", tmp_path / "run", "-o", tmp_path / "walk.gif", "--class", "green")
    rendersdg(
        "generator",
        "tsne",
        tmp_path / "run",
        "-o",
        tmp_path / "tsne.png",
        "--real",
        real,
        "--features",
        tmp_path / "look",
        "--count",
        20,
    )

    assert "FID" in told and "resnet20, 64 features, 3 classes" in told and "inception score" in scores
    with np.load(tmp_path / "made.npz") as made:
        assert (
            made["images"].shape == (2, 32, 32, 3)
            and made["labels"].tolist() == [2, 2]
            and made["classes"].tolist() == list(NAMES)
        )
    with Image.open(tmp_path / "sheet.png") as sheet, Image.open(tmp_path / "walk.gif") as walk:
        assert sheet.size == (4 * 32 * 2, 3 * 32 * 2) and walk.n_frames == 6 * 12
    assert Image.open(io.BytesIO((tmp_path / "tsne.png").read_bytes())).size[0] > 500
    assert "not among red" in rendersdg(
        "generator", "gif", tmp_path / "run", "-o", tmp_path / "x.gif", "--class", "pink", code=2
    )


def test_images_survive_the_way_to_tensors_and_back() -> None:
    images = np.arange(256, dtype=np.uint8).repeat(12).reshape(1, 32, 32, 3)

    assert (as_uint8(as_tensor(images)) == images).all()
