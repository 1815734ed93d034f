"""What others accept: files with a surface, none of those that are broken or hold nothing."""

from __future__ import annotations

from pathlib import Path

from tests.conformance.acceptance import complaint
from tests.conformance.assets import CUBE, write


def test_what_has_a_surface_is_accepted_and_what_has_none_or_is_broken_is_not(tmp_path: Path) -> None:
    files = write(tmp_path)

    said = {name: complaint(file) for name, file in files.items()}

    assert [name for name, text in said.items() if not text] == ["cube.usda", "box.stl", "box.glb"]
    assert said["empty.usda"] == "usd-core finds no geometry in it that is to be seen"
    assert said["broken.glb"] == "it is no glTF: ValueError"
    assert said["lost.gltf"] == "lost.bin is missing"


def test_geometry_that_is_hidden_or_a_proxy_is_not_to_be_seen(tmp_path: Path) -> None:
    hidden, proxy = tmp_path / "hidden.usda", tmp_path / "proxy.usda"
    hidden.write_text(CUBE.replace("double size", 'token visibility = "invisible"\n double size'))
    proxy.write_text(CUBE.replace("double size", 'uniform token purpose = "proxy"\n double size'))

    assert complaint(hidden) == complaint(proxy) == "usd-core finds no geometry in it that is to be seen"


def test_a_list_that_is_no_object_is_no_gltf(tmp_path: Path) -> None:
    (tmp_path / "list.gltf").write_text("[1, 2]")
    (tmp_path / "old.gltf").write_text('{"asset": {"version": "1.0"}}')

    assert complaint(tmp_path / "list.gltf") == "it is no glTF: ValueError"
    assert complaint(tmp_path / "old.gltf") == "glTF 1.0"
