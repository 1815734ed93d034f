"""The writer of annotators keeps what they give."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.annotators import ANNOTATORS, Request
from rendersdg.errors import BadArgument, NotSupported
from tests.annotators.requests import SCENE
from tests.conftest import Opener
from writers.annotator import AnnotatorWriter
from writers.encoders import read_image


def test_a_writer_keeps_what_annotators_give(open_scene: Opener) -> None:
    writer = """
out:
  writers.get:
    name: AnnotatorWriter
    init_params: {annotators: {DiffuseAlbedo: , BumpNormal: , bounding_box_2d_tight: {semanticTypes: [shape]},
      camera_params: }}
    render_products: view
"""
    session = open_scene(
        SCENE
        + (
            "eye: {create.camera: {position: [9, 0, 0], look_at: [0, 0, 0]}}\nview: {create.render_product: {camera: "
            "eye, resolution: [64, 48]}}\n"
        )
        + writer
    )
    files = session.make(0).files
    asked = Request(next(iter(session.views(session.snapshot(0), {}).values())))

    import io
    import json

    assert set(files) == {
        f"{n}_0000.{e}"
        for n, e in (
            ("DiffuseAlbedo", "png"),
            ("BumpNormal", "npy"),
            ("bounding_box_2d_tight", "npy"),
            ("bounding_box_2d_tight", "json"),
            ("camera_params", "json"),
        )
    }
    assert np.array_equal(read_image(files["DiffuseAlbedo_0000.png"]), ANNOTATORS["DiffuseAlbedo"](asked))
    assert np.array_equal(np.load(io.BytesIO(files["BumpNormal_0000.npy"])), ANNOTATORS["BumpNormal"](asked))
    assert json.loads(files["bounding_box_2d_tight_0000.json"])["idToLabels"] == {"0": {"shape": "cube"}}
    for wrong, error, says in (
        ({}, BadArgument, "no list of names"),
        ({"annotators": ["BumpNormals"]}, BadArgument, "BumpNormal"),
        ({"annotators": ["PtVolumes"]}, NotSupported, "no volumes"),
    ):
        with pytest.raises(error, match=says):
            AnnotatorWriter(**wrong)
