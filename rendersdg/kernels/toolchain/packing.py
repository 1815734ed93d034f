"""Wheels: the pure one that setuptools makes, and the same with libraries in it for one platform."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rendersdg.kernels.toolchain.recipe import KERNELS

ROOT = KERNELS.parent.parent
_PACKAGED = ("pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "rendersdg", "writers", "detectors")
_SCENES = "rendersdg/scenes"  # where a wheel holds the scenes that `rendersdg examples` lists
_FOLDER = "rendersdg/kernels/lib"  # where a wheel holds the libraries
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the time of every file, so that the same sources make the same wheel


@contextmanager
def copied_tree() -> Iterator[None]:
    """Work in a copy of what is packaged: setuptools leaves ``build`` and ``*.egg-info`` where it runs,
    and packs old ones.
    """
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="rendersdg-tree-") as copy:
        for name in _PACKAGED:
            source = ROOT / name
            if source.is_dir():
                # the libraries are those built in place
                ignored = shutil.ignore_patterns("__pycache__", "*.so", "*.dylib", "*.dll", "*.nbi", "*.nbc")
                shutil.copytree(source, Path(copy) / name, ignore=ignored)
            elif source.exists():  # images of containers do without MANIFEST.in
                shutil.copy2(source, copy)
        if (ROOT / "scenes").is_dir():  # in an archive of sources they are in the package already
            shutil.copytree(ROOT / "scenes", Path(copy) / _SCENES)
        os.chdir(copy)
        try:
            yield
        finally:
            os.chdir(before)


def platform_wheel(pure: Path, libraries: Sequence[Path], tag: str, folder: Path) -> Path:
    """Write a pure wheel with libraries added, as a wheel for the platform ``tag``, and return its path in ``folder``.

    A tag may be several with dots between, as in a wheel's name.
    """
    name, version, *_ = pure.name.split("-")
    wheel = folder / f"{name}-{version}-py3-none-{tag}.whl"
    information = f"{name}-{version}.dist-info"
    record = []

    with zipfile.ZipFile(pure) as source, zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as made:

        def add(path: str, content: bytes, mode: int = 0o644) -> None:
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, content)
            hashed = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{path},sha256={hashed},{len(content)}\n")

        package = [path for path in source.namelist() if not path.startswith(information)]
        for path in sorted(package):
            add(path, source.read(path))
        for library in libraries:
            add(f"{_FOLDER}/{library.name}", library.read_bytes(), 0o755)
        for path in sorted(
            set(source.namelist()) - set(package) - {f"{information}/RECORD"}
        ):  # at the end, as is advised
            content = source.read(path)
            add(path, _for_platform(content, tag) if path == f"{information}/WHEEL" else content)
        add(f"{information}/RECORD", "".join([*record, f"{information}/RECORD,,\n"]).encode())
    return wheel


def _for_platform(content: bytes, tag: str) -> bytes:
    """Return the file WHEEL of a pure wheel, changed to say that the wheel is for one platform."""
    lines = [
        line for line in content.decode().splitlines() if line and not line.startswith(("Tag:", "Root-Is-Purelib:"))
    ]
    lines += ["Root-Is-Purelib: false", *(f"Tag: py3-none-{one}" for one in tag.split("."))]
    return ("\n".join(lines) + "\n").encode()
