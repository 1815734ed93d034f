"""Files that mean harm, and the commands that open them: each case makes its files in a folder of its own.

A case gets a :class:`Place`, puts its files into ``place.given`` and returns the words of a command. The command runs
in ``place.work``. It must refuse, run nothing (``place.canary``) and touch nothing beside ``place.work / "out"``.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rendersdg.dataset.records import FOLDER, FRAMES, HEADER, MANIFEST, digest, sealed, unsealed
from rendersdg.plain import Json

BOMB = 1024  # megabytes that an archive unpacks to; CI takes less
SIDE = 20_000  # pixels of a picture that packs well
SECRET = "the-secret-of-another-folder"
SCENE = """
eye: {create.camera: {position: [3, 3, 3], look_at: [0, 0, 0]}}
view: {create.render_product: {camera: eye, resolution: [16, 12]}}
box: {create.cube: {semantics: [["class", "box"]]}}
frames: {trigger.on_frame: {max_execs: 1}}
out: {writers.get: {name: BasicWriter, init_params: {output_dir: basic, rgb: true}, render_products: view}}
"""


@dataclass(frozen=True)
class Place:
    """The folders of a case: ``given`` holds what came from elsewhere, ``secret`` is a file of the user's.

    ``whole`` is an honest dataset of one frame, to be copied and changed.
    """

    root: Path
    whole: Path

    @property
    def given(self) -> Path:
        return self.root / "given"

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def secret(self) -> Path:
        return self.root / "secret" / "file"

    @property
    def canary(self) -> Path:
        return self.root / "canary"

    def make(self) -> None:
        for folder in (self.given, self.work, self.secret.parent, self.root / "home"):
            folder.mkdir(parents=True)
        self.secret.write_text(SECRET)

    def dataset(
        self, header: Json | None = None, record: Callable[[Json], None] = len, manifest: Callable[[Json], None] = len
    ) -> Path:
        """Copy the honest dataset and change it, with checksums as whoever means harm makes them.

        ``header`` has other entries of the header, ``record`` and ``manifest`` change these.
        """
        copy = self.given / "set"
        shutil.copytree(self.whole, copy)
        tree, _ = unsealed((copy / HEADER).read_bytes(), HEADER)
        (copy / HEADER).write_bytes(sealed(tree | (header or {}), indent=1))
        checksum = unsealed((copy / HEADER).read_bytes(), HEADER)[1]
        for file in sorted((copy / FRAMES).iterdir()):
            tree, _ = unsealed(file.read_bytes(), file.relative_to(copy).as_posix())
            tree["header"] = checksum
            record(tree)
            file.write_bytes(sealed(tree))
        self.reseal(copy, manifest)
        return copy

    def reseal(self, copy: Path, manifest: Callable[[Json], None] = len) -> None:
        """Make the manifest of a dataset say what its own files are by now."""
        tree, _ = unsealed((copy / MANIFEST).read_bytes(), MANIFEST, "root")
        own = (p for p in sorted((copy / FOLDER).rglob("*")) if p.is_file() and p != copy / MANIFEST)
        tree["own"] = {p.relative_to(copy).as_posix(): digest(p.read_bytes()) for p in own}
        manifest(tree)
        (copy / MANIFEST).write_bytes(sealed(tree, "root", indent=1))


Case = Callable[[Place], list[str]]
CASES: dict[str, Case] = {}


def case(*variants: object) -> Callable[[Callable[..., list[str]]], Callable[..., list[str]]]:
    """Return a decorator that lists a case, once for each variant, which it gets as its last argument."""

    def listed(function: Callable[..., list[str]]) -> Callable[..., list[str]]:
        name = function.__name__.replace("_", " ")
        if not variants:
            CASES[name] = function
        for variant in variants:
            label = variant if isinstance(variant, str) else str(variant)
            CASES[f"{name}: {label}"] = lambda place, one=variant: function(place, one)  # type: ignore[misc]
        return function

    return listed


# ---- datasets


def _script_text(place: Place) -> str:
    return f"import os\nos.mkdir({str(place.canary)!r})\nimport omni.replicator.core as rep\n"


@case("replay --frame 0", "replay --frame 0 --scene script.py", "merge -o out")
def a_script_that_a_dataset_brings(place: Place, command: str) -> list[str]:
    from rendersdg.replicator.output import script_header

    text = _script_text(place)
    copy = place.dataset()
    header = script_header("script.py", text.encode(), (), 0, "null", is_below=False)
    (copy / HEADER).write_bytes(sealed(header, indent=1))
    shutil.rmtree(copy / FOLDER / "scene")
    (copy / FOLDER / "scene").mkdir()
    (copy / FOLDER / "scene" / "script.py").write_text(text)
    (place.work / "script.py").write_text(text)
    name, *rest = command.split()
    return [name, str(copy), *rest]


@case("{given}/evil.py", "../../../evil.py", "a/evil.py", "a\\evil.py", 5)
def a_script_named_elsewhere(place: Place, name: object) -> list[str]:
    text = _script_text(place)
    (place.given / "evil.py").write_text(text)
    name = name.replace("{given}", str(place.given)) if isinstance(name, str) else name
    return ["replay", str(place.dataset({"script": name})), "--frame", "0"]


@case("{given}/evil.yaml", "../../../evil.yaml", "a//evil.yaml", 5, None)
def a_scene_named_elsewhere(place: Place, name: object) -> list[str]:
    (place.given / "evil.yaml").write_text(SCENE)
    name = name.replace("{given}", str(place.given)) if isinstance(name, str) else name
    return ["replay", str(place.dataset({"scene": name})), "--frame", "0"]


PATHS = ("../../secret/file", "{secret}", "a//b", "a/../../../secret/file", "C:/x", "a\\b")


@case(*PATHS)
def a_record_that_names_files_elsewhere(place: Place, path: str) -> list[str]:
    def named(record: Json) -> None:
        record["files"][path.replace("{secret}", str(place.secret))] = next(iter(record["files"].values()))

    return ["merge", str(place.dataset(record=named)), "-o", "out"]


@case(*PATHS[:3])
def a_manifest_that_names_files_elsewhere(place: Place, path: str) -> list[str]:
    def named(manifest: Json) -> None:
        manifest["files"][path.replace("{secret}", str(place.secret))] = "0" * 64

    return ["verify", str(place.dataset(manifest=named))]


@case("verify", "replay --frame 0", "merge -o out")
def a_link_in_a_shard(place: Place, command: str) -> list[str]:
    copy = place.dataset()
    file = next(copy.rglob("*.png"))
    file.unlink()
    file.symlink_to(place.secret)
    name, *rest = command.split()
    return [name, str(copy), *rest] if name != "replay" else ["verify", str(copy)]


@case("verify", "merge -o out")
def a_link_to_a_folder_in_a_shard(place: Place, command: str) -> list[str]:
    copy = place.dataset()
    shutil.move(copy / FOLDER / "frames", place.root / "secret" / "frames")
    (copy / FOLDER / "frames").symlink_to(place.root / "secret" / "frames")
    name, *rest = command.split()
    return [name, str(copy), *rest]


def _zipped(place: Place, *more: tuple[Any, bytes]) -> str:
    file = place.given / "set.zip"
    with zipfile.ZipFile(file, "w") as out:
        for one in sorted(p for p in place.whole.rglob("*") if p.is_file()):
            out.write(one, one.relative_to(place.whole).as_posix())
        for name, data in more:
            out.writestr(name, data)
    return f"zip://::{file}"


@case(
    f"{FOLDER}/scene/{{root}}/escaped", f"{FOLDER}/scene/../../../escaped", "../escaped", "/escaped", "a\\..\\escaped"
)
def a_member_of_a_zip_that_leads_out(place: Place, name: str) -> list[str]:
    return ["replay", _zipped(place, (name.replace("{root}", str(place.root)), b"escaped")), "--frame", "0"]


@case("merge", "verify")
def a_link_in_a_zip(place: Place, command: str) -> list[str]:
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    url = _zipped(place, (link, str(place.secret).encode()))
    return [command, url, *(["-o", "out"] if command == "merge" else [])]


@case()
def a_zip_that_unpacks_to_a_gigabyte(place: Place) -> list[str]:
    url = _zipped(place)
    _add_zeros(place.given / "set.zip", f"{FOLDER}/scene/bomb.yaml")
    return ["replay", url, "--frame", "0"]


def _add_zeros(archive: Path, name: str, head: bytes = b"") -> None:
    """Add a member of a gigabyte of zeros to a zip archive."""
    with (
        zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as out,
        out.open(name, "w") as member,
    ):
        member.write(head)
        for _ in range(BOMB):
            member.write(bytes(1 << 20))


@case("link", "..")
def a_tar_that_leads_out(place: Place, kind: str) -> list[str]:
    file = place.given / "set.tar"
    member = tarfile.TarInfo("../escaped" if kind == ".." else "link")
    if kind == "link":
        member.type, member.linkname = tarfile.SYMTYPE, str(place.secret)
    with tarfile.open(file, "w") as out:
        out.add(place.whole, "set")
        out.addfile(member)
    return ["verify", f"tar://set::{file}"]


@case()
def a_key_of_a_store_with_two_slashes(place: Place) -> list[str]:
    import fsspec

    memory = fsspec.filesystem("memory")
    bucket = f"/hostile-{place.root.name}"
    for one in (p for p in place.whole.rglob("*") if p.is_file()):
        memory.pipe_file(f"{bucket}/{one.relative_to(place.whole).as_posix()}", one.read_bytes())
    memory.store[f"{bucket}/{FOLDER}/scene/{place.root}/escaped"] = memory.store[f"{bucket}/{HEADER}"]
    return ["replay", f"memory:/{bucket}", "--frame", "0"]


@case("dataset", "manifest")
def json_that_is_nested_without_end(place: Place, name: str) -> list[str]:
    copy = place.dataset()
    body = b'{"a": ' + b"[" * 200_000
    (copy / FOLDER / name).write_bytes(body + f',\n "sha256": "{digest(body)}"\n}}\n'.encode())
    return ["verify", str(copy)]


# ---- YAML

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefghi", "bcdefghij")
)
YAML = {
    "a tag that makes a folder": "a: !!python/object/apply:os.mkdir [{canary}]\n",
    "a tag that runs a command": "a: !!python/object/apply:subprocess.check_output [[touch, {canary}]]\n",
    "a tag that evaluates": "a: !!python/object/new:eval [\"__import__('os').mkdir('{canary}')\"]\n",
    "a billion laughs": LAUGHS,
    "nested without end": "a: " + "[" * 100_000,
}


@case(*YAML)
def a_scene(place: Place, kind: str) -> list[str]:
    (place.given / "scene.yaml").write_text(SCENE + YAML[kind].replace("{canary}", str(place.canary)))
    return ["validate", str(place.given / "scene.yaml")]


@case(*list(YAML)[:3])
def a_copy_of_a_scene(place: Place, kind: str) -> list[str]:
    copy = place.dataset()
    file = next(p for p in (copy / FOLDER / "scene").rglob("*") if p.is_file())
    file.write_text(file.read_text() + YAML[kind].replace("{canary}", str(place.canary)))
    place.reseal(copy)
    return ["replay", str(copy), "--frame", "0"]


@case(*YAML)
def a_list_of_yolo(place: Place, kind: str) -> list[str]:
    text = "names: [a]\ntrain: images\n" + YAML[kind].replace("{canary}", str(place.canary))
    (place.given / "data.yaml").write_text(text)
    return ["split", f"yolo:{place.given}@val", "-o", "out"]


@case(*YAML)
def a_recipe(place: Place, kind: str) -> list[str]:
    (place.given / "recipe.yaml").write_text(YAML[kind].replace("{canary}", str(place.canary)))
    return ["train", str(place.given), "-o", "out", "--config", str(place.given / "recipe.yaml")]


@case(*YAML)
def a_study(place: Place, kind: str) -> list[str]:
    (place.given / "study.yaml").write_text(YAML[kind].replace("{canary}", str(place.canary)))
    return ["study", str(place.given / "study.yaml"), "-o", "out"]


# ---- labelled sets and mixes


@cache
def png(width: int, height: int) -> bytes:
    """Return a PNG of black pixels, which pack well."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(bytes(1 + 3 * width)) for _ in range(height)) + packer.flush()
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _coco(place: Place, picture: str, size: tuple[int, int] = (8, 8)) -> Path:
    image = {"id": 1, "file_name": picture, "width": size[0], "height": size[1]}
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4], "area": 16, "iscrowd": 0}
    content = {"images": [image], "annotations": [box], "categories": [{"id": 1, "name": "a"}]}
    file = place.given / "list.json"
    file.write_text(json.dumps(content))
    return file


