"""The service is what its own OpenAPI says: schemathesis makes requests of it and judges the answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import strategies as st

from tests.served import Server, colour_model, flat, served

pytest.importorskip("openvino")
pytest.importorskip("uvicorn")
schemathesis = pytest.importorskip("schemathesis")

pytestmark = [pytest.mark.extra, pytest.mark.slow]

TOKEN = "a-token"
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
def schema(server: Server) -> object:
    return schemathesis.openapi.from_url(f"{server.url}/openapi.json", headers={"Authorization": f"Bearer {TOKEN}"})
