"""A labelled set in a running viewer: its answers, and what is not served."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import numpy as np
import pytest

from rendersdg.errors import BadArgument, DatasetError
from tests.viewer.running import Viewer, viewing
from tests.viewer.sets import HOSTILE, coco_set

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytestmark = pytest.mark.extra


def source(place: Path, **more: Any) -> Any:
    from rendersdg.viewer.sources import Asked, source_of

    return source_of(Asked(place=str(place), **more))


def told(viewer: Viewer, path: str) -> Any:
    answer = viewer.ask(path)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def image(data: bytes) -> Any:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def until(viewer: Viewer, wanted: Callable[[Any], bool]) -> Any:
    """Return what the set says once it says what is wanted."""
    for _ in range(600):
        if wanted(about := told(viewer, "/api/set")):
            return about
        time.sleep(0.1)
    raise AssertionError(about)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return coco_set(tmp_path_factory.mktemp("set"))


@pytest.fixture(scope="module")
def viewer(folder: Path) -> Iterator[Viewer]:
    with viewing(source(folder)) as running:
        yield running


@pytest.fixture(scope="module")
def rendered(whole_dataset: Path) -> Iterator[Viewer]:
    with viewing(source(whole_dataset)) as running:
        until(running, lambda about: about["scene"]["state"] == "ready")
        yield running


def test_the_set_is_described(viewer: Viewer) -> None:
    about = told(viewer, "/api/set")

    assert (about["images"], about["objects"]) == (3, 4)
    assert [(c["name"], c["count"]) for c in about["classes"]] == [("scratch", 3), (HOSTILE, 1)]
    assert about["scene"]["state"] == "none" and about["annotators"] == []


def test_lists_come_in_parts_and_count_what_matches(viewer: Viewer) -> None:
    some = told(viewer, "/api/frames?where=class%20%3D%20scratch%20and%20width%20%3E%209&start=1&count=1")

    assert (some["images"], some["objects"]) == (2, 2)
    assert [(item["name"], item["hits"]) for item in some["items"]] == [("b.png", [0])]


def test_lists_are_sorted_by_a_field(viewer: Viewer) -> None:
    widest = told(viewer, "/api/frames?sort=width&descends=1")
    narrow = told(viewer, "/api/frames?sort=width")

    assert [item["name"] for item in widest["items"]] == ["b.png", "a.png", "c.png"]
    assert [item["name"] for item in narrow["items"]] == ["a.png", "b.png", "c.png"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("where=lenght%20%3C%203", "no field 'lenght'"),
        ("where=width%20%3C", "ends where"),
        ("sort=nothing", "to sort by"),
        ("start=-1", "not a whole number"),
        ("count=1e9", "not a whole number"),
    ],
)
def test_a_wrong_question_is_told(viewer: Viewer, query: str, words: str) -> None:
    answer = viewer.ask(f"/api/frames?{query}")

    assert answer.status == 400
    assert words in json.loads(answer.body)["error"]


def test_an_image_comes_with_its_objects_and_neighbours(viewer: Viewer) -> None:
    one = told(viewer, "/api/frame/1?where=class%20%3D%20scratch")
    elsewhere = told(viewer, "/api/frame/2?where=class%20%3D%20scratch")

    assert one["objects"][0]["box"] == [10, 10, 40, 14]
    assert one["objects"][0]["truncation"] == 0.5
    assert one["beside"] == {"rank": 1, "of": 2, "before": 0, "after": None, "hits": [0]}
    assert one["replay"] is None and one["layers"] == []
    assert elsewhere["beside"] == {"rank": None, "of": 2, "before": None, "after": 0, "hits": []}


def test_pictures_are_addressed_by_their_place(viewer: Viewer, folder: Path) -> None:
    whole, small = viewer.ask("/api/a/image/1"), viewer.ask("/api/a/thumb/1?size=160")

    assert whole.body == (folder / "images" / "b.png").read_bytes()
    assert whole.headers["content-type"] == "image/png" and whole.headers["cache-control"] == "no-store"
    assert image(small.body).shape == (48, 64, 3) and small.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(
    "path",
    [
        "/api/a/image/3",
        "/api/a/image/99999999999999999999",
        "/api/b/image/0",
        "/api/a/layer/0/..%2f..%2fannotations%2finstances.json",
        "/api/a/layer/0/instances.json",
        "/api/a/layer/0/%2e%2e",
        "/api/a/live/0/rgb",
        "/api/a/cloud/0",
        "/api/space/0",
    ],
)
def test_what_a_set_does_not_have_is_told(viewer: Viewer, path: str) -> None:
    answer = viewer.ask(path)

    assert answer.status in (400, 404)
    assert b"images" not in answer.body[:0] and b'"file_name"' not in answer.body


@pytest.mark.parametrize(
    "path",
    [
        "/api/a/image/..%2f..%2f..%2fetc%2fpasswd",
        "/api/a/image/%2fetc%2fpasswd",
        "/api/a/image/-1",
        "/api/a/image/0%00",
        "/api/a/image/0/../../../annotations/instances.json",
        "/images/a.png",
        "/annotations/instances.json",
        "/api/a/image/a.png",
    ],
)
def test_paths_address_nothing(viewer: Viewer, path: str) -> None:
    answer = viewer.ask(path)

    assert answer.status in (400, 404)
    assert not answer.body.startswith(b"\x89PNG")


def test_pictures_outside_of_the_folder_are_not_served(tmp_path: Path) -> None:
    folder = coco_set(tmp_path / "set")
    secret = tmp_path / "secret.png"
    cv2.imwrite(str(secret), np.full((48, 64, 3), 7, np.uint8))
    (folder / "images" / "a.png").unlink()
    (folder / "images" / "a.png").symlink_to(secret)
    file = folder / "annotations" / "instances.json"
    file.write_text(file.read_text().replace('"b.png"', json.dumps(str(secret))))

    with viewing(source(folder)) as viewer:
        for place in (0, 1):
            for kind in ("image", "thumb"):
                answer = viewer.ask(f"/api/a/{kind}/{place}")
                assert answer.status == 400 and b"outside" in answer.body
        assert viewer.ask("/api/a/image/2").status == 200


def test_a_broken_picture_is_told_and_the_others_are_shown(tmp_path: Path) -> None:
    folder = coco_set(tmp_path)
    file = folder / "images" / "b.png"
    file.write_bytes(file.read_bytes()[:60])

    with viewing(source(folder)) as viewer:
        assert viewer.ask("/api/a/thumb/1").status == 400
        assert b"b.png is not a readable image" in viewer.ask("/api/a/thumb/1").body
        assert viewer.ask("/api/a/thumb/2").status == 200


def test_objects_of_a_rendered_set_have_the_values_that_were_drawn(rendered: Viewer) -> None:
    about, one = told(rendered, "/api/set"), told(rendered, "/api/frame/4")

    fields = [field["name"] for field in about["fields"]]
    assert any("colors" in name for name in fields)
    box = next(o for o in one["objects"] if o["class"] == "box")
    assert any("colors" in name for name in box["values"])
    assert one["replay"].endswith("--frame 4 -o again") and one["replay"].startswith("rendersdg replay ")


def test_a_filter_asks_drawn_values(rendered: Viewer) -> None:
    name = next(f["name"] for f in told(rendered, "/api/set")["fields"] if f["name"].endswith("colors[0]"))
    some = told(rendered, f"/api/frames?where=%60{name}%60%20%3E%200.5%20and%20class%20%3D%20box")

    for item in some["items"]:
        objects = told(rendered, f"/api/frame/{item['place']}")["objects"]
        over = [k for k, o in enumerate(objects) if o["class"] == "box" and o["values"].get(name, -1) > 0.5]
        assert item["hits"] == over


@pytest.mark.parametrize(
    "query",
    ["where=b.colors%5B0%5D%20%3E%200.5", "sort=b.colors%5B0%5D", "where=colors%5B0%5D%20%3E%200.5&sort=colors%5B1%5D"],
)
def test_a_bookmarked_filter_or_order_by_a_drawn_value_is_the_first_thing_a_new_server_answers(
    rendered: Viewer, whole_dataset: Path, query: str
) -> None:
    with viewing(source(whole_dataset)) as new:
        first = told(new, f"/api/frames?{query}")

    assert first == told(rendered, f"/api/frames?{query}") and first["images"]


def test_a_field_that_even_the_scene_does_not_know_is_told_when_it_has_been_read(whole_dataset: Path) -> None:
    with viewing(source(whole_dataset)) as new:
        answer = new.ask("/api/frames?where=nothing%20%3E%200.5")

    assert answer.status == 400 and b"there is no field 'nothing'" in answer.body
    assert b"b.colors[0]" in answer.body and b"still" not in answer.body


def test_a_value_is_known_by_its_site_before_and_after_the_scene_is_read(rendered: Viewer) -> None:
    field = next(f for f in told(rendered, "/api/set")["fields"] if f["name"] == "b.colors[0]")

    by_site = told(rendered, f"/api/frames?where={quote('`' + field['meaning'] + '` > 0.5')}")

    assert by_site == told(rendered, f"/api/frames?where={quote('b.colors[0] > 0.5')}")


def test_depth_on_disk_and_depth_made_now_are_the_same(rendered: Viewer) -> None:
    kept, made = rendered.ask("/api/a/layer/3/distance_to_camera"), rendered.ask("/api/a/live/3/distance_to_camera")

    assert kept.body == made.body
    about = json.loads(kept.headers["x-about"])
    assert about["shape"] == [72, 96, 1] and 0 < about["low"] < about["high"]


def test_the_picture_made_now_is_the_one_on_disk(rendered: Viewer) -> None:
    kept, made = rendered.ask("/api/a/image/5"), rendered.ask("/api/a/live/5/rgb")

    assert np.array_equal(image(kept.body), image(made.body))


def test_points_lie_within_the_boxes_in_space(rendered: Viewer) -> None:
    cloud, space = rendered.ask("/api/a/cloud/2"), told(rendered, "/api/space/2")

    count = json.loads(cloud.headers["x-about"])["points"]
    points = np.frombuffer(cloud.body, "<f4", count * 3).reshape(-1, 3)
    assert len(cloud.body) == count * 15
    floor = next(np.array(box["corners"]) for box in space["boxes"] if box["label"] == "floor")
    low, high = floor.min(0) - 0.4, floor.max(0) + 0.4  # things stand on it
    assert np.mean(((points >= low) & (points <= high)).all(1)) > 0.9
    assert np.allclose(space["camera"]["position"], [2.5, 0, 2], atol=1e-6) and space["camera"]["up"] == "Z"


def test_an_annotator_that_is_not_offered_is_refused(rendered: Viewer) -> None:
    assert rendered.ask("/api/a/live/0/skeleton_data").status == 400


def test_two_sets_are_paired(tmp_path: Path) -> None:
    one, other = coco_set(tmp_path / "a"), coco_set(tmp_path / "b", shades=(50, 60, 70))

    with viewing(source(one, compare=str(other))) as viewer:
        pair = told(viewer, "/api/frame/1")["other"]
        assert pair["name"] == "b.png"
        assert image(viewer.ask(f"/api/b/image/{pair['place']}").body)[0, 0].tolist() == [60, 60, 60]
        assert told(viewer, "/api/set")["other"]["pairs"] == 3


def test_options_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    folder = coco_set(tmp_path)

    with pytest.raises(BadArgument, match="--data is"):
        source(folder, data="x")
    with pytest.raises(BadArgument, match="--compare is"):
        source(tmp_path / "scene.yaml", compare="x") if (tmp_path / "scene.yaml").write_text("a: 1") else None
    with pytest.raises(DatasetError, match="is not there"):
        source(tmp_path / "nothing")
