"""Files from elsewhere: read within bounds, and wrong ones named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rendersdg.documents import csv_rows, json_value, number, read_bytes, read_text, shown, xml_root
from rendersdg.errors import BadScene, DatasetError

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]><a>&y;</a>"""
OUTSIDE = b"""<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>"""


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "is not JSON"),
        (b'{"a": NaN}', "holds NaN"),
        (b"[-Infinity]", "holds -Infinity"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deep"),
        (b'{"a":' * 100_000, "nested too deep"),
        (b"9" * 10_000, "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"", "is not JSON"),
    ],
)
def test_json_that_is_none_is_named(data: bytes, said: str) -> None:
    with pytest.raises(DatasetError, match=said) as error:
        json_value(data, "a.json")

    assert "a.json" in str(error.value) and len(str(error.value)) < 300


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (LAUGHS, "document type"),
        (OUTSIDE, "document type"),
        (b"<a>" * 300 + b"</a>" * 300, "more than 200 deep"),
        (b"<a><b></a>", "is not XML"),
        (b"", "is not XML"),
        (b"\x00\x01", "is not XML"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "is not XML"),
        (b"<a>&unknown;</a>", "is not XML"),
    ],
)
def test_xml_that_is_none_or_defines_entities_is_named(data: bytes, said: str) -> None:
    with pytest.raises(DatasetError, match=said) as error:
        xml_root(data, "a.xml")

    assert "a.xml" in str(error.value)


def test_xml_is_read_as_the_standard_library_reads_it() -> None:
    from xml.etree import ElementTree

    data = '<?xml version="1.0" encoding="latin-1"?><a x="1" xmlns:n="u:n"><n:b n:y="2">ä &amp;</n:b>t</a>'.encode("l1")

    assert ElementTree.tostring(xml_root(data, "a")) == ElementTree.tostring(ElementTree.fromstring(data))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "is not there"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: os.mkfifo(path), "a pipe or a device"),
        (lambda path: path.symlink_to("/dev/zero"), "a pipe or a device"),
        (lambda path: path.symlink_to(path), "cannot read"),
    ],
)
def test_what_is_not_a_file_is_never_waited_for(tmp_path: Path, make: Callable[[Path], object], said: str) -> None:
    path = tmp_path / "labels.json"
    make(path)

    with pytest.raises(BadScene, match=said):
        read_bytes(path, BadScene)


def test_text_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"good\nb\xe4d\n")
    (tmp_path / "b.txt").write_bytes(b"\xef\xbb\xbfgood\n")

    with pytest.raises(DatasetError, match=r"a\.txt:2: byte 0xe4 is not UTF-8"):
        read_text(tmp_path / "a.txt")
    assert read_text(tmp_path / "b.txt") == "good\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [("a,c\n1,2\n", "1: there is no column 'b'"), ("a,b\n1,2\n3\n", "3: the line ends before 'b'"), ("", "no column")],
)
def test_a_csv_file_that_ends_early_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(text)

    with pytest.raises(DatasetError, match=said):
        list(csv_rows(tmp_path / "a.csv", ("a", "b")))


@pytest.mark.parametrize("value", ["nan", float("inf"), "1e999", 10**400, None, True, [], "x"])
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(DatasetError, match=r"width=.* is not a finite number"):
        number(value, "width")


def test_large_values_are_shown_short() -> None:
    nested: list[object] = [1]
    for _ in range(2000):
        nested = [nested]

    for value in ("x" * 10**6, 10**9000, list(range(10**5)), nested, {"a": "b" * 10**5}):
        assert len(shown(value)) <= 60
