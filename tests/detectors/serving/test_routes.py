"""Routes: a path is one route's, and the description names them all."""

from __future__ import annotations

import pytest

from detectors.serving.routes import ROUTES, openapi


def test_paths_find_their_values() -> None:
    route = next(r for r in ROUTES if r.path == "/v2/models/{name}/versions/{version}/ready")

    assert route.values_in("/v2/models/a b/versions/1/ready") == {"name": "a b", "version": "1"}
    assert route.values_in("/v2/models//versions/1/ready") is None
    assert route.values_in("/v2/models/a/versions/1/ready/") is None


@pytest.mark.parametrize("needs_token", [False, True])
def test_the_description_names_every_route_once(needs_token: bool) -> None:
    told = openapi("m", needs_token=needs_token)
    operations = [one for path in told["paths"].values() for one in path.values()]

    assert {(m.upper(), p) for p, path in told["paths"].items() for m in path} == {(r.method, r.path) for r in ROUTES}
    assert len({one["operationId"] for one in operations}) == len(ROUTES)
    assert [r.path for r in ROUTES if "security" not in told["paths"][r.path][r.method.lower()]] == (
        ["/v2/health/live", "/v2/health/ready", "/"] if needs_token else [r.path for r in ROUTES]
    )


def test_the_description_refers_to_what_it_has() -> None:
    told = openapi("m", needs_token=True)
    references = {part.split('"')[0] for part in str(told).replace("'", '"').split("#/components/schemas/")[1:]}

    assert references <= set(told["components"]["schemas"]) and "Error" in references
