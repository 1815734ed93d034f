"""The schema of scenes takes the shipped ones and finds mistakes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from rendersdg import reference
from rendersdg.yaml.schema import schema, schema_text
from tests.conftest import SCENES


@pytest.mark.parametrize("scene", SCENES, ids=lambda p: p.stem)
def test_scenes_fit_the_schema(scene: Path) -> None:
    jsonschema.Draft202012Validator(schema()).validate(yaml.safe_load(scene.read_text()))


def test_the_schema_finds_a_misspelt_argument() -> None:
    validator = jsonschema.Draft202012Validator(schema())

    assert not validator.is_valid({"x": {"create.cube": {"sale": 1}}})
    assert validator.is_valid({"x": {"create.cube": {"scale": 1}}})
    assert json.loads(schema_text()) == schema()


def test_the_schema_says_shared_arguments_once_and_stays_small() -> None:
    text = schema_text()

    assert len(text) < 400_000  # bytes; an editor reads it at each start
    assert text.count(json.dumps("How the prim is turned about X, Y and Z.")[1:-1]) <= 4


def test_every_reference_of_the_schema_leads_to_a_definition() -> None:
    definitions = schema()["$defs"]

    named = re.findall(r'"#/\$defs/([^"]+)"', json.dumps(schema()))
    assert isinstance(definitions, dict) and set(named) <= set(definitions)
    assert {name for name in definitions if name.startswith("argument.")} <= set(named)


@pytest.mark.parametrize(
    ("parameters", "is_good"),
    [({"classes": ["a"]}, True), ({"classes": ["a"], "task": "obb"}, True), ({}, False), ({"clases": ["a"]}, False)],
)
def test_parameters_are_those_of_the_writer_that_is_named(parameters: dict[str, object], is_good: bool) -> None:
    validator = jsonschema.Draft202012Validator(schema())

    assert validator.is_valid({"x": {"writers.get": {"name": "YoloWriter", "init_params": parameters}}}) == is_good
    assert not validator.is_valid({"x": {"writers.get": {"name": "YoloWritr", "init_params": parameters}}})


def test_all_examples_of_the_reference_fit_the_schema() -> None:
    validator = jsonschema.Draft202012Validator(schema())

    for name in [n for kind in ("functions", "writers", "annotators") for n in reference.names()[kind]]:
        document = yaml.safe_load(reference.entry(name).example)
        assert document is None or not list(validator.iter_errors(document)), name
