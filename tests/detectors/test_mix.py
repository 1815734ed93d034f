"""Mixes of real and rendered images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.mix import Phase, chosen, main_class, mixed, read_mix, write_mix
from detectors.samples import Sample
from rendersdg.errors import BadArgument, DatasetError
from tests.detectors.sets import plain, squares


@given(st.integers(0, 5), st.integers(0, 12), st.integers(0, 12))
def test_a_smaller_choice_lies_inside_a_larger_one(seed: int, few: int, more: int) -> None:
    whole = plain(30)
    small, large = (chosen(whole, seed, per_class=n) for n in sorted((few, more)))

    assert {s.file for s in small.images} <= {s.file for s in large.images}
    assert set(large.counts().values()) == {min(max(few, more), 10)}


def test_a_fraction_is_taken_of_each_class_and_the_main_class_is_the_one_with_most_area() -> None:
    whole = plain(30)
    two = Sample(Path("x"), (40, 40), np.array([[0, 0, 5, 5], [0, 0, 30, 30], [1, 1, 6, 6.0]]), np.array([0, 1, 0]))

    assert (
        chosen(whole, 0, fraction=0.25).counts() == {"a": 3, "b": 3, "c": 3} and len(chosen(whole, 0, fraction=0)) == 0
    )
    assert main_class(two) == 1 and main_class(Sample(Path("y"), (4, 4))) == -1


def test_a_mix_is_written_and_read_back(tmp_path: Path) -> None:
    real, rendered = squares(tmp_path / "real", 4), squares(tmp_path / "rendered", 6)
    for schedule in ("union", "balanced", "rehearse", "finetune"):
        mix = mixed(real, rendered, schedule, (1, 3))  # type: ignore[arg-type]
        write_mix(mix, tmp_path / schedule, {"seed": 0})

        back = read_mix(tmp_path / schedule)

        assert [(s.name, [(p.share, len(p.samples)) for p in s.parts]) for s in back.stages] == [
            (s.name, [(p.share, len(p.samples)) for p in s.parts]) for s in mix.stages
        ]
    assert [len(s.parts[0].samples) for s in back.stages] == [6, 4]
    with pytest.raises(DatasetError, match="nothing to learn from"):
        mixed(None, None, "union")
    with pytest.raises(BadArgument, match="both sides must be above 0"):
        mixed(real, rendered, "balanced", (1, 0))


def test_rehearsal_learns_the_rendered_images_first_and_then_both(tmp_path: Path) -> None:
    real, rendered = squares(tmp_path / "real", 4), squares(tmp_path / "rendered", 6)

    first, last = mixed(real, rendered, "rehearse", (1, 3)).stages

    assert (first.name, [(p.share, len(p.samples)) for p in first.parts]) == ("pretrain", [(1.0, 6)])
    assert (last.name, [(p.share, len(p.samples)) for p in last.parts]) == ("finetune", [(0.25, 4), (0.75, 6)])


def test_photographs_to_look_like_go_with_the_rendered_images_alone(tmp_path: Path) -> None:
    real, rendered, like = (squares(tmp_path / name, n) for name, n in (("real", 4), ("rendered", 6), ("like", 3)))
    for schedule in ("union", "balanced", "finetune", "rehearse"):
        mix = mixed(real, rendered, schedule, (1, 3), like=like)  # type: ignore[arg-type]
        write_mix(mix, tmp_path / schedule, {"seed": 0})

        back = read_mix(tmp_path / schedule)

        found = {len(p.samples): p.like and len(p.like) for s in back.stages for p in s.parts}
        assert found == {4: None, 6: 3}
        assert mix.fingerprint() != mixed(real, rendered, schedule, (1, 3)).fingerprint()  # type: ignore[arg-type]
    assert [p.share for p in mixed(real, rendered, "union", like=like).stages[0].parts] == [0.4, 0.6]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("name", "../elsewhere", "upwards"),
        ("name", "/elsewhere", "absolute"),
        ("name", "a/b", "it is a path"),
        ("name", "a\\b", "backslash"),
        ("name", 5, "an? int"),
        ("list", "../real/list.json", "upwards"),
        ("list", "linked.json", "symbolic link"),
        ("share", float("nan"), "NaN"),
        ("share", -1, "share -1"),
    ],
)
def test_a_mix_of_others_names_nothing_outside_of_its_folder(
    key: str, value: object, said: str, tmp_path: Path
) -> None:
    write_mix(mixed(squares(tmp_path / "real", 4), None, "union"), tmp_path / "mix", {})
    (tmp_path / "secret.json").write_text((tmp_path / "mix" / "train.json").read_text())
    (tmp_path / "mix" / "linked.json").symlink_to("../secret.json")
    text = json.loads((tmp_path / "mix" / "mix.json").read_text())
    stage = text["stages"][0]
    (stage if key == "name" else stage["parts"][0])[key] = value
    (tmp_path / "mix" / "mix.json").write_text(json.dumps(text))

    with pytest.raises(DatasetError, match=said):
        read_mix(tmp_path / "mix")


def test_a_stage_is_called_by_a_name_that_a_folder_can_have() -> None:
    with pytest.raises(DatasetError, match="the stage"):
        Phase("../elsewhere", ())
