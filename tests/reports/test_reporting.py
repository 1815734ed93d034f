"""The report as a whole: what was planted is found, and what was not is left in peace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import rendersdg
from rendersdg.errors import BadArgument
from rendersdg.reports.features import FeatureDistance
from rendersdg.reports.reporting import Report, _of_features
from tests import commands
from tests.reports.planted import CLASSES, HOLE, Planted, planted, rendered
from tests.reports.sets import coco, facts

FRAMES = 300
HARMLESS = 0.02  # share of the images that may be named without reason


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rendered(tmp_path_factory.mktemp("planted"), FRAMES)


def found(report: Report, kind: str) -> tuple[str, ...]:
    return next((f.items for f in report.findings if f.kind == kind), ())


def names(items: tuple[str, ...]) -> set[str]:
    """Return the file names in what a finding lists."""
    words = " ".join(items).replace(":", " ").split()
    return {word.rsplit("/", 1)[-1] for word in words if word.endswith(".png")}


def falsely_named(report: Report, truth: Planted) -> set[str]:
    sources = names(found(report, "duplicates"))  # a copy is named with what it is a copy of
    said = [names(f.items) - (sources if f.kind == "duplicates" else set()) for f in report.findings]
    return set().union(*said) - truth.named


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["coco", "yolo"])
def test_every_planted_fault_is_found_and_hardly_anything_else(dataset: Path, layout: str) -> None:
    truth = planted(dataset, layout)

    report = rendersdg.report(truth.spec)

    for kind in ("off_image", "empty_files"):
        assert names(found(report, kind)) == truth.plants[kind]
    copies = [set(item.split(" = ")) for item in found(report, "duplicates")]
    assert all(
        any(f"{name}" in {n.rsplit("/", 1)[-1] for n in c} for c in copies) for name in truth.plants["duplicates"]
    )
    assert sum(len(c) - 1 for c in copies) == len(truth.plants["duplicates"])
    assert truth.plants["wrong_sizes"] <= names(found(report, "wrong_sizes" if layout == "coco" else "odd_sizes"))
    assert found(report, "class_never_seen") == (CLASSES[3],)
    (hole,) = found(report, "hole")
    low, high = (float(word) for word in hole.rsplit(": ", 1)[1].split(" to "))
    assert hole.startswith("move/modify.pose(Cube)/position[0]:")
    assert HOLE[0] - 0.05 < low <= HOLE[0] and HOLE[1] <= high < HOLE[1] + 0.05
    assert len(falsely_named(report, truth)) <= HARMLESS * truth.images
    assert report.images == truth.images - len(truth.plants["empty_files"])


@pytest.mark.slow
def test_a_set_without_a_plant_is_not_accused(dataset: Path) -> None:
    truth = planted(dataset, "coco")
    tree = json.loads(Path(truth.spec).read_text())
    tree["images"] = [i for i in tree["images"] if i["file_name"] not in truth.named]
    ids = {i["id"] for i in tree["images"]}
    tree["annotations"] = [a for a in tree["annotations"] if a["image_id"] in ids]
    tree["categories"] = tree["categories"][:3]
    Path(truth.spec).with_name("clean.json").write_text(json.dumps(tree))

    report = rendersdg.report(Path(truth.spec).with_name("clean.json"))

    assert not report.has_faults
    assert [f.kind for f in report.findings] == ["hole"]


def test_a_real_set_is_compared_and_its_own_faults_are_counted(tmp_path: Path) -> None:
    own = coco(tmp_path / "own", [[[2, 2, 20, 20]]] * 12, classes=("bolt",), level=170)
    real = coco(tmp_path / "real", [[[2, 2, 20, 20]]] * 12, labels=[[1]] * 12, classes=("bolt", "nut"), level=110)
    (tmp_path / "real" / "003.png").write_bytes(b"")

    report = rendersdg.report(own, real=real)

    kinds = {f.kind: f for f in report.findings}
    assert kinds["class_missing"].items == ("nut",) and kinds["real_faults"].count == 1
    assert "level" in kinds["distance"].title and kinds["distance"].severity == "warning"
    assert "Distance to the real set" in report.html()


def test_shares_by_class_have_the_classes_of_both_sets_and_those_that_only_the_real_one_has_are_named(
    tmp_path: Path,
) -> None:
    own = coco(tmp_path / "own", [[[2, 2, 20, 20]]] * 4, labels=[[0]] * 4, classes=("bolt", "listed"))
    real = coco(
        tmp_path / "real",
        [[[2, 2, 20, 20]]] * 4,
        labels=[[1], [1], [1], [2]],
        classes=("never", "nut", "<b>"),
    )

    report = rendersdg.report(own, real=real)

    chart = next(c for s in report.sections for c in s.charts if c.title == "Share of objects by class")
    assert chart.rows == (
        ("bolt", "100.00", "0.00"),
        ("nut", "0.00", "75.00"),
        ("<b>", "0.00", "25.00"),
        ("listed", "0.00", "0.00"),
    )
    assert [(r["name"], r.get("other", 0)) for r in chart.spec["rows"]][:2] == [("bolt", 0), ("nut", 75)]
    (missing,) = (f for f in report.findings if f.kind == "class_missing")
    assert missing.title == "2 classes of the real set are not in this one: nut, <b>"


def test_a_set_without_objects_shows_the_classes_of_the_real_one(tmp_path: Path) -> None:
    own = coco(tmp_path / "own", [[]] * 4, classes=())
    real = coco(tmp_path / "real", [[[2, 2, 20, 20]]] * 4, classes=("nut",))

    charts = rendersdg.report(own, real=real).sections[0].charts

    assert [c.rows for c in charts] == [(("nut", "0.00", "100.00"),)]


def test_a_set_beside_itself_is_said_to_differ_in_nothing(tmp_path: Path) -> None:
    own = coco(tmp_path, [[[2, 2, 20, 20]]] * 12, classes=("bolt",))

    report = rendersdg.report(own, real=own)

    (told,) = (f for f in report.findings if f.kind == "distance")
    assert (told.severity, told.title) == ("note", "By its statistics nothing differs from the real set")
    assert "Nothing differs." in report.sections[-1].text


@pytest.mark.parametrize(
    ("distance", "chance", "severity"),
    [(0.2, 0.1, "warning"), (0.1, 0.2, "note"), (4e-5, 1e-5, "note"), (-3e-5, -4e-5, "note")],
)
def test_features_warn_only_beyond_chance_and_rounding(
    tmp_path: Path, distance: float, chance: float, severity: str
) -> None:
    known = facts(tmp_path, [[]] * 4)
    images = known.samples.images
    seen = FeatureDistance("run", "layer", 8, distance, chance, ((3, 4e4),), (images[:1], images[1:2]), (4, 4))

    told = _of_features(known, known, seen)

    assert told.severity == severity and "0.0000" not in told.title
    assert ("more than 100 deviations" in told.detail) == (severity == "warning")


@pytest.mark.parametrize(
    ("broken", "real_broken", "options", "code"),
    [(2, 0, [], 0), (2, 0, ["--strict"], 4), (3, 0, [], 4), (0, 3, [], 4), (0, 2, ["--strict"], 0)],
)
def test_the_exit_code_is_0_for_findings_and_4_without_a_single_readable_image(
    tmp_path: Path, broken: int, real_broken: int, options: list[str], code: int
) -> None:
    sets = [coco(tmp_path / name, [[[2, 2, 20, 20]]] * 3) for name in ("own", "real")]
    for data, count in zip(sets, (broken, real_broken)):
        for number in range(count):
            (data.parent / f"{number:03d}.png").write_bytes(b"")

    done = commands.run("report", sets[0], "--real", sets[1], "-o", tmp_path / "page.html", "-q", *options)

    assert done.returncode == code, done.stderr
    assert (tmp_path / "page.html").exists() == (3 not in (broken, real_broken))
    assert done.stderr == "" or "can be read" in done.stderr


def test_features_need_a_real_set_and_files_a_known_suffix(tmp_path: Path) -> None:
    data = coco(tmp_path, [[]])

    with pytest.raises(BadArgument, match="give real, too"):
        rendersdg.report(data, features="run")
    with pytest.raises(BadArgument, match="neither"):
        rendersdg.report(data).write(tmp_path / "report.pdf")


def test_the_page_says_how_many_real_images_were_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, real = (coco(tmp_path / name, [[[2, 2, 20, 20]]] * 6, classes=("bolt",)) for name in ("own", "real"))

    whole = rendersdg.report(own, real=real)
    monkeypatch.setattr("rendersdg.reports.reporting._MOST_REAL", 4)
    part = rendersdg.report(own, real=real)

    assert f"Beside the real set {real}: 6 images." in whole.html()
    assert f"Beside the real set {real}: 4 of its 6 images, evenly spaced." in part.html()
    assert part.as_json()["real_images"] == {"looked_at": 4, "all": 6}
