"""What is hidden in images: which squares, which loss, what learns from it, and what a run leaves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from detectors.mix import alone, mixed, read_mix, write_mix
from detectors.recipe import Recipe
from detectors.samples import Sample
from rendersdg.errors import BadArgument, DatasetError
from tests.detectors.sets import squares

torch = pytest.importorskip("torch")

from detectors.contract import DETECTORS  # noqa: E402
from detectors.masked import CELL, DECODER, Reconstruction, add_decoder, covered_cells, standardized  # noqa: E402

pytestmark = pytest.mark.extra
RECIPE = Recipe("light_lite0", 64, steps=3, batch=4, warmup=1, device="cpu", check_every=0, save_every=1)


def made(name: str = "light_lite0", size: int = 64) -> torch.nn.Module:
    torch.manual_seed(0)
    return DETECTORS[name](2, size)


def test_the_same_share_of_each_image_is_covered_and_not_the_same_squares() -> None:
    torch.manual_seed(0)
    covered = covered_cells(50, 6, torch.device("cpu"))
    assert (covered.sum((1, 2)) == 22).all()  # 0.6 of 36, rounded
    assert len({tuple(one.flatten().tolist()) for one in covered}) == 50
    assert covered.float().mean(0).min() > 0.4 and covered.float().mean(0).max() < 0.8  # each square has its turn


def test_squares_are_counted_from_their_mean_in_their_own_spread() -> None:
    images = np.random.default_rng(0).random((2, 3, 64, 96)).astype(np.float32)[:, :, :, :64]
    images[1, :, 32:, 32:] = 0.25  # a square of one level
    found = standardized(torch.from_numpy(images)).numpy()
    for k in range(2):
        for y in (0, 32):
            for x in (0, 32):
                cell = images[k, :, y : y + CELL, x : x + CELL].astype(np.float64)
                wanted = (cell - cell.mean()) / max(cell.std(), 1e-3)
                np.testing.assert_allclose(found[k, :, y : y + CELL, x : x + CELL], wanted, atol=1e-4)


def test_the_loss_is_the_mean_distance_over_covered_squares_alone() -> None:
    detector = made()
    add_decoder(detector, 64)
    layer = getattr(detector, DECODER)
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.constant_(layer.bias, 0.5)  # says half a standard deviation everywhere
    images = torch.rand(3, 3, 64, 64)

    torch.manual_seed(5)
    loss = Reconstruction(detector)(images, [])["pixels"].item()

    torch.manual_seed(5)
    covered, levels = covered_cells(3, 2, torch.device("cpu")), standardized(images)
    apart = [
        (levels[k, :, y * CELL : (y + 1) * CELL, x * CELL : (x + 1) * CELL] - 0.5).abs().mean()
        for k, y, x in covered.nonzero().tolist()
    ]
    assert loss == pytest.approx(float(sum(apart) / len(apart)), rel=1e-5)


def test_what_is_covered_cannot_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = made()
    add_decoder(detector, 64)
    seen = []
    look = detector.features
    monkeypatch.setattr(detector, "features", lambda images: seen.append(images) or look(images))
    images = torch.rand(2, 3, 64, 64)
    torch.manual_seed(3)
    Reconstruction(detector)(images, [])
    torch.manual_seed(3)
    hidden = covered_cells(2, 2, torch.device("cpu"))[:, None].repeat_interleave(CELL, 2).repeat_interleave(CELL, 3)
    other = torch.where(hidden, torch.rand(2, 3, 64, 64), images)
    torch.manual_seed(3)
    Reconstruction(detector)(other, [])
    assert torch.equal(*seen) and not torch.equal(images, other)


@pytest.mark.parametrize("name", ["light_lite0", "fcos_resnet18"])
def test_heads_and_frozen_stages_stay_and_the_rest_learns(name: str) -> None:
    detector = made(name)
    detector.freeze(1)
    frozen = {id(p) for module in detector._frozen for p in module.parameters()}
    moments = {k: v.clone() for k, v in detector.state_dict().items() if "running" in k}

    add_decoder(detector, 64)

    assert all(torch.equal(v, detector.state_dict()[k]) for k, v in moments.items())
    learns = {k for k, p in detector.named_parameters() if p.requires_grad}
    assert any(k.startswith(DECODER) for k in learns) and any("backbone" in k for k in learns)
    assert not any("head" in k for k in learns)
    assert not frozen & {id(p) for p in detector.parameters() if p.requires_grad}
    assert all(p.grad is None for p in detector.parameters())


def test_a_detector_without_features_is_refused() -> None:
    with pytest.raises(BadArgument, match="does not say what its features are"):
        add_decoder(made("fasterrcnn_mobilenet"), 64)


def test_stripes_are_learned() -> None:
    """Stripes go on under what covers them, so that they can be told."""
    detector, size = made(size=96), 96
    add_decoder(detector, size)
    task = Reconstruction(detector)
    optimizer = torch.optim.AdamW([p for p in detector.parameters() if p.requires_grad], 3e-3)
    rows = (torch.arange(size) // 8 % 2).float()[None, None, :, None].expand(8, 3, size, size)
    images = torch.cat([rows[:4], rows[4:].transpose(2, 3)])
    losses = []
    for _ in range(15):
        loss = task(images, [])["pixels"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.6 * losses[0] and losses[0] > 0.8


@pytest.mark.slow
def test_a_mix_learns_what_is_hidden_first_and_boxes_then(tmp_path: Path) -> None:
    from detectors.runtime import load_model
    from detectors.train import train

    real, rendered = squares(tmp_path / "real", 4), squares(tmp_path / "rendered", 6)
    write_mix(mixed(real, rendered.of(rendered.images), "masked"), tmp_path / "mix", {})
    mix = read_mix(tmp_path / "mix")
    assert [s.learns for s in mix.stages] == ["pixels", "boxes"]
    assert mix.fingerprint() != mixed(real, rendered, "finetune").fingerprint()

    record = train(mix, RECIPE, tmp_path / "run", real)

    assert record["recipe"]["rate"] == 0  # the full rate: the head has yet to learn
    content = torch.load(tmp_path / "run/pretrain/model.pt", weights_only=True)
    assert not any(name.startswith(DECODER) for name in content["weights"])
    assert "scores" not in json.loads((tmp_path / "run/pretrain/result.json").read_text())
    assert "scores" in record and load_model(tmp_path / "run").classes == ("dark", "bright")


@pytest.mark.slow
def test_a_stage_of_pixels_goes_on_where_it_was(tmp_path: Path) -> None:
    from detectors.train import train
    from tests.detectors.runs import same, weights

    unlabelled = squares(tmp_path / "images", 6)
    unlabelled = unlabelled.of(Sample(s.file, s.size_wh) for s in unlabelled.images)
    mix = alone(unlabelled, learns="pixels")
    train(mix, RECIPE, tmp_path / "whole")
    train(mix, RECIPE, tmp_path / "torn")
    (tmp_path / "torn/model.pt").unlink()
    train(mix, RECIPE, tmp_path / "torn", resume=True)
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "torn"))
    with pytest.raises(DatasetError, match="nothing to learn"):
        train(alone(unlabelled), RECIPE, tmp_path / "boxes")


def test_a_mix_that_learns_something_unknown_is_refused(tmp_path: Path) -> None:
    write_mix(alone(squares(tmp_path / "a", 2)), tmp_path / "mix", {})
    file = tmp_path / "mix/mix.json"
    text = json.loads(file.read_text())
    text["stages"][0]["learns"] = "sounds"
    file.write_text(json.dumps(text))
    with pytest.raises(DatasetError, match="learns='sounds' is not one of boxes, pixels"):
        read_mix(tmp_path / "mix")
