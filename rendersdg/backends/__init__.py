"""Backends: Snapshot -> Buffers. The label pass belongs to none of them: it is one, for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from rendersdg.errors import BadArgument, NotSupported
from rendersdg.registry import Registry

if TYPE_CHECKING:
    from rendersdg.arrays import F4, I4
    from rendersdg.frame import Labels, Rendered, SurfaceBuffers, Wanted
    from rendersdg.snapshot import RenderProduct, Snapshot

CAPABILITIES: Mapping[str, str] = {  # all that a backend can say it provides, and what it promises with each
    "hdr": "the linear light of the picture, which sensors and the annotator HdrColor need",
    "instants": (
        "pictures of instants between two frames, with their linear light, of which motion blur is the mean: "
        "the snapshot is moved to each instant, and the backend draws what it is given"
    ),
    "materials": "materials, textures, lights and defects show in the picture",
    "lens": "depth of field, where a camera's lens_radius is above 0",
    "light_linking": (
        "lights that pass by some instances, or shine through them: Light.passes_by and passes_through; and "
        "Light.diffuse, specular and focus"
    ),
    "camera_models": "OpenCV distortion and fisheyes; a backend without it refuses them by NotSupported",
    "path_tracing": "light that bounces about, as settings.set_render_pathtraced asks for",
    "rays": "light by way of other surfaces, as settings.render_quality asks for",
    "labels": "the label pass, byte for byte: alone through label(), and with the picture where that costs less",
    "surface": "the surface pass, which the annotators of materials and parts of the light need, through surface()",
}


class Backend(Protocol):
    """Paints the picture of a render product. Made once per process, without arguments; keeps caches only.

    ``provides`` names what it can, in the words of :data:`CAPABILITIES`. What a backend does not provide is done
    without it, refused by name, or done by the rasterizer (the label and surface passes): never drawn wrongly.
    """

    provides: ClassVar[frozenset[str]]

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        """Return the picture of a product, and of what is ``wanted`` what it provides.

        The same arguments give the same bytes, whatever was rendered before, and the snapshot is left as it is.
        Raises NotSupported for a camera that it does not draw.
        """
        ...


class Labeller(Backend, Protocol):
    """A backend that provides ``labels`` and ``surface``."""

    def label(self, snapshot: Snapshot, product: RenderProduct) -> Labels:
        """Return the label pass of a product."""
        ...

    def surface(self, snapshot: Snapshot, product: RenderProduct) -> SurfaceBuffers:
        """Return the surface pass of a product."""
        ...


@runtime_checkable
class Witness(Protocol):
    """A backend that tells what it hits itself, so that tests can hold its answer against the label pass."""

    def ids_and_depth(self, snapshot: Snapshot, product: RenderProduct) -> tuple[I4, F4]:
        """Return instance ids (H, W), -1 for none, and depths (H, W) in metres along the viewing axis,
        at pixel centres.
        """
        ...


BACKENDS: Registry[type[Backend]] = Registry(
    "backend",
    {
        "raster": "rendersdg.backends.raster:RasterBackend",
        "mitsuba": "rendersdg.backends.mitsuba:MitsubaBackend",
        "pyrender": "rendersdg.backends.gl:PyrenderBackend",
        "null": "rendersdg.backends.null:NullBackend",
        "reference": "rendersdg.backends.reference:ReferenceBackend",
    },
)
DEFAULT = "raster"  # works everywhere
AUTO = "auto"  # not a backend: the choice that `choose` makes


def check_name(name: str) -> None:
    """Raise BadArgument, with the nearest name, where ``name`` is neither ``auto`` nor a backend."""
    if name != AUTO and name not in BACKENDS:
        BACKENDS[name]


def providing(capability: str) -> list[str]:
    """Return those of rendersdg's own backends that provide something, in the order of the table.

    >>> providing("instants")
    ['raster', 'mitsuba']
    """
    return [name for name in BACKENDS.own if capability in BACKENDS[name].provides]


def open_backend(name: str) -> Backend:
    """Return a new backend by name.

    Raises NotSupported where what it needs is not installed,
    BadArgument for an unknown name and for what :func:`check_provides` refuses.
    """
    kind = BACKENDS[name]
    check_provides(name, kind)
    return kind()


def check_provides(name: str, kind: type[Backend]) -> None:
    """Raise BadArgument where a backend's class does not say, in the words of :data:`CAPABILITIES`, what it provides,
    or lacks the method that goes with a word.
    """
    provides = getattr(kind, "provides", None)
    if not isinstance(provides, frozenset):
        raise BadArgument(f"backend {name}: {kind.__name__}.provides must be a frozenset of {', '.join(CAPABILITIES)}")
    unknown = sorted(provides - CAPABILITIES.keys())
    if unknown:
        raise BadArgument(f"backend {name} provides {unknown[0]!r}, which is none of {', '.join(CAPABILITIES)}")
    if "instants" in provides and "hdr" not in provides:
        raise BadArgument(f"backend {name} provides instants, whose light is hdr, and does not provide hdr")
    for capability, method in (("labels", "label"), ("surface", "surface")):
        if capability in provides and not callable(getattr(kind, method, None)):
            raise BadArgument(f"backend {name} provides {capability} and has no method {method}()")


def choose(wanted: str, settings: Mapping[str, object]) -> tuple[str, str]:
    """Return the name of the backend for ``auto`` and why; any other name is itself.

    A scene that asks for path tracing gets the first backend that provides it and works here, own ones first;
    everything else gets ``raster``, which always works.
    """
    if wanted != AUTO:
        return wanted, ""
    if settings.get("render_mode") != "pathtraced":
        return DEFAULT, "the scene does not ask for path tracing (settings.set_render_pathtraced)"
    reasons = []
    for name in sorted(BACKENDS, key=lambda name: name not in BACKENDS.own):
        if "path_tracing" not in getattr(BACKENDS[name], "provides", ()):
            continue
        try:
            open_backend(name)
        except NotSupported as error:
            reasons.append(str(error))
            continue
        return name, "the scene asks for path tracing"
    return DEFAULT, "; ".join(reasons)
