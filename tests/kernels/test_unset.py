"""What the kernels draw does not depend on what memory held before: the same bytes whatever unset variables are."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import rendersdg
from rendersdg.errors import KernelsUnavailable
from rendersdg.kernels.toolchain.compiler import build
from tests.conftest import HEAD, ROOT

SCENE = """
steel: {create.material_omnipbr: {diffuse: [0.9, 0.9, 0.9], metallic: 1.0, roughness: 0.0}}
clear: {create.material_omnipbr: {diffuse: [1, 1, 1], roughness: 0.0, specular: 0.5}}
weight: {with.clear: {modify.attribute: {name: "inputs:transmission_weight", value: 1.0, attribute_type: float}}}
index: {with.clear: {modify.attribute: {name: "inputs:transmission_ior", value: 1.5, attribute_type: float}}}
floor: {create.plane: {scale: [8, 8, 1]}}
boards: {with.floor: {randomizer.texture: {textures: ["rendersdg:texture/planks"], texture_scale: [[6, 6]]}}}
mirror: {create.sphere: {position: [0.6, 0, 0.5], material: steel}}
glass: {create.sphere: {position: [-0.6, 0, 0.5], material: clear}}
box: {create.cube: {position: [0, 1.2, 0.5]}}
sky: {create.light: {light_type: dome, intensity: 500}}
lamp: {create.light: {light_type: sphere, position: [1.5, -1.5, 3], scale: 0.4, intensity: 60000}}
eye: {create.camera: {position: [0, -4, 1.6], look_at: [0, 0, 0.6], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [64, 48]}}
frames: {trigger.on_frame: {max_execs: 1}}
"""
DRAW = """
import hashlib, sys, rendersdg
print(hashlib.sha256(rendersdg.load(sys.argv[1], quality=sys.argv[2]).frame(0).rgb.tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library whose variables hold large numbers until they are set."""
    path = tmp_path_factory.mktemp("kernels") / "unset.library"
    try:
        build(path, extra_flags=("-ftrivial-auto-var-init=pattern",))
    except KernelsUnavailable as error:  # of compilers before gcc 12 and clang 8
        pytest.skip(str(error))
    return path


@pytest.mark.parametrize("quality", ["fast", "balanced", "high"])
def test_unset_variables_leave_no_trace(tmp_path: Path, library: Path, quality: str) -> None:
    scene = tmp_path / "scene.yaml"
    scene.write_text(HEAD + SCENE)

    environment = os.environ | {"RENDERSDG_KERNELS": str(library), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", DRAW, str(scene), quality]
    drawn = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()[-1]

    own = rendersdg.load(scene, quality=quality).frame(0).rgb
    assert drawn == hashlib.sha256(own.tobytes()).hexdigest()
