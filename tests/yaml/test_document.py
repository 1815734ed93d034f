"""Values, lines and limits of YAML files; profiles and inheritance merge key by key."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg import yaml_values
from rendersdg.errors import BadScene
from rendersdg.farm.job import Job, opened
from rendersdg.yaml.document import load, parse


def test_profiles_and_inheritance_merge_key_by_key(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        "cam_common: {create.camera: {focal_length: 35, clipping_range: [0.05, 500], position: [2, 2, 2]}}\n"
    )
    path = tmp_path / "child.yaml"
    path.write_text(
        "profiles: [base.yaml]\nlow:\n  inherit: cam_common\n  create.camera: {position: [2, 2, 0.5]}\n"
        "rp: {create.render_product: {camera: low, resolution: [32, 24]}}\n"
    )
    with opened(Job(str(path), backend="null")) as (session, sources):
        camera = session.snapshot(0).products[0].camera

    assert camera.authored["cameraFocalLength"] == 35 and camera.authored["cameraNearFar"] == pytest.approx([0.05, 500])
    assert np.allclose(camera.world_from_camera[:3, 3] * 100, [2, 2, 0.5])
    assert list(sources) == ["base.yaml", "child.yaml"]


def laughs(first: str, line: str) -> str:
    """Fifteen groups, each of which says the one before it twice or more."""
    return f"a0: &a0 {first}\n" + "".join(f"a{k}: &a{k} {line.replace('@', f'*a{k - 1}')}\n" for k in range(1, 40))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nx: !!bool zz\n", 2, "'zz' is not true or false"),
        ("a: 1\nx: !!int zz\n", 2, "'zz' is not a whole number"),
        ("a: 1\nx: !!float [\n]\n", 2, "the tag !!float"),
        ("a: 1\nx: 2001-99-99\n", 2, "'2001-99-99' is not a date; put it in quotes"),
        ("a: 1\n!!int zz: 1\n", 2, "'zz' is not a whole number"),
        (f"a: 1\nx: {'9' * 6000}\n", 2, "more than 64 bits"),
        (f"a: 1\nx: {2**64}\n", 2, "more than 64 bits"),
        ("a: 1\nx: !!binary aGk=\n", 2, "the tag !!binary"),
        ("a: 1\nx: !!set {b, c}\n", 2, "the tag !!set"),
        (f"a: 1\nx: {'[' * 5000}{']' * 5000}\n", 2, "more than 100 deep"),
        (f"a: 1\nx: {'{a: ' * 5000}1{'}' * 5000}\n", 2, "more than 100 deep"),
        ("a: 1\nb: [1, \0]\n", 2, "the character #x0000 is not allowed"),
        ("a: &a [*a]\n", 1, "without end"),
        ("a: 1\nb: {<<: 7}\n", 2, "<<: takes a mapping"),
        (laughs('["x", "x"]', "[@, @, @]"), 10, "aliases repeat more than 100000 values"),
        (laughs("{k: 1}", "{x: @, y: @}"), 15, "aliases repeat more than 100000 values"),
        (laughs("{k: 1}", "{<<: [@, @]}"), 15, "aliases repeat more than 100000 values"),
    ],
)
def test_what_a_scene_cannot_hold_is_told_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(BadScene) as error:
        parse(text, "scene.yaml")

    assert error.value.where == f"scene.yaml:{line}" and said in error.value.message
    assert "\n" not in str(error.value) and len(str(error.value)) < 200


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        ("a: 1\n".encode("utf-16"), 1, "UTF-16"),
        (b"a: 1\nb: \xff\n", 2, "byte 0xff is not UTF-8"),
    ],
)
def test_a_file_in_another_encoding_is_told_so(tmp_path: Path, data: bytes, line: int, said: str) -> None:
    (tmp_path / "scene.yaml").write_bytes(data)

    with pytest.raises(BadScene, match=said) as error:
        load(tmp_path / "scene.yaml")
    assert error.value.where == f"{tmp_path / 'scene.yaml'}:{line}"


def test_what_a_mapping_says_itself_goes_before_what_it_merges() -> None:
    document = parse("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 5}\nd: {x: 6, <<: *a}\n", "s.yaml")

    assert document["c"] == {"x": 5, "y": 2, "z": 4} and document["d"] == {"x": 6, "y": 2}


def test_an_alias_repeats_a_value_and_a_date_is_text() -> None:
    document = parse("a: &a [1, {b: 2.5}]\nc: [*a, *a]\nd: 2001-02-03\n", "s.yaml")

    assert document["c"] == [[1, {"b": 2.5}]] * 2 and document["d"] == "2001-02-03"


def test_a_profile_that_is_missing_or_in_a_circle_is_told_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("u: 1\nprofiles: [a.yaml]\n")
    (tmp_path / "b.yaml").write_text("u: 1\n\nprofiles: [c.yaml]\n")

    for name, said in (("a.yaml:2", "in a circle"), ("b.yaml:3", "there is no scene file")):
        with pytest.raises(BadScene, match=said) as error, opened(Job(str(tmp_path / name.split(":")[0]))):
            pass
        assert error.value.where == str(tmp_path / name)


_ROOT = Path(__file__).resolve().parents[2]
_SCENES = sorted((_ROOT / "scenes").rglob("*.yaml"))
_PIECES = (
    *"{}[],:#&*!|>'\"%@`?-~<>=. \t\n\r\\\x85\xa0\u2028\ufeff\x07é😀",
    *(
        "\n  ",
        "\n- ",
        "? ",
        ": ",
        "key: value\n",
        "a: ",
        "&a ",
        "*a",
        "<<: *a",
        "!!str ",
        "!x ",
        "|\n  x\n",
        ">-\n  x\n",
    ),
    *(
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "# c\n",
        "1.5",
        "0x1f",
        "null",
        "'it''s'",
        '"a\\n\\x41"',
        "{a: 1, b: [2]}",
        "[a:b]",
    ),
)


def read_by_both(text: str) -> tuple[object, object]:
    """Return what is read of a text with libyaml and without, each with all lines, or the error and its line."""

    def told(value: object) -> object:
        if isinstance(value, yaml_values.Block):
            return {key: (told(item), value.lines[key]) for key, item in value.items()}, value.line
        return [told(item) for item in value] if isinstance(value, list) else (type(value), value)

    def outcome() -> object:
        try:
            return told(yaml_values.parse_yaml(text, "s.yaml"))
        except BadScene as error:
            return error.where, error.message

    assert yaml_values._FastLoader is not None, "this PyYAML has no libyaml"
    by_libyaml = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_values, "_FastLoader", None)
        return by_libyaml, outcome()


@pytest.mark.parametrize(
    "text", ["~\t", "!", "?", "|#", "a: [b?]", "a: {<<: }\n", "x: !!int\n", "- - ,", "é: \x85b\n", "a: |2\n"]
)
def test_libyaml_and_pyyaml_give_the_same_where_they_disagree(text: str) -> None:
    by_libyaml, by_pyyaml = read_by_both(text)

    assert repr(by_libyaml) == repr(by_pyyaml)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
def test_libyaml_and_pyyaml_give_the_same_values_lines_and_errors(text: str) -> None:
    by_libyaml, by_pyyaml = read_by_both(text)

    assert repr(by_libyaml) == repr(by_pyyaml)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(_SCENES), st.integers(0, 10**6), st.integers(0, 4), st.sampled_from(_PIECES))
def test_a_scene_with_a_slip_is_told_the_same_with_libyaml_and_without(
    scene: Path, at: int, cut: int, put: str
) -> None:
    text = scene.read_text()
    lines = text.split("\n")
    first = at % len(lines)
    text = "\n".join(lines[first : first + 8])
    place = at % (len(text) + 1)

    by_libyaml, by_pyyaml = read_by_both(text[:place] + put + text[place + cut :])

    assert repr(by_libyaml) == repr(by_pyyaml)


def test_every_scene_is_read_by_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_values, "_Loader", None)

    assert len(_SCENES) > 10 and all(load(scene) for scene in _SCENES)
