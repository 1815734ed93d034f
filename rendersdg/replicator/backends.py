"""``rep.backends`` and the file functions: what scripts write goes through the dataset's commit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath

import numpy as np

from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host
from rendersdg.replicator.values import Image, Value
from writers.encoders import image_bytes, npy_bytes


def as_array(data: Value) -> Image:
    """Return image-like data (arrays, Warp arrays, ``{"data": ...}``, PIL images) as a NumPy array."""
    if isinstance(data, dict) and "data" in data:
        data = data["data"]
    return data.numpy() if hasattr(data, "numpy") else np.asarray(data)


def encoded_image(path: str, data: Value) -> bytes:
    """Return an image encoded by the ending of ``path``; floats in 0..1 become 8 bit, .npy keeps the array."""
    array = as_array(data)
    extension = path.rsplit(".", 1)[-1].lower()
    if extension == "npy":
        return npy_bytes(array)
    if extension == "exr":
        return _exr(array)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * 255
    elif array.dtype.kind == "f":
        array = np.round(np.clip(np.nan_to_num(array), 0, 1) * 255).astype(np.uint8)
    elif array.dtype not in (np.uint8, np.uint16):
        array = np.clip(array, 0, 65535).astype(np.uint16)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    return image_bytes(array, extension)


def _exr(array: Image) -> bytes:
    import os

    os.environ.setdefault("OPENCV_IO_ENABLE_OPENEXR", "1")
    import cv2

    shown = array.astype(np.float32)
    if shown.ndim == 3 and shown.shape[2] >= 3:
        shown = shown[..., [2, 1, 0, *range(3, shown.shape[2])]]
    try:
        done, data = cv2.imencode(".exr", shown)
    except cv2.error as error:
        raise BadArgument(f"OpenEXR writing is not in this OpenCV ({error.err}); write .npy instead") from None
    if not done:
        raise BadArgument("the image cannot be written as OpenEXR")
    return bytes(data)


def encoded_json(data: object, **options: Value) -> bytes:
    """Return JSON text; arrays and NumPy numbers become lists and numbers."""

    def plain(value: object) -> object:
        if isinstance(value, np.ndarray):
            return value.tolist()
        if isinstance(value, np.generic):
            return value.item()
        return str(value)

    options.setdefault("default", plain)
    return json.dumps(data, **options).encode()


def write_image(path: str, data: Value, backend_instance: BaseBackend | None = None, **options: object) -> None:
    """Write an image; ``path`` is absolute, relative to the working folder, or below the backend's."""
    _put(path, encoded_image(path, data), backend_instance)


def write_json(
    path: str,
    data: object,
    backend_instance: BaseBackend | None = None,
    encoding: str = "utf-8",
    errors: str = "strict",
    **options: object,
) -> None:
    """Write JSON; further arguments go to ``json.dumps``."""
    _put(path, encoded_json(data, **options), backend_instance)


def write_np(path: str, data: Value, backend_instance: BaseBackend | None = None, **options: object) -> None:
    """Write an array as .npy."""
    _put(path, npy_bytes(as_array(data)), backend_instance)


def write_exr(path: str, data: Value, backend_instance: BaseBackend | None = None, **options: object) -> None:
    """Write an image as OpenEXR."""
    _put(path, _exr(as_array(data)), backend_instance)


WRITE_FUNCTIONS: tuple[Callable[..., object], ...] = (write_image, write_json, write_np, write_exr)


def _put(path: str, data: bytes, backend: BaseBackend | None) -> None:
    if backend is not None:
        backend.write_blob(path, data)
        return
    folder, _, name = str(path).replace("\\", "/").rpartition("/")
    engine = current()
    engine.output.put(engine.output.folder_of(folder or ".", "files"), name, data)


Folder = str | PurePath


