"""The schema of scenes takes the shipped ones and finds mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from rendersdg.yaml.schema import schema
from tests.conftest import SCENES


@pytest.mark.parametrize("scene", SCENES, ids=lambda p: p.stem)
def test_scenes_fit_the_schema(scene: Path) -> None:
    jsonschema.Draft202012Validator(schema()).validate(yaml.safe_load(scene.read_text()))


def test_the_schema_finds_a_misspelt_argument() -> None:
    validator = jsonschema.Draft202012Validator(schema())

    assert not validator.is_valid({"x": {"create.cube": {"sale": 1}}})
    assert validator.is_valid({"x": {"create.cube": {"scale": 1}}})
    assert json.dumps(schema())
