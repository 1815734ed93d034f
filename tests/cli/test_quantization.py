"""Mistakes in quantizing are seen before a network is read."""

from __future__ import annotations

import pytest

from rendersdg.errors import BadArgument
from tests.cli.one_frame import refused

pytest.importorskip("openvino")
pytest.importorskip("nncf")

pytestmark = pytest.mark.extra


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--preset", "fast"), "--preset 'fast' is not mixed or performance"),
        (("--ranges", "some"), "--ranges 'some' is not whole or mean"),
        (("--max-drop", "0.01"), "--max-drop and --on go together"),
    ],
)
def test_an_option_that_is_unknown_or_alone_is_named(arguments: tuple[str, ...], says: str) -> None:
    assert says in refused(BadArgument, "quantize", "m.xml", "--calibration", "noise", "-o", "int8", *arguments)


def test_a_gate_is_of_a_calibration() -> None:
    command = ("calibrate", "m.xml", "--on", "x", "-o", "y", "--calibration", "noise=noise", "--gate", "real=1")

    assert "'real' is not among noise" in refused(BadArgument, *command)
