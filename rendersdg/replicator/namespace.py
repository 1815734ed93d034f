"""The names of ``omni.replicator.core``: what each stands for here, or why it is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import PurePath
from types import ModuleType

import numpy as np
from pxr import Usd

from rendersdg.arrays import F8, I8, U1
from rendersdg.colour import label_colour
from rendersdg.errors import did_you_mean
from rendersdg.graph.nodes import Name
from rendersdg.replicator import (
    annotators,
    augmentations,
    backends,
    functional,
    orchestrator,
    pytorch,
    rng,
    writer_registry,
    writers,
)
from rendersdg.replicator.engine import current
from rendersdg.replicator.items import ReplicatorItem, exposed, refused, wrap
from rendersdg.replicator.values import Image, PrimLike, ProductsLike, Value, prims_of
from rendersdg.scene import FUNCTIONS
from rendersdg.scene import REFUSED as REFUSED_ANYWHERE
from rendersdg.scene.distribution import choice, shared
from rendersdg.scene.settings import get_physx_timestep

ROOT = "omni.replicator.core"
VERSION = "1.12.27"  # of the API that is offered

REFUSED: Mapping[str, str] = {
    **REFUSED_ANYWHERE,
    "create.tiled_sensor": "its arguments are not documented; use create.render_product_tiled",
    "functional.create.omni_radar": "radar is not simulated",
    "get.renderproduct": "render products are no prims here; keep what create.render_product returns",
    "get.rendervar": "render variables are no prims here",
    "functional.randomizer.scatter_3d": "use randomizer.scatter_3d",
    "utils.create_node": "OmniGraph nodes are not run; use the functions of rep",
    "utils.set_target_prims": "OmniGraph nodes are not run; use the functions of rep",
    "utils.auto_connect": "OmniGraph nodes are not run; use the functions of rep",
    "utils.get_graph": "there is no OmniGraph behind a script",
    "utils.get_file_group": "its behaviour is not documented",
    "utils.find_prims": "its behaviour is not documented; use get.prims",
    "annotators.register_annotator_from_node": annotators.NO_NODES,
    "annotators.AnnotatorRegistry.register_annotator_from_node": annotators.NO_NODES,
    "writers.register_node_writer": writers.NO_NODES,
    "WriterRegistry.register_node_writer": writers.NO_NODES,
    "NodeWriter": writers.NO_NODES,
}
_RENAMED: Mapping[str, Mapping[str, str]] = {
    "create.from_usd": {"usd_path": "usd"},
    "create.light": {"type": "light_type"},
}


@wraps(choice)
def _choice(choices: Value, weights: Value = None, **more: Value) -> Value:
    """Public scripts pass weights of another number than there are choices,
    so these are reported instead of refused.
    """
    if isinstance(weights, (list, tuple)) and isinstance(choices, (list, tuple)) and len(weights) != len(choices):
        text = f"{len(weights)} weights for {len(choices)} choices: all are as likely"
        current().recorder.report.ignored("distribution.choice", text)
        weights = None
    return choice(choices, weights, **more)


class MissingName(AttributeError):
    """A name that Replicator never had."""


class Namespace(ModuleType):
    """A module of ``rep``. A name that is not there says so, with the nearest that is."""

    def __getattr__(self, name: str) -> Value:
        if name.startswith("__"):
            raise AttributeError(name)
        path = self.__name__.removeprefix(ROOT).lstrip(".")
        known = [k for k in vars(self) if not k.startswith("_")]
        label = f"rep.{path}.{name}" if path else f"rep.{name}"
        raise MissingName(f"{label} does not exist in Replicator{did_you_mean(name, known)}")


@contextmanager
def new_layer(name: str | None = None) -> Iterator[None]:
    """Author into a layer of its own. There is one layer here, so this only groups."""
    yield


@contextmanager
def sequential() -> Iterator[None]:
    """Run what is inside in order, which is how everything runs here."""
    yield


def set_global_seed(seed: int) -> None:
    """Seed every random value that has no seed of its own. ``--seed`` overrides it."""
    current().recorder.graph.seed = int(seed)


def get_global_seed() -> int:
    """Return the seed."""
    engine = current()
    return engine.seed


def open_stage(stage_path: str | PurePath) -> Usd.Stage:
    """Open a USD file as the stage and return it."""
    return current().open_stage(str(stage_path))


def colorize_segmentation(
    data: Image, idToLabels: Mapping[str | int, Value], mapping: Mapping[str, Sequence[int]] | None = None
) -> U1:
    """Return (H, W, 4) colours of an id image: those of ``mapping`` by class, else the palette of the annotators."""
    ids = np.asarray(data)
    out = np.zeros((*ids.shape, 4), np.uint8)
    for key, labels in idToLabels.items():
        name = labels.get("class", next(iter(labels.values()), "")) if isinstance(labels, Mapping) else str(labels)
        if mapping is not None:
            colour = tuple(mapping.get(name, (0, 0, 0, 0)))
        else:
            colour = label_colour(int(key))
        out[ids == int(key)] = (*colour, 255)[:4] if len(colour) == 3 else colour
    return out


def random_colours(count: int, seed: int | None = None) -> I8:
    """Return (count, 3) random colours, 0 to 255."""
    return rng.ReplicatorRNG(seed).generator.integers(0, 256, (int(count), 3))


def register(fn: Callable[..., Value], override: bool = True, fn_name: str | None = None) -> Callable[..., Value]:
    """Make a function a randomizer: ``rep.randomizer.<its name>``.
    What it records hangs on the trigger it is called in.
    """
    module = sys.modules[f"{ROOT}.randomizer"]
    name = fn_name or fn.__name__
    if not override and name in vars(module):
        raise annotators.AnnotatorRegistryError(f"a randomizer {name!r} is registered already")

    def call(*args: Value, **kwargs: Value) -> Value:
        with current().recorder.scopes.inside(Name(name, is_function=True)):
            return wrap(fn(*args, **kwargs))

    call.__name__, call.__doc__ = name, fn.__doc__
    setattr(module, name, call)
    return fn


def _register_in(module: str) -> Callable[..., Callable[..., Value]]:
    def add(fn: Callable[..., Value], override: bool = True, **other: object) -> Callable[..., Value]:
        setattr(sys.modules[f"{ROOT}.{module}"], fn.__name__, fn)
        return fn

    add.__name__, add.__doc__ = "register", f"Add a function to rep.{module}."
    return add


@contextmanager
def named(name: str) -> Iterator[None]:
    """Name the streams of what is recorded inside, as a group of a YAML scene does. An extension,
    for exported scripts.
    """
    with current().recorder.scopes.inside(Name(str(name))):
        yield


def send_og_event(event_name: str) -> ReplicatorItem | None:
    """Send an event: inside a trigger whenever that fires, elsewhere at the next frame."""
    engine = current()
    if engine.recorder.scopes.trigger is not None:
        return exposed("utils.send_og_event", FUNCTIONS["utils.send_og_event"])(event_name)
    engine.captures.send_event(str(event_name))
    return None


def get_node_targets(node: object, attribute: str = "inputs:prims") -> list[str]:
    """Return the prim paths that an item acts on."""
    return node.paths() if isinstance(node, ReplicatorItem) else []


def compute_aabb(bbox_cache: object, prim: PrimLike, include_children: bool = True) -> F8:
    """Return the axis-aligned world bounds of a prim: x, y, z minima, then maxima."""
    low, high = functional.world_bounds(prims_of(prim)[0])
    return np.concatenate([low, high])


def ReplicatorWrapper(fn: Callable[..., Value]) -> Callable[..., Value]:
    """Return a function whose result is an item."""

    def call(*args: Value, **kwargs: Value) -> Value:
        return wrap(fn(*args, **kwargs))

    call.__name__, call.__doc__ = fn.__name__, fn.__doc__
    return call


def carb_settings(setting: str, value: Value) -> Value:
    """Write an application setting, which ``carb.settings`` reads back."""
    if not isinstance(value, ReplicatorItem):
        current().settings.set(setting, value)
    record = FUNCTIONS["settings.carb_settings"]
    return exposed("settings.carb_settings", record)(setting, value)


def _omni_lidar(*args: Value, **kwargs: Value) -> Value:
    """Create lidars; attributes of their prims may be given by their names."""
    record = exposed("create.omni_lidar", FUNCTIONS["create.omni_lidar"])
    own = {name: value for name, value in kwargs.items() if ":" in name}
    more = {"attributes": {**(kwargs.get("attributes") or {}), **own}} if own else {}
    return record(*args, **{name: value for name, value in kwargs.items() if name not in own} | more)


def _writer_get(
    name: str,
    init_params: Mapping[str, Value] | None = None,
    render_products: ProductsLike | None = None,
    trigger: writers.TriggerLike = writers.DEFAULT_TRIGGER,
) -> writers.ScriptWriter:
    """Return a new writer, as WriterRegistry.get does."""
    return writer_registry.WriterRegistry.get(name, init_params, render_products, trigger)


TEXTURES = tuple(
    f"rendersdg:texture/{n}" for n in ("wood", "brick", "marble", "fabric", "gravel", "concrete", "rust", "checker")
)
_OWN_FORM = ("writers.get", "utils.send_og_event", "settings.carb_settings", "create.mesh")  # not the recorder's
_ORCHESTRATOR = (
    "run run_until_complete step preview stop wait_until_complete run_async run_until_complete_async step_async "
    "preview_async stop_async wait_until_complete_async pause resume set_capture_on_play get_status get_is_started "
    "get_is_stopped get_start_frame get_stop_frame get_frames_to_write get_sim_times_to_write set_next_rt_subframes "
    "set_minimum_next_rt_subframes register_status_callback OrchestratorError Status"
)
_ANNOTATORS = (
    "Annotator AnnotatorRegistry Augmentation AnnotatorError AnnotatorRegistryError AugmentationError get register "
    "augment augment_compose register_augmentation get_augmentation get_registered_annotators unregister_annotator "
    "register_annotator_from_aov"
)
_BACKENDS = "BaseBackend DiskBackend S3Backend BackendGroup BackendDispatch BackendRegistry get"
_MODULES = ((orchestrator, _ORCHESTRATOR), (annotators, _ANNOTATORS), (backends, _BACKENDS))
_OLD_MODULES = "annotators writers orchestrator functional utils create randomizer distribution backends get modify"


def table() -> dict[str, Value]:
    """Return every name of the namespace with what it stands for."""
    names: dict[str, Value] = {
        name: exposed(name, FUNCTIONS[name], _RENAMED.get(name)) for name in FUNCTIONS if name not in _OWN_FORM
    }
    for module, members in _MODULES:
        place = module.__name__.rpartition(".")[2]
        names |= {f"{place}.{name}": getattr(module, name) for name in members.split()}
    return names | _general() | _of_annotators() | _of_writers() | _of_backends() | _of_functional()


def _general() -> dict[str, Value]:
    return {
        "new_layer": new_layer,
        "set_global_seed": set_global_seed,
        "get_global_seed": get_global_seed,
        "open_stage": open_stage,
        "random_colours": random_colours,
        "rendersdg.named": named,
        "rendersdg.shared": exposed("shared", shared),
        "rng.ReplicatorRNG": rng.ReplicatorRNG,
        "tools.colorize_segmentation": colorize_segmentation,
        "distribution.choice": exposed("distribution.choice", _choice),
        "create.omni_lidar": wraps(FUNCTIONS["create.omni_lidar"])(_omni_lidar),
        "create.register": _register_in("create"),
        "distribution.register": _register_in("distribution"),
        "get.register": _register_in("get"),
        "modify.register": _register_in("modify"),
        "randomizer.register": register,
        "utils.ReplicatorItem": ReplicatorItem,
        "create.ReplicatorItem": ReplicatorItem,  # its module imports the name, and scripts take it from there
        "utils.ReplicatorWrapper": ReplicatorWrapper,
        "utils.get_node_targets": get_node_targets,
        "utils.compute_aabb": compute_aabb,
        "utils.send_og_event": send_og_event,
        "utils.sequential": sequential,
        "settings.carb_settings": carb_settings,
        "settings.get_physx_timestep": exposed("get_physx_timestep", get_physx_timestep),
        "example.TEXTURES": list(TEXTURES),
        "example.TEXTURES_DIR": "rendersdg:texture",
        "example.ASSETS": ["rendersdg:fruit/apple", "rendersdg:fruit/orange"],
        "example.ASSETS_DIR": "rendersdg:fruit",
    }


def _of_annotators() -> dict[str, Value]:
    rgb_to_hsv, hsv_to_rgb = augmentations.rgb_to_hsv, augmentations.hsv_to_rgb
    return {
        **{name: getattr(annotators, name) for name in ("Annotator", "AnnotatorRegistry", "Augmentation")},
        "augmentations_default.aug_rgb_to_hsv": annotators.Augmentation(rgb_to_hsv, name="RgbToHsv"),
        "augmentations_default.aug_hsv_to_rgb": annotators.Augmentation(hsv_to_rgb, name="HsvToRgb"),
    }


def _of_writers() -> dict[str, Value]:
    formats: dict[str, Value] = {
        **writers.BUILT_IN,
        "PytorchWriter": pytorch.PytorchWriter,
        "PytorchListener": pytorch.PytorchListener,
    }
    return {
        "Writer": writers.ScriptWriter,
        "writers.Writer": writers.ScriptWriter,
        "WriterRegistry": writer_registry.WriterRegistry,
        "writers.WriterRegistry": writer_registry.WriterRegistry,
        "writers.get": _writer_get,
        "writers.register_writer": writer_registry.WriterRegistry.register,
        "writers.unregister_writer": writer_registry.WriterRegistry.unregister_writer,
        "writers.get_writers": writer_registry.WriterRegistry.get_writers,
        **formats,
        **{f"default_writers.{name}": kind for name, kind in formats.items()},
    }


def _of_backends() -> dict[str, Value]:
    return {
        "backends.io_queue.wait_until_done": backends.wait_until_done,
        "BackendDispatch": backends.BackendDispatch,
        "DiskBackend": backends.DiskBackend,
        "S3Backend": backends.S3Backend,
        "backends.Sequential": backends.BackendGroup,
    }


def _of_functional() -> dict[str, Value]:
    names: dict[str, Value] = {f"functional.{n}": function for n, function in functional.FUNCTIONS.items()}
    for name in ("write_image", "write_json", "write_np", "write_exr"):
        names[f"functional.{name}"] = getattr(backends, name)
    return names


def modules() -> dict[str, ModuleType]:
    """Return a fresh ``omni.replicator.core`` with all below it, by module name."""
    offered: dict[str, ModuleType] = {ROOT: Namespace(ROOT, "Replicator's API over rendersdg.")}
    # scripts read the version out of the path of the extension
    offered[ROOT].__file__ = f"/omni.replicator.core-{VERSION}/omni/replicator/core/__init__.py"

    def module(path: str) -> ModuleType:
        if path not in offered:
            parent, _, name = path.rpartition(".")
            offered[path] = Namespace(path)
            setattr(module(parent), name, offered[path])
        return offered[path]

    implemented = table()
    for label, thing in implemented.items():
        holder, _, name = label.rpartition(".")
        setattr(module(f"{ROOT}.{holder}" if holder else ROOT), name, thing)
    for label, reason in REFUSED.items():
        holder, _, name = label.rpartition(".")
        if holder not in implemented:  # a class refuses its methods itself
            setattr(module(f"{ROOT}.{holder}" if holder else ROOT), name, refused(f"rep.{label}", reason))
    # spellings of older releases
    scripts = f"{ROOT}.scripts"
    for name in _OLD_MODULES.split():
        inner = offered[f"{ROOT}.{name}"]
        module(scripts)
        offered[f"{scripts}.{name}"] = inner
        setattr(offered[scripts], name, inner)
    offered[f"{scripts}.writers_default"] = offered[f"{ROOT}.default_writers"]
    offered[f"{ROOT}.writers_default"] = offered[f"{ROOT}.default_writers"]
    return offered
