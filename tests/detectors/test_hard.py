"""Hard examples: which images a detector errs in, and how often a mix shows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from detectors.batches import owners
from detectors.detections import Detections
from detectors.hard import errors_of, renumbered, with_hard
from detectors.live import LiveSamples
from detectors.mix import Mix, MixSource, Phase, mixed, read_mix, write_mix
from detectors.samples import Sample, Samples
from rendersdg.errors import BadArgument
from tests.commands import rendersdg, run
from tests.detectors.sets import squares


def detections(*rows: tuple[float, float, float, float, float, int]) -> Detections:
    table = np.array(rows, float).reshape(-1, 6)
    return Detections(table[:, :4], table[:, 4], table[:, 5].astype(int))


def image(number: int, *boxes: tuple[float, float, float, float, int], crowd: bool = False) -> Sample:
    table = np.array(boxes, float).reshape(-1, 5)
    return Sample(
        Path(f"{number}.png"), (50, 50), table[:, :4], table[:, 4].astype(int), np.full(len(table), crowd, bool)
    )


def test_errors_are_objects_missed_and_detections_of_nothing() -> None:
    box = (10, 10, 20, 20)
    truth = Samples(
        ("a", "b"),
        (
            image(0, (*box, 0)),
            image(1, (*box, 0)),
            image(2, (*box, 0)),
            image(3, (*box, 0), (30, 30, 40, 40, 1)),
            image(4),
            image(5, (*box, 0), crowd=True),
        ),
    )
    found = [
        detections((*box, 0.9, 0)),  # right
        detections((*box, 0.2, 0)),  # right, but not sure: missed
        detections((*box, 0.9, 1)),  # of another class: missed, and found where it is not
        detections((10, 10, 20, 16, 0.9, 0), (31, 31, 41, 41, 0.8, 1)),  # IoU 0.6 and 0.68
        detections((*box, 0.9, 0), (30, 30, 40, 40, 0.7, 1)),  # two of nothing
        detections((*box, 0.9, 0)),  # in a crowd region: neither
    ]

    assert errors_of(truth, found, 0.5).tolist() == [0, 1, 2, 0, 2, 0]


def test_a_second_detection_of_an_object_is_an_error_but_a_nested_one_is_not_shown() -> None:
    truth = Samples(("a",), (image(0, (10, 10, 30, 30, 0)), image(1, (10, 10, 30, 30, 0))))
    beside = detections((10, 10, 30, 30, 0.9, 0), (20, 10, 40, 30, 0.8, 0))
    nested = detections((10, 10, 30, 30, 0.9, 0), (12, 12, 28, 28, 0.8, 0))

    assert errors_of(truth, [beside, nested], 0.5).tolist() == [1, 0]


def misses(*names: str) -> object:
    """A detector that finds every object but those of the images of these names."""

    def find(samples: Samples) -> Sequence[Detections]:
        none = detections()
        return [
            none if s.file.name in names else Detections(s.xyxy, np.ones(len(s.labels)), s.labels)
            for s in samples.images
        ]

    return find


def test_hard_images_have_their_share_of_each_part_of_the_last_stage(tmp_path: Path) -> None:
    real, rendered = squares(tmp_path / "real", 4), squares(tmp_path / "rendered", 6)
    whole = mixed(real, rendered, "rehearse", (1, 3))

    mix, found = with_hard(whole, misses("001.png", "005.png"), 0.5, 0.4)  # type: ignore[arg-type]
    write_mix(mix, tmp_path / "mix", {})

    assert [(f.name, f.images, f.hard) for f in found] == [("real", 4, 1), ("rendered", 6, 2)]
    first, last = read_mix(tmp_path / "mix").stages
    assert [(p.share, len(p.samples)) for p in first.parts] == [(1.0, 6)]
    assert [len(p.samples) for p in last.parts] == [4, 1, 6, 2]
    assert [p.share for p in last.parts] == pytest.approx([0.15, 0.1, 0.45, 0.3])
    assert np.bincount(owners(last.parts, 20)).tolist() == [3, 2, 9, 6]  # slots of a batch of 20


@pytest.mark.parametrize("names", [(), ("000.png", "001.png", "002.png", "003.png")])
def test_without_a_difference_nothing_changes(tmp_path: Path, names: tuple[str, ...]) -> None:
    whole = mixed(squares(tmp_path / "real", 4), None, "union")

    mix, found = with_hard(whole, misses(*names), 0.5, 0.5)  # type: ignore[arg-type]

    assert mix == whole
    assert found[0].hard == len(names)


def test_shares_out_of_range_and_images_that_are_not_there_yet_are_refused(tmp_path: Path) -> None:
    whole = mixed(squares(tmp_path / "real", 4), None, "union")
    for share in (0.0, 1.0, float("nan")):
        with pytest.raises(BadArgument, match="not between 0 and 1"):
            with_hard(whole, misses(), 0.5, share)  # type: ignore[arg-type]

    class Live(LiveSamples):
        name = "scene"

        def __init__(self) -> None:
            pass

    live = Mix(("a",), (Phase("train", (MixSource(Live(), 1.0),)),))
    with pytest.raises(BadArgument, match="rendered on demand"):
        with_hard(live, misses(), 0.5, 0.5)  # type: ignore[arg-type]


def test_classes_are_known_by_name() -> None:
    found = detections((0, 0, 5, 5, 0.9, 0), (0, 0, 6, 6, 0.8, 1), (0, 0, 7, 7, 0.7, 2))

    own = renumbered(found, np.array([1, -1, 0]))

    assert own.labels.tolist() == [1, 0]
    assert own.scores.tolist() == [0.9, 0.7]


def test_the_command_says_how_many_are_hard_and_trains_on(tmp_path: Path) -> None:
    from detectors.samples import write_coco

    write_coco(squares(tmp_path / "real", 8), tmp_path / "real.json")
    recipe = ("--detector", "light_lite0", "--set", "size=64", "--set", "steps=2", "--set", "batch=2")
    rendersdg("train", tmp_path / "real.json", "-o", tmp_path / "run", *recipe, "--set", "check_every=0")

    text = rendersdg("mix", "--real", tmp_path / "real.json", "--hard", tmp_path / "run", "-o", tmp_path / "mix")

    assert "errs in 8 of 8 images" in text  # it knows nothing yet
    assert read_mix(tmp_path / "mix").stages[0].parts[0].share == 1
    bad = run("mix", "--real", tmp_path / "real.json", "--hard", tmp_path / "none", "-o", tmp_path / "mix2")
    assert bad.returncode == 4 and "none" in bad.stderr and "Traceback" not in bad.stderr
