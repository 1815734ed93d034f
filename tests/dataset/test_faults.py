"""What stores raise: what is tried again, what is told at once, and in which words."""

from __future__ import annotations

import errno

import pytest

from rendersdg.dataset import faults
from rendersdg.dataset.faults import explained, insist, is_conflict, is_passing, unmasked


class Answered(OSError):
    def __init__(self, status: int) -> None:
        super().__init__("the server says no")
        self.status = status


class NoCredentialsError(Exception):
    pass


class EndpointConnectionError(Exception):
    pass


PASSING = [
    TimeoutError(),
    ConnectionResetError(),
    OSError(errno.EBUSY, "slow down"),
    Answered(500),
    Answered(503),
    Answered(429),
    EndpointConnectionError(),
]
LASTING = [
    PermissionError(errno.EACCES, "denied"),
    OSError(errno.ENOSPC, "No space left on device"),
    FileNotFoundError(errno.ENOENT, "no bucket"),
    NotImplementedError(),
    Answered(403),
    Answered(404),
    NoCredentialsError("Unable to locate credentials"),
    ValueError("what"),
]


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_faults_that_pass_are_tried_again_and_then_told(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(faults.time, "sleep", waited.append)
    answers = iter([error, error, "answer"])

    def call() -> str:
        answer = next(answers, error)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert is_passing(error) and insist(call) == "answer" and waited == list(faults.WAITS[:2])
    with pytest.raises(type(error)):
        insist(call)
    assert waited[2:] == list(faults.WAITS) and waited == sorted(waited[:2]) + sorted(waited[2:])
    assert "run again with --resume" in explained(error)


@pytest.mark.parametrize("error", LASTING, ids=repr)
def test_faults_that_last_are_told_at_once(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults.time, "sleep", lambda _: pytest.fail("waited"))
    calls = []

    def call() -> None:
        calls.append(1)
        raise error

    with pytest.raises(type(error)):
        insist(call)
    assert len(calls) == 1 and "; " in explained(error)


def test_a_store_that_is_slow_to_fail_is_not_asked_for_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 45))
    monkeypatch.setattr(faults.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(faults.time, "sleep", lambda _: None)
    calls = []

    def call() -> None:
        calls.append(1)
        raise TimeoutError

    with pytest.raises(TimeoutError):
        insist(call)
    assert len(calls) == 2


def test_absent_is_what_the_store_said_not_what_its_library_made_of_a_fault() -> None:
    def masked(cause: Exception) -> None:
        raise FileNotFoundError("http://a/b") from cause

    for cause in (Answered(500), Answered(403), ConnectionRefusedError()):
        with pytest.raises(type(cause)):
            unmasked(lambda: masked(cause))  # noqa: B023
    for cause in (Answered(404), KeyError("a")):
        with pytest.raises(FileNotFoundError):
            unmasked(lambda: masked(cause))  # noqa: B023


def test_a_refused_condition_is_told_from_other_faults() -> None:
    wrapped = OSError(errno.EINVAL, "PreconditionFailed")
    wrapped.__cause__ = Answered(412)

    assert all(map(is_conflict, (wrapped, FileExistsError(), Answered(409))))
    assert not any(map(is_conflict, (OSError(errno.EINVAL, "bad"), Answered(501), Answered(500))))
