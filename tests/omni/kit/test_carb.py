"""The log, and vectors whose parts have names."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_vectors_have_parts_and_the_log_takes_text(tmp_path: Path) -> None:
    text = """
    import carb, logging
    heard = []
    handler = logging.Handler()
    handler.emit = heard.append
    log = logging.getLogger("rendersdg.script")
    log.addHandler(handler)
    v = carb.Float3(1, 2, 3)
    assert (v.x, v.y, v.z) == (1, 2, 3) and v * 2 == (2, 4, 6)
    carb.log_warn("careful")
    carb.log_error("wrong")
    log.removeHandler(handler)
    assert [(r.levelname, r.getMessage()) for r in heard] == [("WARNING", "careful"), ("ERROR", "wrong")]
    import omni.log
    assert omni.log.warn is carb.log_warn
    """

    assert ran(tmp_path, text).error is None