class BaseBackend:
    """A place to write to."""

    def __init__(self, output_dir: Folder | None = None, **options: Value) -> None:
        self._folder: str | None = None
        self.output_dir: str = ""
        if output_dir is not None or options:
            self.initialize(output_dir=output_dir, **options)

    def initialize(self, output_dir: Folder | None = None, overwrite: bool = True, **options: Value) -> None:
        """Set the folder."""
        if output_dir is None:
            raise BadArgument(f"{type(self).__name__} needs output_dir")
        self.output_dir = str(output_dir)
        self._folder = current().output.folder_of(output_dir, type(self).__name__)

    @property
    def folder(self) -> str:
        """The key of the place."""
        if self._folder is None:
            raise BadArgument(f"{type(self).__name__} was not initialized; call initialize(output_dir=...)")
        return self._folder

    def write_blob(self, path: str, data: bytes, **options: object) -> None:
        """Write bytes."""
        current().output.put(self.folder, str(path), bytes(data))

    def write_image(self, path: str, data: Value, **options: object) -> None:
        """Write an image by its ending."""
        self.write_blob(path, encoded_image(str(path), data))

    def write_json(self, path: str, data: object, **options: object) -> None:
        """Write JSON."""
        self.write_blob(path, encoded_json(data, **options))

    def write_array(self, path: str, data: Value, **options: object) -> None:
        """Write an array as .npy."""
        self.write_blob(path, npy_bytes(as_array(data)))

    def schedule(
        self, fn: Callable[..., object], path: str | None = None, data: object = None, **options: object
    ) -> None:
        """Run a write function on this place; it is done when the call returns."""
        if fn in WRITE_FUNCTIONS:
            fn(path, data, backend_instance=self, **options)
            return
        arguments = {"path": path, "data": data}
        fn(**{name: value for name, value in arguments.items() if value is not None}, **options)

    def read_blob(self, path: str) -> bytes:
        """Return bytes written before."""
        return current().output.read_back(self.folder, str(path))

    def resolve_path(self, path: str) -> str:
        """Return a path below the folder."""
        return f"{self.output_dir}/{path}"

    @staticmethod
    def wait_until_done() -> None:
        """Everything is written when a call returns."""

    def is_done_writing(self) -> bool:
        """Everything is written when a call returns."""
        return True

    def sync_pending_paths(self) -> None:
        """Everything is written when a call returns."""

    @classmethod
    def get_name(cls) -> str:
        """Return the registered name."""
        return cls.__name__


class DiskBackend(BaseBackend):
    """A folder on disk."""


class S3Backend(BaseBackend):
    """A bucket, through fsspec (``pip install rendersdg[s3]``)."""

    def __init__(self, bucket: str | None = None, key_prefix: str = "", **options: object) -> None:
        super().__init__()
        if bucket:
            self.initialize(bucket=bucket, key_prefix=key_prefix)

    def initialize(self, output_dir: Folder | None = None, overwrite: bool = True, **options: Value) -> None:
        """Set ``bucket`` and ``key_prefix``."""
        if not options.get("bucket"):
            raise BadArgument("S3Backend needs bucket")
        super().initialize(output_dir=f"s3://{options['bucket']}/{options.get('key_prefix') or ''}".rstrip("/"))


class BackendGroup(BaseBackend):
    """Several places written to alike."""

    def __init__(self, backends: Iterable[BaseBackend] = ()) -> None:
        super().__init__()
        self._backends = list(backends)

    def write_blob(self, path: str, data: bytes, **options: object) -> None:
        for backend in self._backends:
            backend.write_blob(path, data)


class BackendDispatch(BaseBackend):
    """A folder or bucket by whichever arguments are given; old form: ``BackendDispatch({"paths":
    {"out_dir": ...}})``.
    """

    def __init__(
        self, paths: Folder | Mapping[str, Value] | None = None, output_dir: Folder | None = None, **options: Value
    ) -> None:
        super().__init__()
        if isinstance(paths, str) and output_dir is None:
            paths, output_dir = None, paths
        if isinstance(paths, dict):
            inner = paths.get("paths", paths)
            output_dir = inner.get("out_dir") or inner.get("output_dir") or output_dir
            options = {"bucket": inner.get("s3_bucket"), **options}
        if options.get("bucket"):
            output_dir = f"s3://{options['bucket']}/{options.get('key_prefix') or output_dir or ''}".rstrip("/")
        self.initialize(output_dir=output_dir)


class RegisteredBackends:
    """The backend classes by name: ours, and those that a script registered."""

    def __init__(self) -> None:
        kinds: tuple[type[BaseBackend], ...] = (DiskBackend, S3Backend, BackendGroup, BackendDispatch)
        self.classes = {kind.__name__: kind for kind in kinds}


class BackendRegistry:
    """Backends by name."""

    @classmethod
    def get(cls, name: str, init_params: Mapping[str, Value] | None = None) -> BaseBackend:
        """Return a backend by name."""
        classes = current_host().part(RegisteredBackends).classes
        if name not in classes:
            raise BadArgument(f"unknown backend {name!r}{did_you_mean(name, classes)}", where=current().where())
        if name == "BackendDispatch":
            return classes[name](**(init_params or {}))
        backend = classes[name]()
        if init_params:
            backend.initialize(**init_params)
        return backend

    @classmethod
    def register(cls, backend: type[BaseBackend], name: str | None = None) -> None:
        """Add a backend class."""
        current_host().part(RegisteredBackends).classes[name or backend.__name__] = backend


def get(name: str, init_params: Mapping[str, Value] | None = None) -> BaseBackend:
    """Return a backend by name."""
    return BackendRegistry.get(name, init_params)


def wait_until_done() -> None:
    """Everything is written when a call returns."""
