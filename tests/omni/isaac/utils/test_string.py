"""Names and regular expressions of paths."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_names_are_numbered_and_paths_cut(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    from isaacsim.core.utils.string import find_root_prim_path_from_regex, find_unique_string_name
    taken = {"box", "box_1"}
    assert find_unique_string_name("box", lambda name: name not in taken) == "box_2"
    assert find_root_prim_path_from_regex("/World/Env_.*/Robot") == ("/World", 1)
    assert find_root_prim_path_from_regex("/World/Env") == ("/World/Env", 2)
    assert find_root_prim_path_from_regex("/.*") == (None, None)
    """

    assert ran(tmp_path, text).error is None
