"""The image GPT: tokens, what a token may see, likelihoods known by hand, sampling, and runs."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.classify.pictures import Pictures
from rendersdg.errors import BadArgument, DatasetError
from tests.commands import rendersdg
from tests.detectors.sets import archive, squares

torch = pytest.importorskip("torch")

from detectors.vision.gpt import (  # noqa: E402
    Attention,
    GPTRecipe,
    ImageGPT,
    bits_of,
    bits_per_dimension,
    drawn,
    images_of,
    load_gpt,
    tokens_of,
    train_gpt,
)
from detectors.vision.pictures import pictures_of, sheet  # noqa: E402

pytestmark = pytest.mark.extra
TINY = GPTRecipe(size=4, levels=4, width=16, heads=2, depth=2, epochs=2, batch=8, rate=3e-3)


def network(levels: int = 8, length: int = 12, classes: int = 3) -> ImageGPT:
    torch.manual_seed(0)
    made = ImageGPT(levels, length, classes, width=16, heads=4, depth=2).eval()
    for parameter in made.parameters():  # nothing small, so that every way counts
        torch.nn.init.normal_(parameter, std=0.3)
    return made


def coin(count: int, chance: float, seed: int = 0, size: int = 4) -> Pictures:
    """Return pictures each of whose pixels is bright with a chance of its own accord."""
    rng = np.random.default_rng(seed)
    bright = rng.random((count, size, size, 1)) < chance
    return Pictures(np.repeat(np.where(bright, 200, 40), 3, 3).astype(np.uint8), np.zeros(count, np.int64), ("coin",))


@given(st.integers(0, 255), st.integers(2, 256))
def test_a_level_comes_back_within_half_a_step(grey: int, levels: int) -> None:
    image = np.full((1, 2, 2, 3), grey, np.uint8)
    tokens = tokens_of(image, 2, levels, is_grey=True)
    back = images_of(tokens, 2, levels)
    assert tokens.shape == (1, 4) and tokens.min() >= 0 and tokens.max() < levels
    assert abs(int(back[0, 0, 0, 0]) - grey) <= 128 / levels + 1


def test_with_all_levels_nothing_is_lost_and_colours_come_in_turn() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 5, 5, 3), np.uint8)
    tokens = tokens_of(images, 5, 256, is_grey=False)
    assert tokens[1, :6].tolist() == [*images[1, 0, 0].tolist(), *images[1, 0, 1].tolist()]
    assert np.array_equal(images_of(tokens, 5, 256), images)


def test_attention_is_a_mean_of_what_was_said_before() -> None:
    """Against loops: softmax of scaled products over earlier tokens and itself."""
    torch.manual_seed(1)
    layer, x = Attention(6, 2).double(), torch.randn(1, 5, 6, dtype=torch.float64)
    q, k, v = (layer.ask(x)[0, :, 6 * part : 6 * part + 6].detach().numpy() for part in range(3))
    wanted = np.zeros((5, 6))
    for head in range(2):
        own = slice(3 * head, 3 * head + 3)
        for t in range(5):
            weights = np.array([math.exp(q[t, own] @ k[s, own] / math.sqrt(3)) for s in range(t + 1)])
            wanted[t, own] = (weights[:, None] * v[: t + 1, own]).sum(0) / weights.sum()
    mixed = layer.mix(torch.from_numpy(wanted)).detach().numpy()
    np.testing.assert_allclose(layer(x)[0].detach().numpy(), mixed, atol=1e-12)


@settings(max_examples=20)
@given(st.integers(0, 11))
def test_no_token_sees_itself_or_what_follows(place: int) -> None:
    made = network()
    tokens, other = torch.randint(0, 8, (1, 12)), None
    other = tokens.clone()
    other[0, place] = (tokens[0, place] + 1) % 8
    one, two = (made(t, torch.tensor([1])) for t in (tokens, other))
    assert torch.equal(one[:, : place + 1], two[:, : place + 1])
    assert place == 11 or not torch.allclose(one[:, place + 1 :], two[:, place + 1 :])


def test_the_class_is_seen_from_the_first_token_on() -> None:
    made, tokens = network(), torch.randint(0, 8, (1, 12))
    assert not torch.allclose(made(tokens, torch.tensor([0]))[:, 0], made(tokens, torch.tensor([1]))[:, 0])


def test_sampling_with_kept_keys_is_sampling_without() -> None:
    made, classes = network(), torch.tensor([0, 2, 1])
    found = made.sample(classes, warmth=0.7, seed=5)

    rng, slow = torch.Generator().manual_seed(5), torch.zeros(3, 12, dtype=torch.int64)
    for place in range(12):
        logits = made(slow, classes)[:, place].detach()
        slow[:, place] = torch.multinomial(torch.softmax(logits / 0.7, 1), 1, generator=rng)[:, 0]
    assert torch.equal(found, slow)


def test_bits_are_those_of_a_coder() -> None:
    tokens = torch.tensor([[0, 1, 1, 3]])
    assert float(bits_per_dimension(torch.zeros(1, 4, 4), tokens)) == pytest.approx(2)  # four levels, nothing known
    chances = torch.tensor([[[0.5, 0.25, 0.125, 0.125]] * 4])
    assert float(bits_per_dimension(chances.log(), tokens)) == pytest.approx((1 + 2 + 2 + 3) / 4)


def test_an_untrained_network_knows_nothing() -> None:
    torch.manual_seed(0)
    made = GPTRecipe(size=8, levels=32).network(2)
    assert bits_of(made, coin(16, 0.5), GPTRecipe(size=8, levels=32)) == pytest.approx(5, abs=0.1)


@pytest.mark.slow
def test_a_coin_costs_its_entropy_and_no_less(tmp_path: Path) -> None:
    recipe = replace(TINY, levels=2, epochs=6, batch=16)
    log = train_gpt(coin(400, 0.9), recipe, tmp_path / "run", val=coin(400, 0.9, seed=1))
    entropy = -(0.9 * math.log2(0.9) + 0.1 * math.log2(0.1))
    assert entropy - 0.02 < log[-1]["val_bits"] < entropy + 0.03
    rows = list(csv.DictReader((tmp_path / "run/log.csv").open()))
    assert len(rows) == 6 and float(rows[-1]["val_bits"]) == log[-1]["val_bits"]
    made, kept, classes = load_gpt(tmp_path / "run")
    images = drawn(made, kept, np.zeros(200, np.int64))
    assert classes == ("coin",) and (images > 128).mean() == pytest.approx(0.9, abs=0.03)


@pytest.mark.slow
def test_classes_are_drawn_as_they_were_shown(tmp_path: Path) -> None:
    dark, bright = coin(200, 0.1), coin(200, 0.9)
    both = Pictures(np.concatenate([dark.images, bright.images]), np.repeat([0, 1], 200), ("dark", "bright"))
    train_gpt(both, replace(TINY, levels=2, epochs=6), tmp_path / "run")
    made, recipe, _ = load_gpt(tmp_path / "run")
    images = drawn(made, recipe, np.repeat([0, 1], 100), seed=3)
    assert (images[:100] > 128).mean() < 0.2 and (images[100:] > 128).mean() > 0.8


@pytest.mark.slow
def test_a_run_that_stopped_goes_on_to_equal_weights(tmp_path: Path) -> None:
    pictures = coin(64, 0.5)
    train_gpt(pictures, TINY, tmp_path / "whole")
    stopped = 10

    def stop(done: int, total: int) -> None:
        if done == stopped:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_gpt(pictures, TINY, tmp_path / "torn", on_step=stop)
    with pytest.raises(DatasetError, match="--resume"):
        train_gpt(pictures, TINY, tmp_path / "torn")
    with pytest.raises(BadArgument, match="other rate"):
        train_gpt(pictures, replace(TINY, rate=1e-2), tmp_path / "torn", resume=True)
    train_gpt(pictures, TINY, tmp_path / "torn", resume=True)
    one, two = (load_gpt(tmp_path / name)[0].state_dict() for name in ("whole", "torn"))
    assert all(torch.equal(one[k], two[k]) for k in one)


@pytest.mark.parametrize(
    ("change", "says"),
    [({"levels": 1}, "levels=1"), ({"levels": 257}, "2 to 256"), ({"size": 100}, "size=100"), ({"rate": 0.0}, "rate"),
     ({"epochs": 0}, "epochs")],
)  # fmt: skip
def test_a_recipe_names_what_is_wrong(change: dict[str, int], says: str) -> None:
    with pytest.raises(BadArgument, match=says):
        replace(TINY, **change)  # type: ignore[arg-type]


def test_heads_share_the_width() -> None:
    with pytest.raises(BadArgument, match="width=10 cannot be shared by 4 heads"):
        ImageGPT(2, 4, 1, width=10, heads=4)


def test_labelled_sets_and_folders_of_classes_are_pictures(tmp_path: Path) -> None:
    import cv2

    from detectors.samples import write_coco

    write_coco(squares(tmp_path / "data", 6), tmp_path / "set.json")
    found = pictures_of(f"coco:{tmp_path / 'set.json'}", 8)
    assert found.images.shape == (6, 8, 8, 3) and found.classes == ("dark", "bright")
    assert found.labels.tolist() == [0, 1, 0, 1, 0, 1]
    for name, grey in (("black", 0), ("white", 255)):
        (tmp_path / "folder" / name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "folder" / name / "a.png"), np.full((8, 8, 3), grey, np.uint8))
    of_folders = pictures_of(str(tmp_path / "folder"), 8)
    assert of_folders.classes == ("black", "white") and of_folders.images[:, 0, 0, 0].tolist() == [0, 255]


def test_a_sheet_has_a_row_for_each_class() -> None:
    import cv2

    images = np.stack([np.full((2, 2, 3), v, np.uint8) for v in (10, 20, 30)])
    found = cv2.imdecode(np.frombuffer(sheet(images, np.array([0, 1, 1]), scale=3), np.uint8), cv2.IMREAD_COLOR)
    assert found.shape == (16, 16, 3)
    assert [found[y, x, 0] for y, x in ((0, 0), (8, 0), (8, 8), (0, 8))] == [10, 20, 30, 128]


@pytest.mark.slow
def test_the_commands_train_and_draw(tmp_path: Path) -> None:
    from tests.detectors.sets import coloured

    data = archive(coloured(24), tmp_path / "data.npz")
    sizes = ("--size", 4, "--levels", 4, "--width", 16, "--heads", 2, "--depth", 1, "--epochs", 1)

    told = rendersdg("vision", "gpt", data, "-o", tmp_path / "run", "--val", data, "--colour", *sizes)
    drew = rendersdg("vision", "sample", tmp_path / "run", "-o", tmp_path / "made.npz", "--count", 3, "--class", "red")

    assert "bits a dimension" in told and "one that knows nothing: 2.000" in told and "wrote" in drew
    assert (tmp_path / "run/samples.png").is_file()
    made = np.load(tmp_path / "made.npz")
    assert made["images"].shape == (3, 4, 4, 3) and made["labels"].tolist() == [0, 0, 0]
    rendersdg("vision", "sample", tmp_path / "run", "-o", tmp_path / "sheet.png", "--count", 2)
    assert (tmp_path / "sheet.png").read_bytes()[:4] == b"\x89PNG"
    for wrong, says in (
        (("-o", "a.jpg"), "neither .npz nor .png"),
        (("-o", "a.png", "--class", "pink"), "'pink' is none of red, green, blue"),
        (("-o", "a.png", "--warmth", 0), "--warmth 0 is not above 0"),
    ):
        assert says in rendersdg("vision", "sample", tmp_path / "run", *wrong, code=2)
