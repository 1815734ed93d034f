"""What would not fit into memory is refused with the estimate, before any is taken."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from rendersdg import memory
from rendersdg.errors import BadArgument
from tests.conftest import ROOT, Opener


def test_an_estimate_beyond_what_is_free_is_refused_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 3 << 30)

    memory.refuse_beyond_memory(3 << 30, "count=1", "take less")
    with pytest.raises(BadArgument, match=r"^count=9 would take about 5\.0 GiB, and 3\.0 GiB are free; take less$"):
        memory.refuse_beyond_memory(5 << 30, "count=9", "take less")


def test_a_system_that_does_not_say_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: None)

    memory.refuse_beyond_memory(1 << 60, "count=1", "take less")


def test_the_limit_of_the_process_counts() -> None:
    code = (
        "import resource; from rendersdg.memory import available_memory as free; before = free(); "
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, resource.RLIM_INFINITY)); print(before, free())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())

    assert 0 < after < 1 << 30 and after <= before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x: {create.cube: {count: 90000}}", r"scene\.yaml:10: count=90000 would take about 1\.\d GiB"),
        ("x: {create.render_product: {camera: eye, resolution: [16000, 16000]}}", r"resolution=.* would take about"),
        (
            "t: {trigger.on_frame: {max_execs: 1}}\n"
            "x: {with.t: {randomizer.instantiate: {paths: ['rendersdg:fruit/apple'], size: 90000}}}",
            "size=90000 would take about",
        ),
    ],
)
def test_a_scene_that_would_not_fit_is_refused_at_once(
    open_scene: Opener, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 1 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(BadArgument, match=said):
        open_scene(
            "eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0]}}\n"
            "view: {create.render_product: {camera: eye, resolution: [32, 24]}}\n\n\n\n\n" + text
        ).snapshot(0)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB
