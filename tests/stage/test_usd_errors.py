"""What USD says went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from pxr import Tf, Usd

from rendersdg.stage.usd_errors import reason


def test_a_broken_layer_is_named_with_the_line_that_broke_it(tmp_path: Path) -> None:
    (tmp_path / "bad.usda").write_text('#usda 1.0\ndef Cube "a" {\n  oops\n}\n')
    with pytest.raises(Tf.ErrorException) as raised:
        Usd.Stage.Open(str(tmp_path / "bad.usda"))

    assert "bad.usda:3" in reason(raised.value) and "pxr" not in reason(raised.value)


@pytest.mark.parametrize("text", ["", "just words"])
def test_what_is_not_an_error_of_usd_stays(text: str) -> None:
    assert reason(text) == (text or "unknown error")


def test_a_cycle_is_told_whole() -> None:
    assert reason("Cycle detected:\n@a.usda@</A>\nCANNOT reference:\n@b.usda@</B>").endswith("@b.usda@</B>")


def test_an_error_that_quotes_bytes_of_a_file_is_told() -> None:
    class Quoting(Exception):
        def __str__(self) -> str:
            return b"Error in \xa0".decode()

    assert reason(Quoting()) == "it holds bytes that are no text; the file is damaged"
