"""Peak resident memory after 200 and after 2,000 frames of the crate scene.

python tests/bench/memory.py [--frames 2000]
"""

from __future__ import annotations

import argparse
import resource

from rendersdg.farm.job import Job, opened


def main() -> None:
    """Make frames without writing them and print the peaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", default="scenes/fruit_crate.yaml")
    parser.add_argument("--frames", type=int, default=2000)
    options = parser.parse_args()
    early = options.frames // 10
    with opened(Job(options.scene)) as (session, _):
        for frame in range(options.frames):
            session.make(frame)
            if frame + 1 in (early, options.frames):
                print(
                    f"frame {frame + 1}: peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f} MB",
                    flush=True,
                )


if __name__ == "__main__":
    main()
