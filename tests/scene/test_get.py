"""Handles to prims that are on the stage."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import BadArgument
from rendersdg.scene import create, get
from rendersdg.scene.recorder import recording


def test_prims_are_selected_by_path_kind_and_labels(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        create.cube(name="Box", semantics=[("class", "box")])
        create.sphere(name="Ball", semantics=[("class", "ball")])
        create.light(light_type="dome")

        def leaves(handle: object) -> list[str]:
            return [p.rsplit("/", 1)[-1] for p in recorder.prims(handle).resolve({})]

        assert leaves(get.prims(path_pattern="Box_Xform$")) == ["Box_Xform"]
        assert leaves(get.prims(path_match="ball", prim_types=["Mesh"])) == leaves(get.mesh(path_match="Ball"))
        assert leaves(get.prims(semantics=[("class", "box")])) == ["Box_Xform"]
        assert "Ball_Xform" not in leaves(get.xform(path_pattern_exclusion="Ball"))
        assert len(leaves(get.light())) == 1 and leaves(get.camera()) == []
        assert get.prim_at_path("/Replicator/Box_Xform", name="mine").label == "mine"


def test_what_is_not_found_is_said(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        get.camera()
        with pytest.raises(BadArgument, match="not a regular expression"):
            get.prims(path_pattern="(")

    assert any("found no prim" in e["text"] for e in recorder.report.as_json())


def test_capitals_count_only_if_asked(tmp_path: Path) -> None:
    with recording(tmp_path):
        create.cube(name="Box")

        assert get.prims(path_match="box_xform").resolve({})
        assert not get.prims(path_match="box_xform", ignore_case=False).resolve({})


def test_a_pattern_that_is_not_one_is_named_by_its_argument(tmp_path: Path) -> None:
    with recording(tmp_path):
        with pytest.raises(BadArgument, match=r"path_pattern_exclusion='\(' is not a regular expression"):
            get.prims(path_pattern_exclusion="(")
        with pytest.raises(BadArgument, match=r"path_pattern='\[' is not a regular expression"):
            get.prims(path_pattern="[")
