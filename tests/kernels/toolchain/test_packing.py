"""A pure wheel becomes one for a platform: the same bytes each time, with libraries, and a record of all."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

from rendersdg.kernels.toolchain.packing import platform_wheel

ABOUT = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def test_a_platforms_wheel_holds_the_library_and_records_it(tmp_path: Path) -> None:
    pure = tmp_path / "toy-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pure, "w") as made:
        for name, text in (("toy.py", "x = 1\n"), ("toy-1.0.dist-info/WHEEL", ABOUT), ("toy-1.0.dist-info/RECORD", "")):
            made.writestr(name, text)
    library = tmp_path / "kernels-v2.so"
    library.write_bytes(b"machine code")
    first, again = tmp_path / "first", tmp_path / "again"
    for folder in (first, again):
        folder.mkdir()

    one, other = (platform_wheel(pure, [library], "a_x86.b_x86", folder) for folder in (first, again))

    assert one.name == "toy-1.0-py3-none-a_x86.b_x86.whl" and one.read_bytes() == other.read_bytes()
    wheel = zipfile.ZipFile(one)
    about = wheel.read("toy-1.0.dist-info/WHEEL").decode().splitlines()
    assert about == ["Wheel-Version: 1.0", "Root-Is-Purelib: false", "Tag: py3-none-a_x86", "Tag: py3-none-b_x86"]
    hashed = base64.urlsafe_b64encode(hashlib.sha256(b"machine code").digest()).rstrip(b"=").decode()
    record = wheel.read("toy-1.0.dist-info/RECORD").decode().splitlines()
    assert f"rendersdg/kernels/lib/kernels-v2.so,sha256={hashed},12" in record and len(record) == 4
