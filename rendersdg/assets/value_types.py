"""Values in USD's layers that are not of the type that their attribute states, which OpenUSD hands on as they lie."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from pxr import Sdf, Usd

from rendersdg.errors import Report

_FEW = 16  # time samples
# What was found in a layer, which lives on from scene to scene: each scene is told.
_FOUND: WeakKeyDictionary[Sdf.Layer, tuple[tuple[str, str], ...]] = WeakKeyDictionary()


def clear_wrong_values(stage: Usd.Stage, report: Report) -> None:
    """Take values of the wrong type out of the files of a stage, in memory, and report each attribute once.

    A damaged file may state a float and hold a list of paths. OpenUSD composes that; whoever reads the attribute gets
    the list.
    """
    for layer in stage.GetUsedLayers():
        if not layer.realPath:
            continue
        if layer not in _FOUND:
            _FOUND[layer] = tuple(_cleared(layer))
        for subject, text in _FOUND[layer]:
            report.ignored(subject, text)


def _cleared(layer: Sdf.Layer) -> Iterator[tuple[str, str]]:
    paths: list[Sdf.Path] = []
    layer.Traverse(Sdf.Path.absoluteRootPath, paths.append)
    for path in paths:
        spec = layer.GetAttributeAtPath(path) if path.IsPropertyPath() else None
        what = None if spec is None else _wrong(layer, spec)
        if spec is None or what is None:
            continue
        with Sdf.ChangeBlock():
            spec.ClearDefaultValue()
            for time in layer.ListTimeSamplesForPath(path):
                layer.EraseTimeSample(path, time)
        yield f"{layer.realPath}:{path}", f"{what}, so it is left out"


def _wrong(layer: Sdf.Layer, spec: Sdf.AttributeSpec) -> str | None:
    """Return what is wrong with the values of an attribute, None for nothing."""
    times = layer.ListTimeSamplesForPath(spec.path)
    chosen = times if len(times) <= _FEW else (times[0], times[-1])  # all are written as one, as a rule
    values = [layer.QueryTimeSample(spec.path, time) for time in chosen]
    if spec.HasDefaultValue():
        values.append(spec.default)
    wanted = spec.typeName.defaultValue
    for value in values:
        if type(value) is not type(wanted) and not isinstance(value, Sdf.ValueBlock):
            return (
                f"USD has no type {spec.typeName}"
                if wanted is None
                else f"it holds {type(value).__name__}, not {spec.typeName}"
            )
    return None
