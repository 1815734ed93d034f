"""Isaac Sim's launcher, asset roots and checks of what was written."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

from rendersdg.omni.kit import App, UsdContext
from rendersdg.replicator.engine import current

ASSETS_ROOT = "omniverse://localhost/NVIDIA/Assets/Isaac"  # a prefix: the resolver drops server and host


class SimulationApp:
    """The launcher of stand-alone scripts. Its settings about windows and devices have nothing to act on here."""

    DEFAULT_LAUNCHER_CONFIG: dict[str, Any] = {"headless": True, "width": 1280, "height": 720}  # noqa: RUF012

    def __init__(self, launch_config: Mapping[str, Any] | None = None, experience: str = "") -> None:
        self.config = {**self.DEFAULT_LAUNCHER_CONFIG, **(launch_config or {})}
        self.app = App()
        opened = self.config.get("open_usd")
        if opened:
            current().open_stage(str(opened))

    @property
    def context(self) -> UsdContext:
        """The USD context."""
        return UsdContext()

    def update(self) -> None:
        """Do one update."""
        self.app.update()

    def close(self, wait_for_replicator: bool = True, skip_cleanup: bool = False) -> None:
        """Complete what was started. The script may go on to its own end."""
        current().application.close()

    def is_running(self) -> bool:
        """Return whether the application goes on."""
        return current().application.can_continue()

    def is_exiting(self) -> bool:
        """Return whether the application has been closed."""
        return current().application.is_over

    def set_setting(self, setting: str, value: Any) -> None:
        """Set a setting."""
        current().settings.set(setting, value)

    def reset_render_settings(self) -> None:
        """Do nothing: there are none."""

    def run_coroutine(self, coroutine: Any, run_until_complete: bool = True) -> Any:
        """Run a coroutine."""
        loop = current().tasks.loop or asyncio.get_event_loop()
        return loop.run_until_complete(coroutine) if run_until_complete else loop.create_task(coroutine)

    def __enter__(self) -> SimulationApp:
        return self

    def __exit__(self, *problem: Any) -> None:
        self.close()


def enable_extension(name: str, *args: Any) -> bool:
    """Accept it: every extension is taken to be there."""
    return True


def get_assets_root_path(**other: Any) -> str:
    """Return the prefix of library assets; ``--assets`` maps it to a folder."""
    return ASSETS_ROOT


async def get_assets_root_path_async(**other: Any) -> str:
    """Return the prefix of library assets."""
    return ASSETS_ROOT


def is_file(path: str) -> bool:
    """Return whether an asset is at hand or has a stand-in."""
    return True


def summary_of_folder(path: str, recursive: bool = True) -> Counter[str]:
    """Return how many files there are of each ending (without the dot)."""
    found: Counter[str] = Counter()
    for _, _, names in os.walk(path):
        found.update(n.rsplit(".", 1)[-1].lower() for n in names if "." in n)
        if not recursive:
            break
    return found


def validate_folder_contents(
    path: str, expected_counts: Mapping[str, int] | None = None, recursive: bool = True, **other: Any
) -> bool:
    """Return whether a folder holds the expected number of files of each ending."""
    found = summary_of_folder(str(path), recursive)
    return all(found[str(k).lstrip(".").lower()] == n for k, n in (expected_counts or {}).items())
