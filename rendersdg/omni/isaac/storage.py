"""``isaacsim.storage.native``: where library assets are."""

from __future__ import annotations

__all__ = [
    "get_assets_root_path",
    "get_assets_root_path_async",
    "is_file",
]


ASSETS_ROOT = "omniverse://localhost/NVIDIA/Assets/Isaac"  # a prefix: the resolver drops server and host


def get_assets_root_path(**options: object) -> str:
    """Return the prefix of library assets; ``--assets`` maps it to a folder."""
    return ASSETS_ROOT


async def get_assets_root_path_async(**options: object) -> str:
    """Return the prefix of library assets."""
    return ASSETS_ROOT


def is_file(path: str) -> bool:
    """Return whether an asset is at hand or has a stand-in."""
    return True
