"""What is compiled and how: levels, names, and a digest that follows the sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.kernels.toolchain import recipe
from rendersdg.kernels.toolchain.recipe import KERNELS, TARGETS, digest, sources, this_machine


def test_libraries_are_named_as_their_platform_has_them() -> None:
    names = {name: [target.library(level) for level in target.levels] for name, target in TARGETS.items()}

    assert names["linux-x86_64"] == ["kernels-v2.so", "kernels-v3.so", "kernels-v4.so"]
    assert names["macos-arm64"] == ["kernels-base.dylib"] and names["windows-amd64"][0] == "kernels-v2.dll"
    assert this_machine().levels in (("v2", "v3", "v4"), ("base",))


def test_the_digest_follows_sources_and_flags_and_not_the_ends_of_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sources() == sorted(KERNELS.glob("*.c")) and digest() == digest() and len(digest()) == 64
    monkeypatch.setattr(recipe, "KERNELS", tmp_path)
    (tmp_path / "a.c").write_bytes(b"int a;\n")
    first = digest()
    (tmp_path / "a.c").write_bytes(b"int a;\r\n")
    same = digest()
    (tmp_path / "a.h").write_bytes(b"")
    more = digest()
    monkeypatch.setattr(recipe, "FLAGS", ("-O0",))

    assert first == same != more != digest()
