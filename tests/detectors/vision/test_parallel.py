"""Training in several processes: every layout learns what one process learns, step by step, whatever is lost."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from rendersdg.errors import BadArgument, DatasetError
from tests.commands import rendersdg
from tests.detectors.sets import archive, coloured

torch = pytest.importorskip("torch")

from detectors.vision.gpt import GPTRecipe, bits_of, load_gpt, train_gpt  # noqa: E402
from detectors.vision.learning import ViTRecipe, train_mae, train_vit  # noqa: E402
from detectors.vision.mae import MaskedAutoencoder  # noqa: E402
from detectors.vision.parallel import checkpoints, stages  # noqa: E402
from detectors.vision.parallel.layout import Layout, check_layout, layout_of  # noqa: E402
from detectors.vision.parallel.tasks import Task, classify_task, gpt_task, mae_task  # noqa: E402
from detectors.vision.parallel.training import Split, train_split  # noqa: E402
from detectors.vision.vit import Classifier, ViTSize  # noqa: E402
from tests.detectors.vision.processes import together  # noqa: E402

pytestmark = pytest.mark.extra
GPT = GPTRecipe(size=4, levels=8, width=32, heads=4, depth=4, epochs=5, batch=8, rate=3e-3)
SIZE = ViTSize(size=8, patch=2, width=32, heads=4, depth=2)
VIT = ViTRecipe(epochs=5, batch=8, rate=3e-3)
PICTURES = coloured(80, size=8)


def task_of(kind: str, epochs: int = 5) -> Task:
    if kind == "gpt":
        return gpt_task(PICTURES, replace(GPT, epochs=epochs))
    recipe = replace(VIT, epochs=epochs)
    return mae_task(PICTURES, SIZE, recipe) if kind == "mae" else classify_task(PICTURES, SIZE, recipe)


def trained(kind: str, split: Split, out: Path, epochs: int = 5, resume: bool = False) -> Any:
    torch.set_num_threads(1)
    return train_split(task_of(kind, epochs), split, out, device="cpu", resume=resume)


@cache
def alone(kind: str, epochs: int = 5) -> Any:
    """Return the record of one process."""
    with TemporaryDirectory() as folder:
        return trained(kind, Split(), Path(folder) / "run", epochs)


def same_losses(record: Any, kind: str, epochs: int = 5, most: float = 1e-5) -> None:
    wanted = alone(kind, epochs)["losses"]
    assert len(record["losses"]) == len(wanted) == 10 * epochs
    assert np.abs(np.subtract(record["losses"], wanted)).max() <= most
    assert epochs == 1 or wanted[-1] < 0.95 * wanted[0]  # it learns, so that equal losses are equal weights


def test_one_process_learns_what_the_teaching_loops_learn(tmp_path: Path) -> None:
    gpt = train_gpt(PICTURES, GPT, tmp_path / "gpt")
    mae = train_mae(PICTURES, SIZE, VIT, tmp_path / "mae")
    classify = train_vit(PICTURES, SIZE, VIT, tmp_path / "classify")

    for kind, log in (("gpt", gpt), ("mae", mae), ("classify", classify)):
        record = trained(kind, Split(), tmp_path / f"own-{kind}")
        assert [row.keys() for row in record["log"]] == [row.keys() for row in log]
        for own, wanted in zip(record["log"], log):
            assert own == pytest.approx(wanted, abs=1e-5)
    assert bits_of(*_gpt(tmp_path / "own-gpt")) == pytest.approx(bits_of(*_gpt(tmp_path / "gpt")), abs=1e-5)


def _gpt(run: Path) -> Any:
    network, recipe, _ = load_gpt(run)
    return network, PICTURES, recipe


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gpt", "classify", "mae"])
@pytest.mark.parametrize("layout", ["dp=2", "fsdp=2", "tp=2", "pp=2"])
def test_two_processes_learn_what_one_learns(kind: str, layout: str, tmp_path: Path) -> None:
    record = together(2, trained, kind, Split(layout), tmp_path)[0]

    same_losses(record, kind)
    assert record["processes"] == 2 and record["layout"] == layout


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["dp=4", "fsdp=4", "tp=4", "pp=4"])
def test_four_processes_learn_what_one_learns(layout: str, tmp_path: Path) -> None:
    same_losses(together(4, trained, "gpt", Split(layout), tmp_path)[0], "gpt")


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["dp=2,fsdp=2", "dp=2,tp=2", "fsdp=2,tp=2", "pp=2,dp=2", "pp=2,fsdp=2", "pp=2,tp=2"])
def test_products_of_layouts_learn_what_one_process_learns(layout: str, tmp_path: Path) -> None:
    same_losses(together(4, trained, "gpt", Split(layout), tmp_path, 1)[0], "gpt", epochs=1)


# Checkpoints ---------------------------------------------------------------------------------------------------------


def stopping(kind: str, split: Split, out: Path, after: int, *, resume: bool = False) -> None:
    """Train until a process is lost: the last one kills itself after some steps."""
    torch.set_num_threads(1)
    task = task_of(kind)
    batches = task.batches
    seen = 0

    def torn(epoch: int) -> Any:
        nonlocal seen
        for batch in batches(epoch):
            if seen == after and os.environ["RANK"] == str(int(os.environ["WORLD_SIZE"]) - 1):
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1
            yield batch

    train_split(replace(task, batches=torn), split, out, device="cpu", resume=resume)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gpt", "mae"])
def test_a_lost_process_costs_what_was_done_since_the_last_checkpoint(kind: str, tmp_path: Path) -> None:
    split = Split("fsdp=2", every=4)
    with pytest.raises(AssertionError, match=r"was lost|Connection|peer"):
        together(2, stopping, kind, split, tmp_path, 27)
    kept = checkpoints.newest(tmp_path)
    assert kept is not None and kept.name == "checkpoint-000000024"  # of 27; within the third epoch
    assert [folder.name for folder in tmp_path.glob("checkpoint-*/run.json")] == ["run.json"]

    record = together(2, trained, kind, split, tmp_path, 5, True)[0]

    same_losses(record, kind)


@pytest.mark.slow
def test_a_checkpoint_moves_between_layouts(tmp_path: Path) -> None:
    """Each layout takes ten steps of fifty from what another one wrote: weights, moments and place in the data."""
    moves = [(4, "fsdp=4"), (2, "tp=2"), (1, None), (4, "pp=2,fsdp=2"), (2, "dp=2")]
    for k, (world, layout) in enumerate(moves):
        split, out = Split(layout), tmp_path / "run"
        if world == 1:
            ended_after(split, out, 10)
        else:
            together(world, ended_after, split, out, 10)
        assert checkpoints.run_of(checkpoints.newest(out) or out)["step"] == 10 * (k + 1)

    same_losses(checkpoints.run_of(checkpoints.newest(tmp_path / "run") or tmp_path), "gpt")


class Enough(Exception):
    """So many steps are done."""


def ended_after(split: Split, out: Path, steps: int) -> None:
    """Take some steps of a run, to their checkpoint, and leave it."""
    torch.set_num_threads(1)
    task = task_of("gpt")
    batches = task.batches
    begun = checkpoints.newest(out)
    until = (0 if begun is None else checkpoints.run_of(begun)["step"]) + steps

    def some(epoch: int) -> Any:
        for k, batch in enumerate(batches(epoch), epoch * task.steps):
            if k >= until:
                raise Enough
            yield batch

    try:
        train_split(replace(task, batches=some), split, out, device="cpu", resume=True)
    except Enough:
        return
    assert until == 50


def test_a_checkpoint_that_is_not_whole_does_not_count(tmp_path: Path) -> None:
    trained("gpt", Split(), tmp_path, 1)
    kept = checkpoints.newest(tmp_path)
    (tmp_path / "checkpoint-000000020").mkdir()
    assert kept is not None and checkpoints.newest(tmp_path) == kept

    (kept / "run.json").write_text('{"step": "many"}')
    with pytest.raises(DatasetError, match="is not of a checkpoint"):
        checkpoints.run_of(kept)


def test_a_run_goes_on_with_the_same_settings_alone(tmp_path: Path) -> None:
    trained("gpt", Split(), tmp_path, 1)

    with pytest.raises(DatasetError, match="go on with --resume"):
        trained("gpt", Split(), tmp_path, 1)
    with pytest.raises(BadArgument, match="trained with other epochs"):
        trained("gpt", Split(), tmp_path, 2, resume=True)
    with pytest.raises(BadArgument, match="trained with other precision"):
        trained("gpt", Split(precision="bf16"), tmp_path, 1, resume=True)
    with pytest.raises(BadArgument, match="trained with other"):
        trained("mae", Split(), tmp_path, 1, resume=True)


class Bad:
    def __reduce__(self) -> Any:
        return os.mkdir, ("was-run",)


def test_an_index_that_names_code_is_refused_and_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trained("gpt", Split(), tmp_path / "run", 1)
    kept = checkpoints.newest(tmp_path / "run")
    assert kept is not None
    (kept / ".metadata").write_bytes(pickle.dumps(Bad()))

    with pytest.raises(DatasetError, match=r"an index does not hold \w+\.mkdir"):
        trained("gpt", Split(), tmp_path / "run", 1, resume=True)
    assert not (tmp_path / "was-run").exists()


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    trained("gpt", Split(), tmp_path, 1)
    kept = checkpoints.newest(tmp_path)
    assert kept is not None
    for file in kept.glob("*.distcp"):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    with pytest.raises(DatasetError, match="checkpoint-000000010 is not a whole checkpoint of this network"):
        trained("gpt", Split(), tmp_path, 1, resume=True)


# Memory, precision and parts of a batch ------------------------------------------------------------------------------


def test_parts_of_a_batch_and_blocks_computed_again_change_nothing(tmp_path: Path) -> None:
    record = trained("gpt", Split(accumulate=4, recomputes=True), tmp_path)

    same_losses(record, "gpt")


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["dp=2", "fsdp=2", "tp=2", "pp=2"])
def test_parts_of_a_batch_change_nothing_in_any_layout(layout: str, tmp_path: Path) -> None:
    split = Split(layout, accumulate=2, recomputes=True)
    same_losses(together(2, trained, "gpt", split, tmp_path, 1)[0], "gpt", epochs=1)


def test_bfloat16_learns_nearly_the_same_with_weights_in_float32(tmp_path: Path) -> None:
    record = trained("gpt", Split(precision="bf16"), tmp_path)

    apart = np.abs(np.subtract(record["losses"], alone("gpt")["losses"])).max()
    assert 1e-6 < apart < 0.05
    assert record["bytes"] == alone("gpt")["bytes"]
    assert load_gpt(tmp_path)[0].say.weight.dtype == torch.float32


@pytest.mark.slow
def test_a_process_keeps_its_part_of_everything(tmp_path: Path) -> None:
    """By hand: FSDP halves all; tensor parallel halves the matrices of blocks; a pipeline halves the blocks."""
    layouts = ("dp=2", "fsdp=2", "tp=2", "pp=2")
    runs = [together(2, trained, "gpt", Split(layout), tmp_path / layout, 1)[0] for layout in layouts]
    dp, fsdp, tp, pp = (run["bytes"] for run in runs)
    d, blocks = 32, 4
    matrices = 12 * d * d + 7 * d  # of a block: 3 + 1 + 4 + 4 products, and the 3 + 4 widths of biases that are cut
    kept = 4 * d + 2 * d  # of a block: two norms, and the biases after the two sums
    ends = 8 * d + 16 * d + 3 * d + 2 * d + 8 * d  # levels, places, classes, the last norm, what is said
    whole = blocks * (matrices + kept) + ends

    assert dp["parameters"] == dp["gradients"] == 4 * whole
    assert tp["parameters"] == tp["gradients"] == 4 * (blocks * (matrices // 2 + kept) + ends)
    assert fsdp["parameters"] == fsdp["gradients"] == pytest.approx(4 * whole / 2, abs=4 * 2 * d)  # 3 classes on 2
    assert pp["parameters"] == 4 * (2 * (matrices + kept) + 8 * d + 16 * d + 3 * d)
    names = 3 + 1 + blocks * (3 * 2 + 2 + 4 + 4) + 3 - 1  # tensors: each has a count of steps beside two moments
    assert dp["optimizer"] == 2 * dp["parameters"] + 4 * names


# Layouts -------------------------------------------------------------------------------------------------------------


def test_a_layout_is_read_and_its_product_is_the_processes() -> None:
    assert layout_of("dp=2, fsdp=3,tp=1", 6) == Layout(dp=2, fsdp=3)
    assert layout_of(None, 5) == Layout(dp=5)
    assert str(Layout(pp=2, tp=4)) == "pp=2,tp=4" and str(Layout()) == "dp=1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("dp=2,tp=2", r"needs 4 processes, not 2; --workers 4"),
        ("cp=2", "'cp=2' is not one of dp=N, fsdp=N, tp=N, pp=N"),
        ("dp=two", "'dp=two'"),
        ("dp=1,dp=2", "each once"),
        ("dp=0", "1 or more"),
        ("dp=²", "'dp=²'"),
        ("", "'' is not"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadArgument, match=says):
        layout_of(text, 2)


@pytest.mark.parametrize(
    ("layout", "micro", "says"),
    [
        (Layout(tp=3), 1, "tp=3 cannot share 4 heads"),
        (Layout(pp=4), 4, "pp=4 cannot share 6 blocks evenly"),
        (Layout(pp=3), 2, "--accumulate 2 is below pp=3"),
        (Layout(dp=2, fsdp=3), 1, r"--batch 8 cannot be cut into 6 equal parts \(dp=2 x fsdp=3 x 1 .*--batch 12"),
        (Layout(dp=2), 3, "--batch 8 cannot be cut into 6 equal parts"),
    ],
)
def test_what_does_not_come_out_even_is_named(layout: Layout, micro: int, says: str) -> None:
    with pytest.raises(BadArgument, match=says):
        check_layout(layout, heads=4, blocks=6, batch=8, pictures=80, micro=micro)
    with pytest.raises(BadArgument, match="--batch 8 is more than the 7 pictures"):
        check_layout(Layout(), heads=4, blocks=6, batch=8, pictures=7, micro=1)


# Pieces --------------------------------------------------------------------------------------------------------------


def test_pieces_say_what_the_networks_say() -> None:
    torch.manual_seed(0)
    images, tokens, labels = torch.rand(3, 3, 8, 8), torch.randint(8, (3, 16)), torch.tensor([0, 2, 1])
    gpt, classifier, mae = GPT.network(3), Classifier(SIZE, 3), MaskedAutoencoder(SIZE)
    torch.nn.init.normal_(classifier.say.weight)
    said = [gpt(tokens, labels), classifier(images), mae.loss(images, torch.Generator().manual_seed(4))]
    order = torch.rand(3, 16, generator=torch.Generator().manual_seed(4)).argsort(1)

    stage = [stages.Stage(n, cut(n)) for n, cut in _cuts(gpt, classifier, mae)]

    assert torch.equal(stage[0](tokens, classes=labels), said[0]) and torch.equal(stage[1](images), said[1])
    mae_said = stages.mae_loss(stage[2](images, order=order), stages.mae_target(images, order, 2))
    assert float(mae_said.detach()) == pytest.approx(float(said[2].detach()), abs=1e-6)


def _cuts(gpt: Any, classifier: Any, mae: Any) -> list[tuple[Any, Callable[[Any], list[stages.Piece]]]]:
    return [(gpt, stages.gpt_pieces), (classifier, stages.classifier_pieces), (mae, stages.mae_pieces)]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_stages_own_everything_once_under_the_names_of_the_whole(count: int) -> None:
    size = replace(SIZE, depth=4)
    for k, kind in enumerate(("gpt", "classify", "mae")):
        if (kind, count) == ("mae", 4):
            continue  # six blocks
        whole, cut = _cuts(GPT.network(3), Classifier(size, 3), MaskedAutoencoder(size))[k]
        names: list[str] = []
        for index in range(count):
            network, _ = _cuts(GPT.network(3), Classifier(size, 3), MaskedAutoencoder(size))[k]
            stage = stages.Stage(network, stages.stage_of(cut(network), index, count))
            assert sum(piece.is_block for piece in stage.pieces) * count == len(
                [m for m in whole.modules() if type(m).__name__ == "Block"]
            )
            names += [name for name, _ in stage.network.named_parameters()]
        assert sorted(names) == sorted(name for name, _ in whole.named_parameters())


def test_products_that_were_parted_are_put_together_again() -> None:
    network, other = GPT.network(3), GPT.network(3)
    stages.part_asks(network)
    other.load_state_dict(stages.whole_asks(network.state_dict()))
    tokens, labels = torch.randint(8, (3, 16)), torch.tensor([0, 2, 1])
    assert torch.allclose(network(tokens, labels), other(tokens, labels), atol=1e-6)


# Commands ------------------------------------------------------------------------------------------------------------

SIZES = ("--size", 4, "--levels", 8, "--width", 32, "--heads", 4, "--depth", 2, "--epochs", 2, "--batch", 8)


@pytest.mark.slow
def test_the_command_starts_processes_and_goes_on_under_another_layout(tmp_path: Path) -> None:
    data = archive(coloured(24, size=8), tmp_path / "data.npz")
    run = ("vision", "gpt", data, "-o", tmp_path / "run", *SIZES)
    plain = rendersdg("vision", "gpt", data, "-o", tmp_path / "plain", *SIZES)

    split = rendersdg(*run, "--workers", 2, "--layout", "tp=2", "--checkpoint-every", 2)

    assert split.split(" bits")[0].splitlines()[-1] == plain.split(" bits")[0].splitlines()[-1]
    assert (tmp_path / "run/samples.png").is_file() and load_gpt(tmp_path / "run")[2] == ("red", "green", "blue")
    assert "go on with --resume" in rendersdg(*run, code=4)
    assert "bits a dimension" in rendersdg(*run, "--resume")
    refused = rendersdg(
        "vision", "gpt", data, "-o", tmp_path / "no", *SIZES, "--workers", 2, "--layout", "tp=3", code=2
    )
    assert "needs 3 processes, not 2; --workers 3" in refused
    refused = rendersdg("vision", "gpt", data, "-o", tmp_path / "no", *SIZES, "--workers", 3, code=2)
    assert "--batch 8 cannot be cut into 3 equal parts" in refused and "W1" not in refused
    whole = rendersdg("vision", "gpt", data, "-o", tmp_path / "plain", *SIZES, "--workers", 2, "--resume", code=4)
    assert "holds a run of one process without --layout" in whole


@pytest.mark.slow
def test_a_farm_learns_what_this_machine_learns(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    data = archive(coloured(24, size=8), tmp_path / "data.npz")
    farm = ("--farm", "slurm", "--farm-option", "cluster=local", "--farm-option", f"folder={tmp_path / 'logs'}")
    base = ("vision", "classify", data, *SIZES[:2], "--patch", 2, *SIZES[4:], "--workers", 2, "--layout", "fsdp=2")

    rendersdg(*base, "-o", tmp_path / "here")
    rendersdg(*base, "-o", tmp_path / "there", *farm)

    here, there = ((tmp_path / name / "steps.csv").read_text() for name in ("here", "there"))
    assert here == there and here.count("\n") == 7
