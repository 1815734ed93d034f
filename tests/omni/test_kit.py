"""Kit around a script: its modules do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes


def test_settings_commands_and_the_timeline_do_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("host", tmp_path, monkeypatch)


def test_events_come_when_they_happen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("events", tmp_path, monkeypatch)
