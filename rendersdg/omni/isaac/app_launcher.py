"""``isaaclab.app``: Isaac Lab's launcher, for scripts that use Isaac Lab for nothing but to start Isaac Sim."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from rendersdg.omni.isaac.simulation_app import SimulationApp

__all__ = ["AppLauncher"]


class AppLauncher:
    """Starts the application from command-line arguments (a namespace or mapping) and keyword arguments."""

    def __init__(
        self, launcher_args: argparse.Namespace | Mapping[str, object] | None = None, **options: object
    ) -> None:
        arguments = vars(launcher_args) if isinstance(launcher_args, argparse.Namespace) else dict(launcher_args or {})
        self.app = SimulationApp({**arguments, **options})
        self.local_rank = self.global_rank = 0

    @staticmethod
    def add_app_launcher_args(parser: argparse.ArgumentParser) -> None:
        """Add the launcher's arguments to a parser. They are accepted;
        a device other than the processor is not used.
        """
        group = parser.add_argument_group("app_launcher arguments")
        for name in ("headless", "enable_cameras", "xr", "verbose", "info", "cpu", "anim_recording_enabled"):
            group.add_argument(f"--{name}", action="store_true")
        group.add_argument("--livestream", type=int, default=-1)
        group.add_argument("--device", default="cpu")
        group.add_argument("--experience", default="")
        group.add_argument("--rendering_mode", default="balanced")
        group.add_argument("--kit_args", default="")
        group.add_argument("--anim_recording_start_time", type=float, default=0.0)
        group.add_argument("--anim_recording_stop_time", type=float, default=10.0)
