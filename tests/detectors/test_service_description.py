"""The service is what its own OpenAPI says: schemathesis makes requests of it and judges the answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.serving.routes import ROUTES, Route
from tests.served import Server, colour_model, flat, served

pytest.importorskip("openvino")
pytest.importorskip("uvicorn")
schemathesis = pytest.importorskip("schemathesis")

pytestmark = [pytest.mark.extra, pytest.mark.slow]

TOKEN = "a-token"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}
IMAGES = [flat((255, 0, 0)), flat((0, 9, 200), (20, 50)), flat((0, 0, 0), (3, 3), ".jpg")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(colour_model(tmp_path_factory.mktemp("colours")), "--token", TOKEN, "--timeout", 2) as running:
        yield running
        text = running.log.read_text()
    assert "Traceback" not in text, text[-3000:]


schemathesis.openapi.media_type("image/*", st.sampled_from(IMAGES))
schemathesis.openapi.media_type("application/octet-stream", st.binary(max_size=200))


@pytest.fixture(scope="module")
def description(server: Server) -> object:
    return schemathesis.openapi.from_url(f"{server.url}/openapi.json", headers=SHOWN)


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_the_service_is_what_it_says(description: Any, route: Route, mode: str) -> None:
    if mode == "negative" and not (route.query or route.body or "{" in route.path):
        pytest.skip("nothing in it can be wrong")
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    operation = description[route.path][route.method]
    # that shape, lengths and data of an inference agree is beyond a schema: those that do are in test_service.py
    beyond = [positive_data_acceptance] if route.call == "infer" else []

    @settings(max_examples=8, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
    def ask(case: Any) -> None:
        case.call_and_validate(headers=SHOWN, excluded_checks=beyond)

    ask()
