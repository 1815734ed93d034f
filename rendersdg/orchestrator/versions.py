"""Which versions of which libraries decide the bytes of a dataset."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

# Readers of files, and what NumPy draws, differ between releases. PyYAML and fsspec only bring bytes here.
_ALWAYS = {
    "numpy": ("numpy",),  # random values, elementary functions
    "opencv": ("opencv-python-headless", "opencv-python", "opencv-contrib-python", "opencv-contrib-python-headless"),
    "usd": ("usd-core",),  # how stages are read and composed
    "trimesh": ("trimesh",),
    "pillow": ("pillow",),
    "openexr": ("OpenEXR",),
}
_BACKENDS = {"mitsuba": {"mitsuba": ("mitsuba",), "oidn": ("pyoidn",)}, "gl": {"pyrender": ("scikit-robot-pyrender",)}}
_OPTIONAL = {"mujoco": ("mujoco",)}  # where bodies come to rest


def versions(backend: str, more: Iterable[str] = ()) -> dict[str, str]:
    """Return the versions of the libraries that decide what a frame's files hold, by a short name.

    ``more`` names packages that writers need. Those that are not installed are left out: what they would do is done
    otherwise, or refused.
    """
    wanted = {**{name: (name,) for name in more}, **_ALWAYS, **_OPTIONAL, **_BACKENDS.get(backend, {})}
    found = {name: _installed(packages) for name, packages in wanted.items()}
    return {name: text for name, text in found.items() if text}


def _installed(packages: tuple[str, ...]) -> str:
    for package in packages:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return ""
