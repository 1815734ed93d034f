"""What a scene can be written for."""

from __future__ import annotations

TARGETS = {  # release of omni.replicator.core in each
    "isaac-4.5": (1, 11, 35),
    "isaac-5": (1, 12, 16),
    "isaac-6": (1, 13, 27),
    "kit": (1, 12, 27),
}
