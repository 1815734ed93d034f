"""The OpenGL rasterizer beside the label pass: the same objects and depths."""

from __future__ import annotations

from contextlib import suppress
from importlib.util import find_spec

import pytest

from tests.backends.colour import check_defect, check_ids_and_depth
from tests.conftest import Opener

pytestmark = pytest.mark.extra
if find_spec("pyrender") is not None:
    with suppress(ImportError):  # Mesa brings LLVM, and Triton's own copy ends a process in which it comes second
        import triton  # noqa: F401 # torch imports it when it trains


def test_its_ids_and_depth_agree_with_the_label_pass(open_scene: Opener) -> None:
    check_ids_and_depth(open_scene, "pyrender")


def test_a_defect_shows_where_its_label_says(open_scene: Opener) -> None:
    check_defect(open_scene, "pyrender")
