"""The vision transformer and masked autoencoding: patches, what is seen, losses known by hand, and runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detectors.classify.pictures import Pictures
from rendersdg.arrays import U1
from rendersdg.errors import BadArgument, DatasetError
from tests.commands import rendersdg
from tests.conftest import HEAD
from tests.detectors.sets import archive, coloured
from tests.detectors.toys import TOY

torch = pytest.importorskip("torch")

from detectors.vision.learning import ViTRecipe, load_mae, load_vit, train_mae, train_vit  # noqa: E402
from detectors.vision.mae import MaskedAutoencoder, normalized  # noqa: E402
from detectors.vision.pictures import drawn_pictures, images_of_tensor  # noqa: E402
from detectors.vision.vit import (  # noqa: E402
    Classifier,
    ViT,
    ViTSize,
    patches_of,
    pictures_from,
    places_of,
    scores_of,
    taken,
    tensor_of,
)

pytestmark = pytest.mark.extra
SIZE = ViTSize(size=16, patch=4, width=32, heads=2, depth=2)
RECIPE = ViTRecipe(epochs=2, batch=8, rate=2e-3)


def test_patches_are_cut_row_by_row_and_put_together_again() -> None:
    images = torch.rand(2, 3, 12, 12)
    patches = patches_of(images, 4)
    assert patches.shape == (2, 9, 48)
    for place in range(9):
        y, x = divmod(place, 3)
        own = images[1, :, 4 * y : 4 * y + 4, 4 * x : 4 * x + 4].permute(1, 2, 0).flatten()
        assert torch.equal(patches[1, place], own)
    assert torch.equal(pictures_from(patches, 4), images)


def test_places_are_waves_of_rows_and_columns() -> None:
    places = places_of(5, 16)
    assert places.shape == (25, 16)
    row, column = 3, 2
    waves = [1 / 10000 ** (k / 4) for k in range(4)]
    wanted = [f(axis * w) for axis in (row, column) for f in (math.sin, math.cos) for w in waves]
    np.testing.assert_allclose(places[row * 5 + column].numpy(), wanted, atol=1e-5)
    assert len({tuple(p.tolist()) for p in places}) == 25


def test_pictures_are_tensors_and_back() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8)
    assert np.array_equal(images_of_tensor(tensor_of(images, 8)), images)
    assert tensor_of(images, 4).shape == (2, 3, 4, 4)


def test_the_order_of_patches_does_not_matter_but_for_their_places() -> None:
    """Attention is over a set: the tokens of patches in another order are the same tokens in that order."""
    torch.manual_seed(0)
    network, images = ViT(SIZE).eval(), torch.rand(2, 3, 16, 16)
    order = torch.stack([torch.randperm(16), torch.randperm(16)])
    torch.testing.assert_close(network(images, order), taken(network(images), order), atol=1e-5, rtol=1e-4)


def test_what_is_covered_is_not_seen() -> None:
    torch.manual_seed(0)
    network, images = MaskedAutoencoder(SIZE).eval(), torch.rand(2, 3, 16, 16)
    said, covered = network(images, torch.Generator().manual_seed(4))
    assert covered.sum(1).tolist() == [12, 12]  # three quarters of 16

    patches = patches_of(images, 4)
    patches[covered] = torch.rand(24, 48)
    again, same = network(pictures_from(patches, 4), torch.Generator().manual_seed(4))

    assert torch.equal(same, covered) and torch.equal(again, said)
    patches[~covered] = torch.rand(8, 48)
    assert not torch.allclose(network(pictures_from(patches, 4), torch.Generator().manual_seed(4))[0], said)


def test_one_that_says_nothing_has_a_loss_of_one() -> None:
    network = MaskedAutoencoder(SIZE)
    torch.nn.init.zeros_(network.say.weight)
    torch.nn.init.zeros_(network.say.bias)
    assert float(network.loss(torch.rand(4, 3, 16, 16)).detach()) == pytest.approx(1, abs=1e-3)


def test_patches_are_counted_from_their_mean_in_their_own_spread() -> None:
    patches = torch.randn(2, 3, 48, dtype=torch.float64) * 5 + 2
    scaled, mean, spread = normalized(patches)
    np.testing.assert_allclose(mean[1, 2, 0], patches[1, 2].numpy().mean())
    own = patches[1, 2].numpy()
    np.testing.assert_allclose(scaled[1, 2], (own - own.mean()) / own.std(), atol=1e-5)
    torch.testing.assert_close(scaled * spread + mean, patches)


def test_a_reconstruction_keeps_what_was_seen() -> None:
    network, images = MaskedAutoencoder(SIZE).eval(), torch.rand(2, 3, 16, 16) * 2 - 1
    left, filled = (patches_of(each, 4) for each in network.reconstructed(images, seed=1))
    covered = (left == 0).all(2)
    assert covered.sum(1).tolist() == [12, 12]
    assert torch.equal(left[~covered], patches_of(images, 4)[~covered])
    assert torch.equal(filled[~covered], left[~covered]) and not torch.equal(filled[covered], left[covered])


@pytest.mark.slow
def test_classes_are_learned_and_a_run_that_stopped_goes_on(tmp_path: Path) -> None:
    pictures, val = coloured(96), coloured(48, seed=1)
    recipe = replace(RECIPE, epochs=4)
    log = train_vit(pictures, SIZE, recipe, tmp_path / "whole", val=val)
    assert log[-1]["top1"] > 0.9
    network, classes = load_vit(tmp_path / "whole")
    assert classes == ("red", "green", "blue")
    assert (scores_of(network, val.images).argmax(1) == val.labels).mean() == log[-1]["top1"]

    def stop(done: int, total: int) -> None:
        if done == 20:  # of 48
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_vit(pictures, SIZE, recipe, tmp_path / "torn", val=val, on_step=stop)
    with pytest.raises(BadArgument, match="trained with other"):
        train_vit(pictures, replace(SIZE, depth=3), recipe, tmp_path / "torn", resume=True)
    assert train_vit(pictures, SIZE, recipe, tmp_path / "torn", val=val, resume=True) == log
    one, two = (load_vit(tmp_path / name)[0].state_dict() for name in ("whole", "torn"))
    assert all(torch.equal(one[k], two[k]) for k in one)


def stripes(count: int) -> Pictures:
    """Return pictures of stripes, lying or standing, that a patch tells of its neighbours."""
    rows = np.where(np.arange(16) // 2 % 2, 220, 30).astype(np.uint8)
    lying = np.broadcast_to(rows[:, None, None], (16, 16, 3))
    images = [lying if k % 2 else lying.transpose(1, 0, 2) for k in range(count)]
    return Pictures(np.stack(images), np.arange(count) % 2, ("standing", "lying"), "stripes")


@pytest.mark.slow
def test_what_was_learned_without_labels_is_begun_with(tmp_path: Path) -> None:
    log = train_mae(stripes(64), SIZE, replace(RECIPE, epochs=30), tmp_path / "mae")
    assert log[0]["loss"] > 0.8 and log[-1]["loss"] < 0.5
    encoder = load_mae(tmp_path / "mae").encoder
    begun = Classifier(SIZE, 2)
    begun.encoder.load_state_dict(encoder.state_dict())

    # at a rate of next to nothing the encoder stays what it was
    train_vit(stripes(16), SIZE, replace(RECIPE, rate=1e-12, epochs=1), tmp_path / "run", encoder=encoder)

    found = load_vit(tmp_path / "run")[0].encoder.state_dict()
    assert all(torch.allclose(found[k], v, atol=1e-6) for k, v in encoder.state_dict().items())
    with pytest.raises(BadArgument, match="of another size"):
        train_vit(stripes(16), replace(SIZE, depth=3), RECIPE, tmp_path / "other", encoder=encoder)
    with pytest.raises(DatasetError, match="is not of `rendersdg vision classify`"):
        load_vit(tmp_path / "mae")
    with pytest.raises(DatasetError, match="is not of `rendersdg vision mae`"):
        load_mae(tmp_path / "run")


@pytest.mark.parametrize(
    ("change", "says"),
    [({"patch": 5}, "size=16 is not a multiple of patch=5"), ({"width": 30}, "width=30 is not a multiple of 4"),
     ({"depth": 0}, "1 or more")],
)  # fmt: skip
def test_a_size_names_what_is_wrong(change: dict[str, int], says: str) -> None:
    with pytest.raises(BadArgument, match=says):
        replace(SIZE, **change)


def test_a_recipe_names_what_is_wrong() -> None:
    for change in ({"epochs": 0}, {"rate": 0.0}, {"layer_rate": 0.0}, {"decay": -1.0}):
        with pytest.raises(BadArgument, match="epochs and batch are 1 or more"):
            replace(RECIPE, **change)  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_commands_learn_without_labels_and_then_with(tmp_path: Path) -> None:
    data = archive(coloured(24), tmp_path / "data.npz")
    sizes = ("--size", 16, "--patch", 4, "--width", 32, "--heads", 2, "--depth", 1, "--epochs", 1, "--batch", 8)

    told = rendersdg("vision", "mae", data, "-o", tmp_path / "mae", *sizes)
    judged = rendersdg(
        "vision", "classify", data, "-o", tmp_path / "run", "--weights", tmp_path / "mae", "--val", data, "--epochs", 1
    )

    assert "one that knows nothing: 1" in told and (tmp_path / "mae/reconstructed.png").is_file()
    assert "top-1" in judged and load_vit(tmp_path / "run")[0].encoder.size.depth == 1
    wrong = ("--weights", tmp_path / "mae", "--depth", 3)
    assert "leave the option away" in rendersdg("vision", "classify", data, "-o", tmp_path / "no", *wrong, code=2)


@pytest.mark.parametrize("room", [2**30, 3 * 2 * 16 * 16 * 3 + 1, 0])
def test_drawn_pictures_are_learned_as_those_in_memory_are(room: int, tmp_path: Path) -> None:
    kept, asked = coloured(24), []

    def draw(number: int) -> Callable[[int], U1]:
        def look(view: int) -> U1:
            asked.append(2 * number + view)
            return kept.images[2 * number + view]

        return look

    drawn = drawn_pictures(12, 2, 16, draw, "scene", room)
    held = Pictures(kept.images, np.zeros(24, np.int64), ("nothing",), "memory")

    logs = [train_mae(each, SIZE, RECIPE, tmp_path / each.name) for each in (drawn, held)]

    assert logs[0] == logs[1]
    times = sorted(asked.count(number) for number in range(24))
    # of two epochs; with room for three frames, six pictures stay
    assert times == {2**30: [1] * 24, 0: [2] * 24}.get(room, [1] * 6 + [2] * 18)
    assert drawn.images[:3].shape == (3, 16, 16, 3) and (drawn.images[:24] == kept.images).all()


def test_drawn_pictures_are_squeezed_to_the_size() -> None:
    pictures = drawn_pictures(2, 1, 8, lambda k: lambda view: np.full((30, 20, 3), 10 * k, np.uint8), "scene")

    assert pictures.images[np.array([1, 0])].tolist() == [np.full((8, 8, 3), v).tolist() for v in (10, 0)]


@pytest.mark.slow
def test_the_command_learns_from_a_scene_and_keeps_no_frame(tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(HEAD + TOY)
    sizes = ("--size", 16, "--patch", 4, "--width", 32, "--heads", 2, "--depth", 1, "--epochs", 1, "--batch", 4)

    told = rendersdg("vision", "mae", tmp_path / "scene.yaml", "--frames", 12, "-o", tmp_path / "mae", *sizes)

    assert "one that knows nothing: 1" in told
    assert load_mae(tmp_path / "mae").encoder.size.depth == 1
    assert not [f for f in tmp_path.rglob("*.png") if f.name != "reconstructed.png"]
    many = rendersdg("vision", "mae", tmp_path / "scene.yaml", "-o", tmp_path / "two", "--workers", 2, code=2)
    assert "a scene is drawn in one process" in many
    data = archive(coloured(8), tmp_path / "data.npz")
    assert "--frames is for scenes" in rendersdg("vision", "mae", data, "--frames", 3, "-o", tmp_path / "no", code=2)
