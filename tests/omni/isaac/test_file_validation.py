"""Checks of what was written."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_files_are_counted_by_their_endings(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    from pathlib import Path
    from isaacsim.test.utils.file_validation import get_folder_file_summary, validate_folder_contents
    folder = Path(__file__).parent / "out"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.PNG", "b.png", "deep/c.png", "d.json", "plain"):
        (folder / name).write_text("")
    assert get_folder_file_summary(folder) == {"png": 3, "json": 1}
    assert get_folder_file_summary(folder, recursive=False) == {"png": 2, "json": 1}
    assert validate_folder_contents(folder, {".png": 3, "json": 1}) and not validate_folder_contents(folder, {"png": 2})
    """

    assert ran(tmp_path, text).error is None
