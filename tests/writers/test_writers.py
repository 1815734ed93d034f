"""The table of writers: each encodes, and refuses what it does not know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rendersdg.errors import BadArgument
from tests.conftest import Opener
from tests.writers.written import YCB, write
from writers import WRITERS


@pytest.mark.parametrize("name", list(WRITERS))
def test_every_writer_encodes_and_refuses_unknown_parameters(open_scene: Opener, tmp_path: Path, name: str) -> None:
    own = {
        "YoloWriter": {"classes": ["box"]},
        "BasicWriter": {"rgb": True},
        "YCBVideoWriter": YCB,
        "AnnotatorWriter": {"annotators": ["normals"]},
    }
    params: dict[str, Any] = own.get(name, {})
    write(open_scene, tmp_path, name, 1, **params)

    with pytest.raises(BadArgument, match=r"did you mean|known"):
        WRITERS[name](semantic_typs=["class"], **params)
