"""Every scene of ``scenes/`` in Python and by the command line: the files of a frame, byte for byte.

    python -m tests.api.every_scene [NUMBER]

For each scene it renders one frame by ``rendersdg render``, and compares its files with ``scene.frame(NUMBER).files``
here, and with those of a copy that was pickled. It prints a line a scene and ends with 1 where something differs.
"""

from __future__ import annotations

import pickle
import sys
import tempfile
from pathlib import Path

import numpy as np

import rendersdg
from tests.commands import rendersdg as command
from tests.conftest import SCENES


def differences(path: Path, number: int) -> tuple[int, list[str]]:
    """Return how many files a frame has, and what is different."""
    scene = rendersdg.load(path)
    frame = scene.frame(number)
    sent = pickle.loads(pickle.dumps(scene)).frame(number)
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        command("render", path, "-o", folder, "--frames", f"{number}:{number + 1}", "-q")
        for name, data in frame.files.items():
            if (Path(folder) / name).read_bytes() != data:
                wrong.append(f"{name} differs from the command's")
    if sent.files != frame.files:
        wrong.append("a pickled scene gives other files")
    if not np.array_equal(sent.rgb, frame.rgb) or sent.labels != frame.labels:
        wrong.append("a pickled scene gives another picture or other labels")
    if not set(frame.labels) <= set(scene.classes):
        wrong.append(f"classes {sorted(set(frame.labels) - set(scene.classes))} are not among the scene's")
    return len(frame.files), wrong


def main(number: int) -> int:
    failed = 0
    for path in SCENES:
        files, wrong = differences(path, number)
        failed += bool(wrong)
        print(f"{path.stem}: {files} files, {'; '.join(wrong) or 'equal'}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
