"""Errors say where and what instead; the report says each thing once."""

from __future__ import annotations

import pytest

from rendersdg.errors import AssetError, BadArgument, BadScene, NotSupported, Report, did_you_mean, of_first_frames


def test_the_place_nearest_to_the_cause_stays() -> None:
    error = BadArgument("scale=0").at(None).at("scene.yaml:7").at("scene.yaml:1")

    assert str(error) == "scene.yaml:7: scale=0" and error.exit_code == 2


def test_a_name_that_is_near_is_offered_else_what_there_is() -> None:
    assert did_you_mean("creat.cube", ["create.cube", "create.cone"]) == "; did you mean 'create.cube'?"
    assert did_you_mean("x", ["b", "a"]) == "; known: a, b"
    assert did_you_mean("?", map(str, range(20))).endswith(", ...")


def test_each_thing_is_reported_once() -> None:
    report = Report()
    for text in ("second", "first", "second"):
        report.ignored("/World/box", text)
        report.substitution("apple.usd", "rendersdg:fruit/apple")
    other = Report()
    other.take(report.as_json())
    other.take(report.as_json())

    assert [e["text"] for e in report.as_json()] == ["first", "second", "rendersdg:fruit/apple"]
    assert other.as_json() == report.as_json()


def test_of_what_is_told_of_frames_the_first_frame_stays() -> None:
    reports = [Report(), Report(), Report()]
    for frames, report in zip(((7, 9), (3,), ()), reports):
        for frame in frames:
            report.note("picture", f"frame {frame} is black", frame)
        report.note("scene", "is green")
    told = [entry for report in reports for entry in report.as_json()]
    whole = Report()
    whole.take(told)
    first = {"kind": "note", "subject": "picture", "text": "frame 3 is black", "frame": "3"}

    assert [e for e in whole.as_json() if "frame" in e] == [first]
    assert [e for e in of_first_frames(told) if "frame" in e] == [first]
    assert len([e for e in of_first_frames(told) if "frame" not in e]) == 3


def test_a_strict_report_refuses_what_changes_the_picture() -> None:
    report = Report(strict=True)
    report.note("/World/box", "is green")

    with pytest.raises(AssetError, match="--strict"):
        report.substitution("apple.usd", "rendersdg:fruit/apple")
    with pytest.raises(NotSupported, match="/World/box"):
        report.ignored("/World/box", "glows")
    assert len(report.as_json()) == 1


def test_a_message_that_repeats_a_value_without_end_is_cut_in_its_middle() -> None:
    error = BadScene(f"x={'y' * 100_000} is not a number; give one")

    assert str(error).startswith("x=yyy") and str(error).endswith("is not a number; give one")
    assert len(str(error)) < 1000
