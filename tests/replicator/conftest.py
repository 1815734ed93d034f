"""An engine as a script has it, without the script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rendersdg.replicator.engine import Engine, running
from rendersdg.replicator.output import Output
from rendersdg.scene.recorder import recording


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """The running engine of an empty stage in centimetres; what it writes lies below ``tmp_path/out``."""
    output = Output({"script": "script.py"}, {}, str(tmp_path / "out"))
    with recording(tmp_path) as recorder, running(Engine("script.py", recorder, output)) as engine:
        yield engine
