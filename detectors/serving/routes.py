"""The routes of the service, and their description as OpenAPI has it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import rendersdg
from detectors.serving.inference import VERSION
from detectors.serving.refusals import HTTP, Kind
from detectors.wire import INPUT, OUTPUTS
from rendersdg.plain import Json

_BYTES: Json = {"type": "string", "format": "binary"}


@dataclass(frozen=True, slots=True)
class Route:
    """A path of the service.

    ``call`` is the method of the application that answers; ``refusals`` are the reasons why it may refuse, apart from
    those of all routes; ``body`` are the media types that it takes, with their schemas, ``answer`` those that it gives.
    """

    method: str
    path: str
    call: str
    summary: str
    answer: dict[str, Json]
    body: dict[str, Json] = field(default_factory=dict)
    query: dict[str, Json] = field(default_factory=dict)
    headers: dict[str, Json] = field(default_factory=dict)
    refusals: Sequence[Kind] = ()
    needs_token: bool = True

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that it answers."""
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)

    @property
    def takes_json(self) -> bool:
        """Whether its body is read as JSON."""
        return "application/json" in self.body

    def values_in(self, path: str) -> dict[str, str] | None:
        """Return the values of the path's parameters by name; None when it is another path."""
        mine, given = self.path.split("/"), path.split("/")
        if len(mine) != len(given):
            return None
        values = {}
        for part, value in zip(mine, given):
            if part.startswith("{") and value:
                values[part[1:-1]] = value
            elif part != value:
                return None
        return values


def _ref(name: str) -> dict[str, Json]:
    return {"application/json": {"$ref": f"#/components/schemas/{name}"}}


def _versions(method: str, path: str, *rest: object, **options: object) -> list[Route]:
    """Return a model's route, once without and once with the version in its path."""
    here, there = "/v2/models/{name}", "/v2/models/{name}/versions/{version}"
    return [Route(method, place + path, *rest, **options) for place in (here, there)]  # type: ignore[arg-type]


_LENGTH: Json = {"type": "string", "pattern": "^[0-9]{1,19}$"}
_LEAST: Json = {"type": "number", "minimum": 0, "maximum": 1}
_INFERENCE = {**_ref("Inference"), "application/octet-stream": _BYTES}
ROUTES: tuple[Route, ...] = (
    Route("GET", "/v2/health/live", "live", "Whether the process answers", _ref("Live"), needs_token=False),
    Route("GET", "/v2/health/ready", "ready", "Whether requests are taken", _ref("Ready"), needs_token=False),
    Route("GET", "/v2", "about_server", "What this server is", _ref("Server")),
    Route("GET", "/v2/models", "models", "The one model", _ref("Models")),
    *_versions("GET", "", "about_model", "The model's inputs and outputs", _ref("Model"), refusals=("unknown",)),
    *_versions("GET", "/ready", "model_ready", "Whether the model is ready", _ref("ModelReady"), refusals=("unknown",)),
    *_versions(
        "POST",
        "/infer",
        "infer",
        "The boxes in images, by the KServe v2 protocol",
        {**_ref("Boxes"), "application/octet-stream": _BYTES},
        body=_INFERENCE,
        headers={"Inference-Header-Content-Length": _LENGTH},
        refusals=("unknown",),
    ),
    Route(
        "POST",
        "/find",
        "find",
        "The boxes in one image file, which is the body",
        _ref("Found"),
        body={"image/*": _BYTES},
        query={"least": _LEAST},
    ),
    Route("POST", "/v2/repository/index", "index", "The one model", _ref("Index"), body=_ref("Anything")),
    *(
        Route("POST", f"/v2/repository/models/{{name}}/{what}", "repository", "Refused", {}, refusals=("off",))
        for what in ("load", "unload")
    ),
    Route("GET", "/", "page", "A page for trying the model", {"text/html": {"type": "string"}}, needs_token=False),
    Route("GET", "/metrics", "metrics", "Counters for Prometheus", {"text/plain": {"type": "string"}}),
    Route("GET", "/openapi.json", "description", "This description", _ref("Anything")),
)
_OF_BODIES: Sequence[Kind] = ("late", "large", "encoding", "busy")


def openapi(name: str, *, needs_token: bool, outputs: Collection[str] = tuple(OUTPUTS)) -> Json:
    """Return the routes as an OpenAPI 3.1 document.

    Args:
        name: the model's.
        needs_token: whether requests must show a token.
        outputs: the names of the model's outputs.
    """
    paths: dict[str, Json] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, name, needs_token)
    components: Json = {"schemas": {**_SCHEMAS, "OutputName": {"enum": list(outputs)}}}
    if needs_token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    info = {"title": f"rendersdg serve: {name}", "version": rendersdg.__version__}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": components}