@case("/dev/zero", "pipe", "{secret}", "bomb.png")
def a_picture_of_a_labelled_set(place: Place, name: str) -> list[str]:
    if name == "pipe":
        os.mkfifo(place.given / "pipe")
    size = (SIDE, SIDE) if name == "bomb.png" else (8, 8)
    if name == "bomb.png":
        (place.given / name).write_bytes(png(*size))
    listed = _coco(place, name.replace("{secret}", str(place.secret)), size)
    words = ["steps=1", "batch=1", "threads=1", "size=64"]
    settings = [word for setting in words for word in ("--set", setting)]
    return ["train", f"coco:{listed}", "-o", "out", "-q", "--detector", "ssdlite_mobilenet", *settings]


@case("/dev/zero", "bomb.png")
def a_picture_to_find_boxes_in(place: Place, name: str) -> list[str]:
    model = _model(place)
    folder = place.given / "pictures"
    folder.mkdir()
    if name == "bomb.png":
        (folder / name).write_bytes(png(SIDE, SIDE))
    else:
        (folder / "zero.png").symlink_to(name)
    return ["predict", str(model), str(folder), "-o", "out"]


@case("split yolo", "split voc", "predict")
def a_pipe_among_the_pictures(place: Place, command: str) -> list[str]:
    folder = place.given / "images"
    folder.mkdir()
    os.mkfifo(folder / "a.png")
    (place.given / "data.yaml").write_text("names: [a]\ntrain: images\n")
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>4</ymax></bndbox>"
    text = f"<annotation><filename>a.png</filename><object><name>a</name>{box}</object></annotation>"
    (folder / "a.xml").write_text(text)
    if command == "predict":
        return ["predict", str(_model(place)), str(folder), "-o", "out"]
    layout = command.split()[1]
    return ["split", f"{layout}:{place.given if layout == 'yolo' else folder}", "-o", "out"]


