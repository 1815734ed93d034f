"""``omni.simready.explorer``: assets of the SimReady library, found by words; stand-ins where it is not at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from pxr import Sdf

from rendersdg.assets.library import LIBRARY
from rendersdg.assets.stand_ins import words_of, words_that_mean
from rendersdg.omni.doors import PathLike, VectorLike, numbers
from rendersdg.omni.isaac.utils.stage import add_reference_to_stage
from rendersdg.omni.kit.usd import get_stage_next_free_path
from rendersdg.replicator import functional
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host
from rendersdg.stage.author import valid_name

__all__ = ["AssetType", "SimreadyAsset", "add_asset_to_stage", "find_assets", "get_instance"]

_ROOT = "https://omniverse-content-production.s3.us-west-2.amazonaws.com/Assets/simready_content/common_assets/props"
_KINDS = {  # what SimReady's library says besides of things of these families
    "furniture": "furniture",
    "fruit": "fruit food",
    "vegetable": "vegetable food",
    "tableware": "tableware dish",
    "grocery": "food container",
    "warehouse": "industrial",
}
_NO_PROPS = ("environment", "people", "building", "nature", "robot")  # families that its props lack


class AssetType(IntEnum):
    """Kinds of assets."""

    UNKNOWN = 0
    GENERIC = 1
    CHARACTER = 2
    PROP = 3
    SIGN = 4
    VEHICLE = 5
    VEGETATION = 6


@dataclass(frozen=True)
class SimreadyAsset:
    """An asset of the library: its name, where it lies, and the words that it is found by."""

    name: str
    main_url: str
    tags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    qcode: str = ""
    asset_type: AssetType = AssetType.PROP
    thumbnail_url: str = ""
    hierarchy: tuple[str, ...] = ()
    extent_as_str: str = ""
    behaviors: Mapping[str, Sequence[str]] = field(
        default_factory=lambda: {"PhysicsVariant": ("None", "RigidBody")}, hash=False
    )

    def has(self, word: str) -> bool:
        """Return whether a word is a part of the name or of a tag."""
        return any(word.lower() in text.lower() for text in (self.name, *self.tags, *self.labels))


class Explorer:
    """The window of the library, which is never shown, and what it browses."""

    @property
    def browser_model(self) -> Explorer:
        """What the window browses: there without the window."""
        return self

    def assets(self) -> list[SimreadyAsset]:
        """Return the assets, by their names: the files at hand, else what stands in for the library."""
        files = current().recorder.resolver.files(_ROOT, recursive=True)
        own = [f for f in files if f.lower().endswith((".usd", ".usda", ".usdc"))]
        if own:
            return [self._of_file(path) for path in own]
        return [_stood_in(n) for n in sorted(LIBRARY) if n.partition("/")[0] not in _NO_PROPS]

    def _of_file(self, path: str) -> SimreadyAsset:
        name = path.rsplit("/", 1)[-1].rpartition(".")[0]
        return SimreadyAsset(name, path, tuple(words_of(name)))


def _stood_in(library_name: str) -> SimreadyAsset:
    family, _, name = library_name.partition("/")
    tags = (family, *_KINDS.get(family, "").split(), *words_that_mean(library_name))
    labels = (name.replace("_", " "),)
    return SimreadyAsset(
        name=name, main_url=f"{_ROOT}/{name}/{name}.usd", tags=tuple(dict.fromkeys((*tags, *labels))), labels=labels
    )


def get_instance() -> Explorer:
    """Return the explorer."""
    return current_host().part(Explorer)


async def find_assets(search_words: Sequence[str] | None = None) -> list[SimreadyAsset]:
    """Return the assets whose names and tags contain each of the words; all without words."""
    await asyncio.sleep(0)
    words = [search_words] if isinstance(search_words, str) else list(search_words or ())
    return [asset for asset in get_instance().assets() if all(asset.has(word) for word in words)]


def add_asset_to_stage(
    url: str,
    parent_path: PathLike = "",
    position: VectorLike | None = None,
    variants: Mapping[str, str] | None = None,
    payload: bool = False,
    instanceable: bool = False,
    **options: object,
) -> tuple[bool, str]:
    """Reference an asset at a free path named by its file. Returns True and the path."""
    stage = current().recorder.stage
    name = valid_name(url.rsplit("/", 1)[-1].rpartition(".")[0])
    above = str(parent_path).rstrip("/") or (str(stage.GetDefaultPrim().GetPath()) if stage.GetDefaultPrim() else "")
    path = get_stage_next_free_path(stage, f"{above}/{name}", False)
    prim = add_reference_to_stage(url, Sdf.Path(path), variants=dict(variants or {}))
    if position is not None:
        functional.modify_pose(prim, position_value=tuple(numbers(position).tolist()))
    return True, path
