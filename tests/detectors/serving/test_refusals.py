"""Refusals: every reason has a status in both protocols, and a client's text does not fill the answer."""

from __future__ import annotations

from typing import get_args

import pytest

from detectors.serving.refusals import GRPC, HTTP, Kind, Refused, cut


def test_every_reason_has_a_status_in_both_protocols() -> None:
    assert list(HTTP) == list(GRPC) == list(get_args(Kind))


def test_only_our_own_failure_and_a_full_server_are_errors_of_the_server() -> None:
    assert {kind for kind, status in HTTP.items() if status >= 500} == {"broken", "busy"}


def test_grpc_knows_the_names() -> None:
    grpc = pytest.importorskip("grpc")
    assert all(hasattr(grpc.StatusCode, name) for name in GRPC.values())


def test_a_long_text_of_a_client_is_cut() -> None:
    assert len(Refused("wrong", "x" * 10**6).message) <= 300 and cut([1, 2]) == "[1, 2]"
