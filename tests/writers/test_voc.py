"""Pascal VOC: there and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import DatasetError
from tests.conftest import Opener
from tests.writers.foreign import compare, imported
from tests.writers.written import objects, write
from writers.voc import read_voc


def test_voc_round_trip(open_scene: Opener, tmp_path: Path) -> None:
    session = write(open_scene, tmp_path, "VocWriter", 1)
    found = {o["name"]: o for o in read_voc((tmp_path / "Annotations" / "000000.xml").read_bytes())}
    _, truth = objects(session, 0)

    assert {o["labels"]["class"]: tuple(o["tight"]) for o in truth if o["tight"]} == {
        n: o["box"] for n, o in found.items()
    }
    assert found["ball"]["truncated"] == 1 and found["box"]["truncated"] == 0
    assert (tmp_path / "ImageSets/Main/default.txt").read_text() == "000000\n"


@pytest.mark.extra
def test_datumaro_reads_our_voc(open_scene: Opener, tmp_path: Path) -> None:
    pytest.importorskip("datumaro")
    session = write(open_scene, tmp_path, "VocWriter", 2)

    compare(imported(tmp_path, "voc"), session, 2, slack=1.01)


def test_the_reader_names_what_is_wrong() -> None:
    with pytest.raises(DatasetError, match="Pascal VOC"):
        read_voc(b"<annotation>")