@case("entities", "another file")
def labels_in_xml(place: Place, kind: str) -> list[str]:
    entities = "".join(f'<!ENTITY {b} "{10 * f"&{a};"}">' for a, b in zip("abcdefghi", "bcdefghij"))
    if kind == "another file":
        entities = f'<!ENTITY j SYSTEM "file://{place.secret}">'
    text = (
        f'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">{entities}]><annotation><object><name>&j;</name></object></annotation>'
    )
    (place.given / "a.png").write_bytes(png(8, 8))
    (place.given / "a.xml").write_text(text)
    return ["split", f"voc:{place.given}", "-o", "out"]


MIXES: dict[str, tuple[str, object]] = {
    "a stage called ../out": ("name", "../escaped"),
    "a stage with an absolute name": ("name", "{root}/escaped"),
    "a stage in a folder": ("name", "a/b"),
    "a stage that is a number": ("name", 5),
    "a list above it": ("list", "../secret/file"),
    "a list behind a link": ("list", "link.json"),
    "a list that is a number": ("list", 7),
}


@case(*MIXES)
def a_mix_with(place: Place, kind: str) -> list[str]:
    key, value = MIXES[kind]
    (place.given / "a.png").write_bytes(png(8, 8))
    (place.given / "link.json").symlink_to(place.secret)
    _coco(place, "a.png")
    part: dict[str, object] = {"list": "list.json", "share": 1.0}
    stage: dict[str, object] = {"name": "train", "parts": [part]}
    (stage if key == "name" else part)[key] = value.replace("{root}", str(place.root)) if type(value) is str else value
    last = {"name": "last", "parts": [{"list": "list.json", "share": 1.0}]}
    (place.given / "mix.json").write_text(json.dumps({"format": 1, "classes": ["a"], "stages": [stage, last]}))
    words = ["steps=1", "batch=1", "threads=1", "size=64"]
    settings = [word for setting in words for word in ("--set", setting)]
    return ["train", str(place.given), "-o", "out", "-q", "--detector", "ssdlite_mobilenet", *settings]


