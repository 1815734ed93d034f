"""The door of USD's files: what OpenUSD must not read is refused with its name, and costs the scene no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.assets.usd_files.door import check_usd
from rendersdg.assets.usd_files.texts import DEEPEST
from rendersdg.errors import AssetError
from tests.assets.loading import load
from tests.conftest import Opener
from tests.hostile.assets.usd_seeds import crate_seeds, package, text_seeds

_REFERRING = """#usda 1.0
(
    defaultPrim = "A"
)

def Xform "A"
{{
    def Sphere "ball"
    {{
    }}

    def "other" (
        prepend references = @{}@
    )
    {{
    }}
}}
"""


def written(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def hostile() -> bytes:
    """Return a crate that states 2**40 tokens."""
    data = bytearray(crate_seeds()[0]["asset.usdc"])
    at = int.from_bytes(data[16:24], "little") + 8 + 16
    start = int.from_bytes(data[at : at + 8], "little")
    data[start : start + 8] = (1 << 40).to_bytes(8, "little")
    return bytes(data)


def test_good_files_of_each_kind_pass(tmp_path: Path) -> None:
    text, crate = text_seeds()[0]["asset.usda"], crate_seeds()[0]["asset.usdc"]
    files = {"a.usda": text, "b.usdc": crate, "c.usd": crate, "d.usd": text}
    files["e.usdz"] = package({"x.usdc": crate, "y.png": b"not looked at"})

    for name, data in files.items():
        check_usd(written(tmp_path, name, data))


def test_a_crate_that_states_too_much_is_refused_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, "bomb.usdc", hostile())

    with pytest.raises(AssetError, match=r"bomb\.usdc is damaged, and is not opened: it states 1099511627776 tokens"):
        check_usd(path)


def test_a_changed_file_is_looked_through_again(tmp_path: Path) -> None:
    path = written(tmp_path, "a.usdc", crate_seeds()[0]["asset.usdc"])
    check_usd(path)
    written(tmp_path, "a.usdc", hostile() + b"\0")

    with pytest.raises(AssetError, match="states"):
        check_usd(path)


@pytest.mark.parametrize("bracket", ["{}", "[]", "()"])
def test_text_that_is_nested_too_deeply_is_refused(bracket: str, tmp_path: Path) -> None:
    left, right = bracket
    deep = DEEPEST + 1
    path = written(tmp_path, "deep.usda", b"#usda 1.0\n" + (left * deep + right * deep).encode())

    with pytest.raises(AssetError, match=f"nested {deep} deep"):
        check_usd(path)


def test_brackets_in_strings_and_comments_nest_nothing(tmp_path: Path) -> None:
    text = '#usda 1.0\n# {}\n(\n    doc = """{}"""\n)\n'.format("{" * 9000, "[" * 9000)

    check_usd(written(tmp_path, "words.usda", text.encode()))


@pytest.mark.parametrize(
    ("members", "method", "words"),
    [
        pytest.param({"../out.usda": b"#usda 1.0\n"}, 0, r"\.\./out\.usda", id="leads out"),
        pytest.param({"/abs.usda": b"#usda 1.0\n"}, 0, "/abs.usda", id="absolute"),
        pytest.param({"a//b.usda": b"#usda 1.0\n"}, 0, "empty part", id="empty part"),
        pytest.param({"a.usda": b"#usda 1.0\n" + b" " * 10**6}, 8, "compressed", id="compressed"),
        pytest.param({"a.usdc": hostile()}, 0, "a.usdc: it states", id="hostile inside"),
    ],
)
def test_members_that_no_package_may_have_are_refused(
    members: dict[str, bytes], method: int, words: str, tmp_path: Path
) -> None:
    path = written(tmp_path, "a.usdz", package(members, method=method))

    with pytest.raises(AssetError, match=words):
        check_usd(path)


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    one = package({"a.usda": b"#usda 1.0\n"})
    body = one[: one.index(b"PK\1\2")]

    with pytest.raises(AssetError, match=r"two members a\.usda"):
        check_usd(written(tmp_path, "a.usdz", body + one))


def test_packages_within_packages_have_an_end(tmp_path: Path) -> None:
    data = package({"a.usda": b"#usda 1.0\n"})
    for _ in range(6):
        data = package({"inner.usdz": data})

    with pytest.raises(AssetError, match="within each other"):
        check_usd(written(tmp_path, "a.usdz", data))


def test_a_hostile_layer_costs_its_own_prim_alone(open_scene: Opener, tmp_path: Path) -> None:
    written(tmp_path, "bomb.usdc", hostile())
    asset = written(tmp_path, "asset.usda", _REFERRING.format("./bomb.usdc").encode())
    session = open_scene(f'thing: {{create.from_usd: {{usd: "{asset}"}}}}\n', backend="null")

    snapshot = session.snapshot(0)

    assert len(snapshot.instances) == 1
    said = {text for (_, subject), text in session.recorder.report.entries.items() if "bomb.usdc" in subject}
    assert any("is left out" in text and "states 1099511627776 tokens" in text for text in said)


@pytest.mark.parametrize("name", ["[a].usdc", "[a].usdz", "b].usdz"])
def test_brackets_in_a_name_let_nothing_through(name: str, tmp_path: Path) -> None:
    data = hostile() if name.endswith("c") else package({"a.usdc": hostile()})
    path = written(tmp_path, name, data)

    for asked in (path, f"{path}[a.usdc]", f"{path}[a[1].usdc]"):
        with pytest.raises(AssetError, match="is damaged"):
            check_usd(asked)


def test_a_hostile_asset_is_refused_with_its_name(open_scene: Opener, tmp_path: Path) -> None:
    path = written(tmp_path, "bomb.usdc", hostile())

    with pytest.raises(AssetError, match=r"bomb\.usdc is damaged"):
        load(open_scene, path)


def test_a_package_that_names_a_layer_outside_of_it_does_without(open_scene: Opener, tmp_path: Path) -> None:
    written(tmp_path, "outside.usda", text_seeds()[0]["asset.usda"])
    text = _REFERRING.format(f"{tmp_path}/outside.usda").encode()
    path = written(tmp_path, "a.usdz", package({"a.usda": text}))
    session = open_scene(f'thing: {{create.from_usd: {{usd: "{path}"}}}}\n', backend="null")

    snapshot = session.snapshot(0)

    assert [i.prim_path.rsplit("/", 1)[-1] for i in snapshot.instances] == ["ball"]
    assert any("outside of its package" in text for text in session.recorder.report.entries.values())
