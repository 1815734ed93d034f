"""Baking: what only rendersdg can make (procedural assets and textures, converted meshes),
written as files for others.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from pxr import Sdf, Usd, UsdGeom

from rendersdg.arrays import U1
from rendersdg.assets.arguments import split_arguments
from rendersdg.assets.patterns import pattern
from rendersdg.assets.resolver import is_procedural, procedural_name
from rendersdg.assets.surfaces import Surface
from rendersdg.colour import srgb_from_linear
from rendersdg.errors import AssetError
from rendersdg.files import write_file
from rendersdg.scene.recorder import Recorder
from rendersdg.snapshot import Semantics
from rendersdg.stage.author import ROOT, Author
from rendersdg.stage.semantics import write_semantics
from rendersdg.streams import Source
from rendersdg.texels import normal_texels

_RAW = ("normal", "rough", "metal", "orm", "bump", "opacity")


Inputs: TypeAlias = dict[str, Any]  # of a material, by OmniPBR's names


class Baker:
    """Writes files below ``folder``, each once; ``files`` are those written so far."""

    def __init__(self, recorder: Recorder, folder: Path) -> None:
        self._recorder = recorder
        self.folder = folder
        self.files: set[Path] = set()

    def texture(self, path: str) -> Path:
        """Return the file of a procedural or embedded texture, written if it is not there yet.

        It is PNG, or Radiance HDR for skies, which are linear floats; lossless either way.
        """
        embedded = self._recorder.resolver.embedded.get(path)
        pixels = pattern(procedural_name(path)) if embedded is None else embedded
        name = re.sub(r"[^\w/]", "_", path.partition(":")[2])
        is_sky = pixels.dtype == np.float32
        file = self.folder / (name + (".hdr" if is_sky else ".png"))
        if self._is_new(file):
            order = cv2.COLOR_RGB2BGR if is_sky else cv2.COLOR_RGBA2BGRA
            _, data = cv2.imencode(file.suffix, cv2.cvtColor(pixels, order))
            write_file(file, data.tobytes())
        return file

    def asset(self, path: str, labels: Semantics = ()) -> Path:
        """Return a USD file of an asset that is none, with its textures beside it; ``labels`` go onto its root."""
        plain, arguments = split_arguments(path)
        read_as = "".join(f"_{name}_{value}" for name, value in sorted(arguments.items()))
        name = (
            procedural_name(path)
            if is_procedural(path)
            else re.sub(r"\.\w+$", "", plain.replace("\\", "/")).rsplit("/", 1)[-1] + read_as
        )
        file = self.folder / ("labelled" if labels else "") / f"{name}.usdc"
        if self._is_new(file):
            layer = self._recorder.layers.layer(path)
            source = Sdf.Layer.FindOrOpen(layer.identifier)
            self._write_layer(source, file, labels)
        return file

    def mesh(self, stage: Usd.Stage, path: str, name: str) -> Path:
        """Return a USD file of a mesh that the scene made itself: what lies in the wrapper at ``path``."""
        file = self.folder / f"{name}.usdc"
        number = 1
        while not self._is_new(file):
            file, number = self.folder / f"{name}_{number}.usdc", number + 1
        layer = Sdf.Layer.CreateAnonymous(".usdc")
        inner = stage.GetPrimAtPath(path).GetChildren()[0].GetPath()
        Sdf.CreatePrimInLayer(layer, "/Asset")
        Sdf.CopySpec(stage.GetRootLayer(), inner, layer, "/Asset")
        asset = Usd.Stage.Open(layer)
        asset.SetDefaultPrim(asset.GetPrimAtPath("/Asset"))
        UsdGeom.SetStageMetersPerUnit(asset, UsdGeom.GetStageMetersPerUnit(stage))
        UsdGeom.SetStageUpAxis(asset, UsdGeom.GetStageUpAxis(stage))
        self._write_layer(layer, file, ())
        return file

    def _is_new(self, file: Path) -> bool:
        is_new = file not in self.files
        self.files.add(file)
        return is_new

    def _write_layer(self, source: Sdf.Layer, file: Path, labels: Semantics) -> None:
        write_file(file, b"")
        file.unlink()
        copy = Sdf.Layer.CreateNew(str(file))
        copy.TransferContent(source)
        self.localize(copy, file.parent)
        if labels:
            stage = Usd.Stage.Open(copy)
            write_semantics(stage.GetDefaultPrim(), labels)
        copy.Save()

    def surface(self, surface: Surface, source: Source | None, name: str) -> Inputs:
        """Return the OmniPBR inputs of a procedural surface, its tile written as images called ``name``."""
        assert source is not None
        maps = surface.maps(source.rng())
        colour = self.folder / "surfaces" / f"{name}_D.png"
        write_png(colour, eight_bit(srgb_from_linear(maps.colour)))
        scale = 1000.0 / surface.tile  # tiles a metre
        inputs: Inputs = {
            "diffuse_texture": str(colour),
            "metallic_constant": surface.metallic,
            "reflection_roughness_constant": surface.roughness,
            "specular_level": surface.specular,
            "project_uvw": True,
            "texture_scale": (scale, scale),
            "texture_rotate": surface.angle,
            "texture_translate": (0.5, 0.5),
        }
        if surface.coat > 0:
            inputs |= {"enable_clearcoat": True, "clearcoat_weight": surface.coat}
            inputs["clearcoat_reflection_roughness"] = surface.coat_roughness
        if maps.slopes is not None:
            normal = self.folder / "surfaces" / f"{name}_N.png"
            write_png(normal, eight_bit(normal_texels(maps.slopes)))
            inputs["normalmap_texture"] = str(normal)
        return inputs

    def materials(self, inputs: Sequence[Inputs], name: str) -> Path:
        """Return a USD file of OmniPBR materials ``<name>_look_0``, ``<name>_look_1``, ..."""
        stage = Usd.Stage.CreateInMemory()
        stage.SetDefaultPrim(stage.DefinePrim("/Looks", "Scope"))
        author = Author(stage)
        for number, one in enumerate(inputs):
            material = author.material(f"{name}_look_{number}", one)
            Sdf.CopySpec(stage.GetRootLayer(), material, stage.GetRootLayer(), f"/Looks/{name}_look_{number}")
        stage.RemovePrim(ROOT)
        file = self.folder / f"{name}.usdc"
        self._write_layer(stage.GetRootLayer(), file, ())
        return file

    def save(self, layer: Sdf.Layer, file: Path) -> None:
        """Write a layer to ``file``. Raises AssetError when that cannot be."""
        write_file(file, b"")
        if not layer.Export(str(file)):
            raise AssetError(f"cannot write {file}")

    def localize(self, layer: Sdf.Layer, folder: Path) -> None:
        """Write out the procedural textures that a layer names, and name the files instead, as seen from ``folder``."""

        def visit(path: Sdf.Path) -> None:
            spec = layer.GetAttributeAtPath(path) if path.IsPropertyPath() else None
            if spec is None or spec.typeName != Sdf.ValueTypeNames.Asset:
                return
            is_raw = any(word in path.name.lower() for word in _RAW)
            if isinstance(spec.default, Sdf.AssetPath):
                spec.default = self._local(spec.default, folder)
                if spec.default.path.endswith(".png"):
                    spec.SetInfo("colorSpace", "raw" if is_raw else "sRGB")
            for code in layer.ListTimeSamplesForPath(path):
                layer.SetTimeSample(path, code, self._local(layer.QueryTimeSample(path, code), folder))

        layer.Traverse(Sdf.Path.absoluteRootPath, visit)

    def _local(self, asset: Sdf.AssetPath, folder: Path) -> Sdf.AssetPath:
        path = asset.path
        if is_procedural(path):
            return Sdf.AssetPath(_relative(self.texture(path), folder))
        if path and Path(path).is_absolute() and Path(path).exists():
            return Sdf.AssetPath(_relative(Path(path), folder))
        return asset


def eight_bit(image: NDArray[np.floating]) -> U1:
    """Return values of 0 to 1 as 0 to 255."""
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)


def write_png(file: Path, pixels: U1) -> None:
    """Write an RGB or RGBA image, row 0 at the top."""
    _, data = cv2.imencode(
        ".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA)
    )
    write_file(file, data.tobytes())


def _relative(file: Path, folder: Path) -> str:
    return "./" + Path(os.path.relpath(file, folder)).as_posix()
