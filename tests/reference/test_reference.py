"""The reference tells the truth: every argument is told of, defaults are those of the code, examples record."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from pxr import Sdf, Usd, UsdSkel

from rendersdg import reference
from rendersdg.errors import BadArgument, RenderSDGError
from rendersdg.reference.facts import Argument, function_entry, writer_entry
from rendersdg.reference.texts import TEXTS
from rendersdg.reference.topics import MODULES, TOPICS
from rendersdg.scene import FUNCTIONS
from tests.conftest import Opener
from writers import WRITERS

OWN = [*FUNCTIONS.own, "writers.attach"]
NEEDED = {  # what a writer must be given
    "YoloWriter": {"classes": ["a"]},
    "AnnotatorWriter": {"annotators": ["rgb"]},
    "YCBVideoWriter": {"rgb": True, "class_name_to_index_map": {"a": 1}},
}
REFUSED = {"s3_bucket", "s3_region", "s3_endpoint"}


def without_library(name: str) -> None:
    """Skip the test of a writer whose library is not installed."""
    if name in WRITERS.own:
        for library in WRITERS[name].libraries:
            pytest.importorskip(library)


def key_of(function: str, argument: str) -> str | None:
    """Return the row of the table that tells of an argument, by the rule that its docstring states."""
    keys = (f"{function}.{argument}", f"{function.partition('.')[0]}.{argument}", argument)
    return next((key for key in keys if key in TEXTS), None)


def test_every_argument_is_told_of_and_no_row_is_for_none() -> None:
    used = {key_of(name, a.name): f"{name}.{a.name}" for name in OWN for a in function_entry(name).arguments}

    assert used.get(None) is None
    assert set(TEXTS) - set(used) == set()
    assert all(text.endswith(".") for _, text in TEXTS.values())


def test_every_parameter_of_every_writer_is_told_of() -> None:
    silent = [f"{name}.{p.name}" for name in WRITERS.own for p in writer_entry(name).arguments if not p.text]

    assert silent == []


@pytest.mark.parametrize("name", WRITERS.own)
def test_a_writer_told_its_defaults_is_the_same_as_one_told_nothing(name: str) -> None:
    without_library(name)
    needed = NEEDED.get(name, {})
    plain = vars(WRITERS[name](**needed))

    for parameter in writer_entry(name).arguments:
        if parameter.name not in needed and not parameter.is_needed and parameter.default is not None:
            assert str(vars(WRITERS[name](**needed, **{parameter.name: parameter.default}))) == str(plain), parameter


WITH_WORD: dict[str, dict[str, object]] = {"pose": {"keypoints": ["tip"]}}  # what a word needs beside it


@pytest.mark.parametrize("name", WRITERS.own)
def test_a_writer_takes_the_words_that_are_told_and_refuses_others(name: str) -> None:
    without_library(name)
    needed = NEEDED.get(name, {})

    for parameter in writer_entry(name).arguments:
        for word in parameter.words:
            WRITERS[name](**needed, **{parameter.name: word}, **WITH_WORD.get(word, {}))
        if parameter.words and parameter.name != "image_output_format":  # looked at when a picture is written
            with pytest.raises(BadArgument, match=parameter.name):
                WRITERS[name](**needed, **{parameter.name: "nonsense"})


WORDS = {
    ("create.light", "light_type"): "x: {create.light: {light_type: WORD}}",
    ("create.camera", "projection_type"): "x: {create.camera: {projection_type: WORD}}",
    ("create.omni_lidar", "scan_type"): "x: {create.omni_lidar: {scan_type: WORD}}",
    ("settings.set_stage_up_axis", "up_axis"): "x: {settings.set_stage_up_axis: {up_axis: WORD}}",
    ("settings.render_quality", "quality"): "x: {settings.render_quality: {quality: WORD}}",
    ("settings.defect_labels", "below"): "x: {settings.defect_labels: {below: WORD}}",
    ("modify.semantics", "mode"): "x: {create.cube: {}}\ny: {with.x: {modify.semantics: {mode: WORD}}}",
    ("modify.pose", "rotation_order"): "x: {create.cube: {}}\n"
    "y: {with.x: {modify.pose: {scale: 1, rotation_order: WORD}}}",
    ("modify.timeline", "modify_type"): "x: {modify.timeline: {value: 1, modify_type: WORD}}",
    ("randomizer.scatter_2d", "origin"): "x: {create.cube: {}}\n"
    "y: {with.x: {randomizer.scatter_2d: {surface_prims: x, origin: WORD}}}",
    ("randomizer.instantiate", "mode"): "x: {randomizer.instantiate: {paths: ['rendersdg:fruit/apple'], size: 1, "
    "mode: WORD}}",
    **{
        ("defects.dent", argument): f"x: {{create.cube: {{}}}}\ny: {{with.x: {{defects.dent: {{{argument}: WORD}}}}}}"
        for argument in ("where", "feature", "labels", "mask")
    },
    ("defects.missing_part", "mask"): "x: {create.cube: {}}\ny: {with.x: {defects.missing_part: {mask: WORD}}}",
}


@pytest.mark.parametrize(("place", "text"), WORDS.items(), ids=lambda v: ".".join(v) if isinstance(v, tuple) else "")
def test_a_function_takes_the_words_that_are_told_and_refuses_others(
    place: tuple[str, str], text: str, open_scene: Opener
) -> None:
    words = next(a.words for a in function_entry(place[0]).arguments if a.name == place[1])

    for word in words:
        open_scene(with_view(text.replace("WORD", f'"{word}"')), bare=True)
    with pytest.raises(BadArgument, match=re.escape(place[1])):
        open_scene(with_view(text.replace("WORD", "nonsense")), bare=True)


def test_all_arguments_with_closed_words_are_in_that_test() -> None:
    def closed(a: Argument) -> bool:
        return bool(a.words) and not a.is_open

    told = {(n, a.name) for n in OWN for a in function_entry(n).arguments if closed(a)}
    same = {("defects.", a) for a in ("where", "feature", "labels", "mask")}  # of every kind

    rest = {(n, a) for n, a in told - set(WORDS) if (n[:8], a) not in same}
    # checked when the frame is made, by a table, and by another name's check
    assert rest == {
        ("inspection.sensor", "tone"),
        ("writers.get", "name"),
        ("create.from_usd", "up_axis"),
        ("create.from_dir", "up_axis"),
    }


VIEW = (
    "eye_: {create.camera: {position: [5, 0, 0]}}\nview_: {create.render_product: {camera: eye_, resolution: [8, 8]}}\n"
)


def with_view(text: str) -> str:
    """Return a scene that can be opened: with something that is rendered."""
    return text if "create.render_product" in text else f"{text}\n{VIEW}"


def _material(folder: Path) -> None:
    """Make the files that the examples name."""
    (folder / "parts").mkdir()
    (folder / "parts" / "a.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    stage = Usd.Stage.CreateNew(str(folder / "person.usd"))
    root = UsdSkel.Root.Define(stage, "/Person")
    UsdSkel.Skeleton.Define(stage, "/Person/Bones")
    UsdSkel.Animation.Define(stage, "/Person/Walk")
    stage.SetDefaultPrim(root.GetPrim())
    stage.GetPrimAtPath("/Person").CreateAttribute("note", Sdf.ValueTypeNames.String).Set("a person")
    stage.Save()


EXAMPLES = [n for kind in ("functions", "writers", "annotators") for n in reference.names()[kind]]


@pytest.mark.parametrize("name", [n for n in EXAMPLES if not n.startswith(("get.", "defects.", "surfaces."))])
def test_examples_record(name: str, open_scene: Opener, tmp_path: Path) -> None:
    without_library(name)
    _material(tmp_path)
    example = reference.entry(name).example
    assert name in example or "coco.attach" in example

    if not example.startswith("# for scripts"):
        open_scene(with_view(example), bare=True, folder=tmp_path)


@pytest.mark.parametrize("module", ["get", "defects", "surfaces"])
def test_examples_of_kinds_that_are_made_alike_record(module: str, open_scene: Opener) -> None:
    for name in [n for n in OWN if n.startswith(f"{module}.")]:
        open_scene(with_view(reference.entry(name).example), bare=True)


def test_a_light_is_told_of_as_it_is() -> None:
    light = {a.name: a for a in reference.entry("rep.create.light").arguments}

    assert light["intensity"].unit == "nits; lux for distant lights"
    assert (light["intensity"].takes, light["intensity"].default) == ("a number, or a distribution; 0 or more", 1000.0)
    assert light["light_type"].takes == "one of cylinder, disk, distant, dome, rect, sphere"
    assert reference.default_text(light["color"]) == "[1.0, 1.0, 1.0]"
    assert {a.name for a in reference.entry("writers.get").arguments if a.is_needed} == {"name"}
    assert {a.name: a.default for a in reference.entry("defects.scratch").arguments}["length"] == 20.0


@pytest.mark.parametrize("name", [n for group in reference.names().values() for n in group])
def test_there_is_a_page_and_a_text_of_everything(name: str) -> None:
    page, text = reference.page(name), reference.text(name, width=80)

    assert page.startswith("# ") and page.count("```") % 2 == 0
    if name not in TOPICS and name not in MODULES:
        arguments = reference.entry(name).arguments
        assert all(f"\n| `{a.name}` | " in page and f"\n  {a.name}" in text for a in arguments)
        block = re.search(r"```yaml\n(.*?)```", page, re.S)
        assert block is None or yaml.safe_load(block[1]) or "for scripts" in block[1]


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("create.ligth", "create.light"),
        ("light", "'create.light' or 'get.light'"),
        ("yolowriter", "YoloWriter"),
        ("unit", "units"),
        ("xyzzy", "rendersdg help lists"),
    ],
)
def test_an_unknown_name_gets_the_nearest(wrong: str, near: str) -> None:
    for tell in (reference.page, reference.text):
        with pytest.raises(RenderSDGError, match=re.escape(near)):
            tell(wrong)


def test_a_page_shows_what_would_be_html_or_emphasis() -> None:
    listed, own = reference.page("writers"), reference.page("MvtecWriter")

    assert r"ground_truth/\<defect>/000_mask.png" in listed and r"test/\<defect>" in own
    assert "`<product>/<annotator>_<n>`" in listed  # as it is between backticks
    for name in (n for group in reference.names().values() for n in group):
        code = False
        for line in reference.page(name).splitlines():
            code ^= line.startswith("```")
            words = "".join(line.split("`")[::2])
            assert code or not re.search(r"(?<!\\)[<*]", words), f"{name}: {line}"
