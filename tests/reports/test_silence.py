"""Broken pictures are findings; the libraries that decode them say nothing beside."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

import rendersdg
from rendersdg.reports.silence import is_torn_png, quiet_decoders, without_remarks
from tests.reports.sets import coco, mottled

PNG = cv2.imencode(".png", mottled(1))[1].tobytes()
SUFFIXES = (".tiff", ".webp", ".jpg", ".bmp")


ODD = {  # parts of a whole file that libpng has something to say about
    b"iCCP": b"x\0\0" + zlib.compress(b"nothing"),
    b"sBIT": b"\x09\x09\x09",
    b"sRGB": b"\x09",
}


def part(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :]


@pytest.mark.parametrize("broken", [lambda d: d[: len(d) // 2], lambda d: d[:-6], lambda d: d[:20], flipped])
def test_broken_pictures_in_both_sets_leave_stderr_empty(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    recwarn: pytest.WarningsRecorder,
    broken: Callable[[bytes], bytes],
) -> None:
    sets = [coco(tmp_path / name, [[[2, 2, 20, 20]], *[[]] * 11], classes=("bolt",)) for name in ("own", "real")]
    for data in sets:
        for number in (3, 7):
            file = data.parent / f"{number:03d}.png"
            file.write_bytes(broken(file.read_bytes()))
        for number, suffix in enumerate(SUFFIXES, 8):
            coded = cv2.imencode(suffix, mottled(number))[1].tobytes()
            (data.parent / f"{number:03d}.png").write_bytes(coded[: len(coded) // 2])

    report = rendersdg.report(sets[0], real=sets[1])
    report.html()

    assert capfd.readouterr().err == "" and not recwarn.list
    named = next(f.items for f in report.findings if f.kind == "unreadable_files")
    assert {"003.png", "007.png"} <= set(named)


def test_what_libpng_thinks_of_whole_files_leaves_stderr_empty(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sets = [coco(tmp_path / name, [[[2, 2, 20, 20]], *[[]] * 11], classes=("bolt",)) for name in ("own", "real")]
    for data in sets:
        for number, (kind, body) in enumerate(ODD.items()):
            file = data.parent / f"{number:03d}.png"
            whole = file.read_bytes()
            file.write_bytes(whole[:33] + part(kind, body) + whole[33:])
    cv2.imread(str(sets[0].parent / "000.png"))
    assert "libpng warning" in capfd.readouterr().err  # so that there is something to be silent about

    report = rendersdg.report(sets[0], real=sets[1])
    report.html()

    assert capfd.readouterr().err == ""
    assert not [f for f in report.findings if f.kind == "unreadable_files"]


def test_the_pixels_are_the_same_without_remarks() -> None:
    odd = PNG[:33] + b"".join(part(kind, body) for kind, body in ODD.items()) + PNG[33:]

    assert without_remarks(odd) == without_remarks(PNG)
    assert np.array_equal(cv2.imdecode(np.frombuffer(without_remarks(odd), np.uint8), 1), mottled(1))
    assert without_remarks(b"no PNG") == b"no PNG"


def test_every_png_that_is_cut_short_is_told_from_the_whole_one() -> None:
    assert not is_torn_png(PNG)
    assert all(is_torn_png(PNG[:end]) for end in range(8, len(PNG)))
    assert not is_torn_png(b"\xff\xd8 no PNG") and not is_torn_png(b"")


def test_what_opencv_decodes_is_not_called_torn() -> None:
    comment = b"tEXt" + b"Comment\0a"
    wrong_sum = len(comment[4:]).to_bytes(4, "big") + comment + b"\0\0\0\0"
    after_header = 8 + 25
    odd = [PNG + b"more", PNG[:-1] + b"\0", PNG[:after_header] + wrong_sum + PNG[after_header:]]

    with quiet_decoders():
        decoded = [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) for data in odd]

    assert all(image is not None for image in decoded)
    assert not any(map(is_torn_png, odd))


def test_the_level_of_opencvs_log_is_as_before_also_after_an_error() -> None:
    log = cv2.utils.logging
    before = log.getLogLevel()

    with pytest.raises(ValueError, match="x"), quiet_decoders():
        silent = log.getLogLevel()
        raise ValueError("x")

    assert (silent, log.getLogLevel()) == (log.LOG_LEVEL_SILENT, before)
