"""The scene behind a rendered set: opened once, asked one question at a time, and told of where it does not open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rendersdg.errors import BadArgument, BadScene
from rendersdg.graph.parameters import parameters
from rendersdg.viewer.again import Again, drawn_of, names_of
from rendersdg.viewer.gallery import Gallery
from rendersdg.viewer.index import index_of


@pytest.fixture(scope="module")
def again(whole_dataset: Path) -> Iterator[Again]:
    opened = Again(whole_dataset)
    yield opened
    opened.close()


def test_values_of_objects_are_those_that_the_record_keeps(again: Again, whole_dataset: Path) -> None:
    index = index_of(str(whole_dataset))
    drawn = again.ask(lambda session: drawn_of(session, index.images))

    for shown in index.images:
        assert index.drawn is not None and shown.frame is not None
        kept = next(iter(index.drawn.values[shown.frame].values()))  # a colour for each of four boxes
        paths = [detail.prim_path for detail in shown.details]
        for row, path in zip(drawn.objects[shown.place], paths):
            assert path is not None
            if "Cube" in path:
                place = int(path.rpartition("_")[2]) if path[-1].isdigit() else 0
                assert [value for name, value in sorted(row.items()) if "colors" in name] == list(kept[place])


def test_short_names_are_labels_where_no_two_are_alike(again: Again) -> None:
    names = again.ask(lambda session: names_of(parameters(session.recorder.graph)))

    assert sorted(names.values()) == ["b.colors[0]", "b.colors[1]", "b.colors[2]"]


def test_a_scene_is_opened_once(whole_dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import rendersdg.viewer.again as module

    opened = []
    real = module.opened_again

    def counting(root: str) -> Any:
        opened.append(root)
        return real(root)

    monkeypatch.setattr(module, "opened_again", counting)
    gallery = Gallery(index_of(str(whole_dataset)))
    for _ in range(3):
        gallery.start()
        gallery.live(1, "rgb")
    gallery.close()

    assert opened == [str(whole_dataset)]


def test_a_scene_that_no_longer_opens_is_told_and_the_rest_is_shown(
    whole_dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def gone(*arguments: Any, **options: Any) -> Iterator[None]:
        raise BadScene("the asset is gone")
        yield

    monkeypatch.setattr("rendersdg.viewer.again.opened_again", gone)
    gallery = Gallery(index_of(str(whole_dataset)))

    for _ in range(2):
        with pytest.raises(BadArgument, match="the asset is gone"):
            gallery.live(0, "rgb")
    about = gallery.about()
    listed = gallery.listed("class = box", "", descends=False, start=0, count=5)
    gallery.close()

    assert about["scene"]["state"] == "failed" and "the asset is gone" in about["scene"]["reason"]
    assert listed["images"] == 12


def test_points_of_an_image_are_in_front_of_its_camera(again: Again, whole_dataset: Path) -> None:
    shown = index_of(str(whole_dataset)).images[0]
    points, colours = again.cloud(shown)
    camera = again.camera(shown)

    ahead = (points - np.array(camera["position"])) @ np.array(camera["forward"])
    assert (ahead > 0).all() and colours.shape == points.shape and colours.dtype == np.uint8