def _operation(route: Route, name: str, needs_token: bool) -> Json:
    values: Json = {"name": {"type": "string", "enum": [name]}, "version": {"type": "string", "enum": [VERSION]}}
    parameters = [
        {"name": one, "in": "path", "required": True, "schema": values[one]}
        for one in values
        if f"{{{one}}}" in route.path
    ]
    parameters += [{"name": one, "in": "query", "schema": schema} for one, schema in route.query.items()]
    parameters += [{"name": one, "in": "header", "schema": schema} for one, schema in route.headers.items()]
    kinds: list[Kind] = ["wrong", *route.refusals, *(_OF_BODIES if route.method == "POST" else ())]
    if needs_token and route.needs_token:
        kinds.append("token")
    responses: Json = {}
    if route.answer:
        responses["200"] = {
            "description": "The answer",
            "content": {kind: {"schema": schema} for kind, schema in route.answer.items()},
        }
    for kind in kinds:
        schema = {"$ref": "#/components/schemas/Error"}
        responses[str(HTTP[kind])] = {
            "description": _REASONS[kind],
            "content": {"application/json": {"schema": schema}},
        }
    operation: Json = {
        "operationId": "_".join([route.call, *_VERSION * ("{version}" in route.path), *_last(route)]),
        "summary": route.summary,
        "parameters": parameters,
        "responses": responses,
    }
    if route.body:
        content = {kind: {"schema": schema} for kind, schema in route.body.items()}
        operation["requestBody"] = {"required": route.call != "index", "content": content}
    if needs_token and route.needs_token:
        operation["security"] = [{"token": []}]
    return operation


def _last(route: Route) -> list[str]:
    """Return the last part of a path that shares its method with others."""
    return [] if route.answer else [route.path.rpartition("/")[2]]


_VERSION = ["version"]
_REASONS: dict[Kind, str] = {
    "wrong": "The request is wrong; the error says what",
    "token": "The token is missing or another",
    "off": "Models are not loaded or unloaded",
    "unknown": "There is no such model or version",
    "late": "The request took too long to arrive",
    "large": "The request is larger than the server takes",
    "encoding": "The body has a content-encoding",
    "busy": "The server holds as many requests as it may; come again",
}


def _object(required: Sequence[str] = (), **properties: Json) -> Json:
    return {"type": "object", "required": list(required or properties), "properties": properties}


_TEXT: Json = {"type": "string"}
_SHAPE: Json = {"type": "array", "items": {"type": "integer"}}
_TENSORS: Json = {"type": "array", "items": _object(name=_TEXT, datatype=_TEXT, shape=_SHAPE)}
_FILE: Json = {"type": "string", "contentEncoding": "base64", "description": "an image file in base64"}
_SIZE: Json = {"type": "object", "properties": {"binary_data_size": {"type": "integer", "minimum": 0}}}
_NAMED: Json = {"type": "array", "items": _object(name=_TEXT, version=_TEXT, state=_TEXT)}
_SCHEMAS: dict[str, Json] = {
    "Anything": {},
    "Error": _object(error=_TEXT),
    "Live": _object(live={"type": "boolean"}),
    "Ready": _object(ready={"type": "boolean"}),
    "Server": _object(name=_TEXT, version=_TEXT, extensions={"type": "array", "items": _TEXT}),
    "Models": _object(models={"type": "array", "items": _TEXT}),
    "Model": _object(
        name=_TEXT, versions={"type": "array", "items": _TEXT}, platform=_TEXT, inputs=_TENSORS, outputs=_TENSORS
    ),
    "ModelReady": _object(name=_TEXT, ready={"type": "boolean"}),
    "Index": _NAMED,
    "Inference": _object(
        required=["inputs"],
        id=_TEXT,
        parameters={
            "type": "object",
            "properties": {
                "least": {"anyOf": [_LEAST, {"type": "string", "pattern": "^0\\.[0-9]+$"}]},
                "binary_data_output": {"type": "boolean"},
            },
            "additionalProperties": False,
        },
        inputs={
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": _object(
                required=["name", "datatype", "shape"],
                name={"const": INPUT},
                datatype={"enum": ["BYTES", "UINT8"]},
                shape={"type": "array", "items": {"type": "integer", "minimum": 0}},
                data={"type": "array", "items": {"anyOf": [_FILE, {"type": "integer"}, {"type": "array"}]}},
                parameters={**_SIZE, "additionalProperties": False},
            ),
        },
        outputs={
            "type": "array",
            "items": _object(
                required=["name"],
                name={"$ref": "#/components/schemas/OutputName"},
                parameters={
                    "type": "object",
                    "properties": {"binary_data": {"type": "boolean"}},
                    "additionalProperties": False,
                },
            ),
        },
    ),
    "Boxes": _object(
        id=_TEXT,
        model_name=_TEXT,
        model_version=_TEXT,
        outputs={
            "type": "array",
            "items": _object(
                required=["name", "shape", "datatype"],
                name={"$ref": "#/components/schemas/OutputName"},
                shape=_SHAPE,
                datatype=_TEXT,
                data={"type": "array"},
                parameters=_SIZE,
            ),
        },
    ),
    "Found": _object(
        required=["size_wh", "boxes"],
        heat=_object(
            is_bad={"type": "boolean"},
            score={"type": "number"},
            threshold={"type": "number"},
            size_wh={"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
            levels={"type": "string", "contentEncoding": "base64", "description": "a byte a cell, row by row"},
        ),
        size_wh={"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        boxes={
            "type": "array",
            "items": {
                "type": "object",
                "required": ["class", "score", "xyxy"],
                "properties": {
                    "class": _TEXT,
                    "score": _LEAST,
                    "xyxy": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
                    "segmentation": _object(
                        size={"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
                        counts={**_TEXT, "description": "COCO's compressed runs, column by column"},
                    ),
                },
            },
        },
    ),
}
