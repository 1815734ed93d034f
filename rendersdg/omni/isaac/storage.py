"""``isaacsim.storage.native``: where library assets are."""

from __future__ import annotations

from rendersdg.replicator.engine import current
from rendersdg.replicator.settings import ASSETS_ROOT

__all__ = [
    "get_assets_root_path",
    "get_assets_root_path_async",
    "is_file",
]

_ROOT = "/persistent/isaac/asset_root/default"


def get_assets_root_path(**options: object) -> str:
    """Return the prefix of library assets, as the application's settings have it; ``--assets`` maps it to a folder."""
    return str(current().settings.get(_ROOT) or ASSETS_ROOT)


async def get_assets_root_path_async(**options: object) -> str:
    """Return the prefix of library assets."""
    return get_assets_root_path()


def is_file(path: str) -> bool:
    """Return whether an asset is at hand or has a stand-in."""
    return True
