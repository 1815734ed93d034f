"""What clusters there are to test on."""

from __future__ import annotations

import subprocess


def has_slurm() -> bool:
    """Return whether a SLURM answers."""
    try:
        return subprocess.run(["sinfo", "-h"], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