# ---- weights, checkpoints, arrays


class Evil:
    """Makes a folder where it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.canary),)


def _torch(content: object, file: Path, kind: str = "zip") -> Path:
    import torch

    if kind == "pickle":
        file.write_bytes(pickle.dumps(content, 2))
    else:
        torch.save(content, file, _use_new_zipfile_serialization=kind == "zip")
    return file


@case("zip", "legacy", "pickle")
def weights_that_run_code(place: Place, kind: str) -> list[str]:
    (place.given / "a.png").write_bytes(png(8, 8))
    weights = _torch({"model": {}, "evil": Evil(place.canary)}, place.given / "w.pt", kind)
    words = ["train", f"coco:{_coco(place, 'a.png')}", "-o", "out", "-q", "--detector", "ssdlite_mobilenet"]
    return [*words, "--weights", str(weights), "--set", "size=64", "--set", "threads=1"]


@case(
    "a header of 2^60 bytes", "a header of 2^20 brackets", "a tensor of 10^12 values", "a thousand tensors of one place"
)
def weights_in_safetensors(place: Place, kind: str) -> list[str]:
    (place.given / "a.png").write_bytes(png(8, 8))
    one: dict[str, object] = {"dtype": "F32", "shape": [1 << 20], "data_offsets": [0, 4 << 20]}
    header: dict[str, object] = {f"{k}": one for k in range(1000)}
    if kind.startswith("a tensor"):
        header = {"a": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]}}
    text = b"[" * (1 << 20) if kind.endswith("brackets") else json.dumps(header).encode()
    length = 1 << 60 if kind.endswith("bytes") else len(text)
    file = place.given / "w.safetensors"
    file.write_bytes(length.to_bytes(8, "little") + text + bytes(4 << 20))
    words = ["train", f"coco:{_coco(place, 'a.png')}", "-o", "out", "-q", "--detector", "ssdlite_mobilenet"]
    return [*words, "--weights", str(file), "--set", "size=64", "--set", "threads=1"]


@case("predict", "evaluate", "export", "resume")
def a_checkpoint_that_runs_code(place: Place, command: str) -> list[str]:
    (place.given / "a.png").write_bytes(png(8, 8))
    listed, run = f"coco:{_coco(place, 'a.png')}", place.work / "out"
    run.mkdir()
    content = {"format": 1, "detector": "ssdlite_mobilenet", "classes": ["a"], "preprocess": {"size": 64}}
    _torch(content | {"weights": Evil(place.canary)}, run / "model.pt")
    shutil.copy(run / "model.pt", run / "checkpoint.pt")
    small = ["--detector", "ssdlite_mobilenet", "--set", "size=64", "--set", "threads=1", "--set", "steps=1"]
    return {
        "predict": ["predict", str(run), str(place.given), "-o", "out"],
        "evaluate": ["evaluate", str(run), listed],
        "export": ["export", str(run), "-o", "out/exported"],
        "resume": ["train", listed, "-o", str(run), "--resume", "-q", *small],
    }[command]


@case("a million classes", "a size of 10^9", "a compressed member", "a tensor of 10^12 values")
def a_model_file_that_asks_for_memory(place: Place, kind: str) -> list[str]:
    import torch

    content = {
        "format": 1,
        "detector": "ssdlite_mobilenet",
        "classes": ["a"],
        "preprocess": {"size": 64},
        "weights": {},
    }
    file = place.given / "model.pt"
    if kind.startswith("a million"):
        content["classes"] = 10**6 * ["a"]
    elif kind.startswith("a size"):
        content["preprocess"] = {"size": 10**9}
    elif kind.startswith("a tensor"):
        content["weights"] = {"a": torch.zeros(1).expand(10**12)}
    (place.given / "a.png").write_bytes(png(8, 8))
    _torch(content, file)
    if kind.startswith("a compressed"):
        with (
            zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as out,
            out.open("archive/data/9", "w") as member,
        ):
            for _ in range(BOMB):
                member.write(bytes(1 << 20))
    return ["predict", str(file), str(place.given), "-o", "out"]


@case("generator.pt", "teacher.pkl", "teacher.pt")
def a_generator_or_its_teacher(place: Place, name: str) -> list[str]:
    import torch

    file = place.given / name
    if name == "teacher.pt":
        script = torch.jit.script(torch.nn.Identity())
        script.save(str(file))
    else:
        _torch({"format": 1, "G_ema": Evil(place.canary)}, file, "zip" if name == "generator.pt" else "pickle")
    if name == "generator.pt":
        return ["generator", "sample", str(file), "-o", "out/sheet.png"]
    return ["generator", "teach", str(file), "-o", "out"]


@case("objects", "a gigabyte of zeros", "a shape of 10^13", "a member that leads out")
def an_archive_of_numpy(place: Place, kind: str) -> list[str]:
    import numpy as np

    file = place.given / "set.npz"
    pixels = np.zeros((2, 8, 8, 3), np.uint8)
    if kind == "objects":
        objects = np.empty(2, object)
        objects[:] = Evil(place.canary)
        np.savez(file, images=objects, labels=np.zeros(2, int))
    else:
        np.savez(file, images=pixels, labels=np.zeros(2, int))
    if kind.startswith("a gigabyte"):
        with (
            zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as out,
            out.open("more.npy", "w") as member,
        ):
            member.write(_npy_head((BOMB << 20,)))
            for _ in range(BOMB):
                member.write(bytes(1 << 20))
    elif kind.startswith("a shape"):
        with zipfile.ZipFile(file, "a") as out:
            out.writestr("more.npy", _npy_head((10**13,)))
    elif kind.startswith("a member"):
        with zipfile.ZipFile(file, "a") as out:
            out.writestr("../more.npy", _npy_head((1,)) + b"\0")
    return ["train-classifier", str(file), "-o", "out", "--epochs", "1"]


def _npy_head(shape: tuple[int, ...]) -> bytes:
    import numpy as np

    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return head.getvalue()


@case("objects", "a shape of 10^13")
def triples_of_a_teacher(place: Place, kind: str) -> list[str]:
    import numpy as np

    for name in ("noise", "labels", "images"):
        if kind == "objects":
            objects = np.empty(2, object)
            objects[:] = Evil(place.canary)
            np.save(place.given / f"{name}.npy", objects)
        else:
            (place.given / f"{name}.npy").write_bytes(_npy_head((10**13,)))
    (place.given / "triples.json").write_text('{"classes": ["a"]}')
    return ["generator", "train", str(place.given), "-o", "out", "--epochs", "1"]


# ---- exported networks


def _model(place: Place) -> Path:
    from tests.served import colour_model

    (place.given / "a.png").write_bytes(png(8, 8))  # to find boxes in
    return colour_model(place.given / "model")


def _without_bin(xml: Path, place: Place) -> None:
    values = place.secret.with_name("weights.bin")  # which fit, so that nothing but the link is wrong
    shutil.move(xml.with_suffix(".bin"), values)
    xml.with_suffix(".bin").symlink_to(values)


def _beyond(xml: Path, place: Place) -> None:
    xml.write_text(xml.read_text().replace('offset="0"', 'offset="1000000"'))


def _huge(xml: Path, place: Place) -> None:
    xml.write_text(xml.read_text().replace('size="16"', 'size="16000000000000"'))


def _laughing(xml: Path, place: Place) -> None:
    entities = "".join(f'<!ENTITY {b} "{10 * f"&{a};"}">' for a, b in zip("abcdefghi", "bcdefghij"))
    xml.write_text(f'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">{entities}]><net name="&j;"/>')


def _another(xml: Path, place: Place) -> None:
    xml.write_text(f'<!DOCTYPE a [<!ENTITY a SYSTEM "file://{place.secret}">]><net name="&a;"/>')


def _size(xml: Path, place: Place) -> None:
    about = json.loads(xml.with_suffix(".json").read_text())
    about["preprocess"]["size"] = '64 ] } parameters { key: "EXECUTION_ENV_PATH" value: { string_value: "/evil" } } {'
    xml.with_suffix(".json").write_text(json.dumps(about))


NETWORKS = {
    "weights behind a link": _without_bin,
    "weights beyond their file": _beyond,
    "weights of 16 TB": _huge,
    "a billion laughs": _laughing,
    "another file's text": _another,
    "a size that is a configuration": _size,
}


@case(*NETWORKS)
def a_network_of_openvino_with(place: Place, kind: str) -> list[str]:
    xml = _model(place)
    NETWORKS[kind](xml, place)
    return ["predict", str(xml), str(place.given), "-o", "out"]


@case("weights behind a link", "a size that is a configuration")
def a_network_for_triton_with(place: Place, kind: str) -> list[str]:
    xml = _model(place)
    NETWORKS[kind](xml, place)
    return ["export-triton", str(xml.parent), "-o", "out", "--name", "steel"]


@case("../../secret/file", "{secret}", "a//b", "link", "nowhere")
def values_of_onnx_at(place: Place, location: str) -> list[str]:
    import onnx

    xml = _model(place)
    tensor = onnx.TensorProto(name="c", data_type=1, dims=[1, 1, 4], data_location=onnx.TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=location.replace("{secret}", str(place.secret)))
    values = onnx.helper.make_tensor_value_info
    nodes = [onnx.helper.make_node("Identity", ["c"], ["boxes"]), onnx.helper.make_node("Identity", ["c"], ["scores"])]
    outputs = [values(name, 1, [1, 1, 4]) for name in ("boxes", "scores")]
    graph = onnx.helper.make_graph(nodes, "g", [values("images", 1, [1, 3, 64, 64])], outputs, [tensor])
    opsets = [onnx.helper.make_opsetid("", 13)]
    model = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=8)
    (xml.parent / "link").symlink_to(place.secret)
    xml.with_suffix(".onnx").write_bytes(model.SerializeToString())
    return ["predict", str(xml.with_suffix(".onnx")), str(place.given), "-o", "out"]


# ---- assets of a library elsewhere


@case("../../escaped.png", "/{root}/escaped.png", "a\\..\\..\\escaped.png")
def a_library_in_a_zip_with(place: Place, name: str) -> list[str]:
    with zipfile.ZipFile(place.given / "library.zip", "w") as out:
        out.writestr("part.usda", '#usda 1.0\n(defaultPrim = "a")\ndef Cube "a" {}\n')
        out.writestr(name.replace("{root}", str(place.root)), b"escaped")
    scene = SCENE + 'part: {create.from_usd: {usd: "https://library/part.usda"}}\n'
    (place.work / "scene.yaml").write_text(scene)
    return ["validate", "scene.yaml", "--assets", f"=zip://::{place.given / 'library.zip'}"]


NAMING = {
    "usda": '#usda 1.0\n(\n    subLayers = [@{secret}@]\n)\ndef Cube "a" {}\n',
    "gltf": '{"asset": {"version": "2.0"}, "buffers": [{"uri": "{secret}", "byteLength": 4}]}',
    "obj": "mtllib {secret}\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    "dae": "<COLLADA><library_images><image><init_from>{secret}</init_from></image></library_images></COLLADA>",
}


@case(*NAMING)
def a_library_whose_files_name_one_of_this_machine(place: Place, kind: str) -> list[str]:
    with zipfile.ZipFile(place.given / "library.zip", "w") as out:
        out.writestr(f"part.{kind}", NAMING[kind].replace("{secret}", str(place.secret)))
    scene = SCENE + f'part: {{create.from_usd: {{usd: "https://library/part.{kind}"}}}}\n'
    (place.work / "scene.yaml").write_text(scene)
    return ["validate", "scene.yaml", "--assets", f"=zip://::{place.given / 'library.zip'}"]
