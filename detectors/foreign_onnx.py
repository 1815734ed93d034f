"""ONNX detectors that others made, and what they are: ultralytics' in all forms, and those with boxes, labels, scores.

Their files say it in part: ultralytics writes names, size, stride and task into the metadata. The shapes of the outputs
are seen by running the network once. It is then written anew with the input and the outputs that this package's own
exports have, so that nothing after it has to know of others.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from detectors.detections import Finds
from detectors.model_files import ULTRALYTICS, checked_files, describe, detector_json, tensors_of, unreadable
from detectors.postprocess import Postprocess
from detectors.preprocess import Preprocess
from detectors.told import Names, Told, classes_of, names_of
from rendersdg.documents import shown
from rendersdg.english import counted
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.extras import load
from rendersdg.files import write_file

Graph = Any  # messages of ONNX's protocol buffers, which carry no types that mypy follows
Node = Any
Form = Literal["dense", "objectness", "rows", "parts"]
LEAST_OPSET = 11  # from it on the operations that are added here mean one thing
_LONGEST_TEXT = 1 << 20  # characters of an entry of metadata
_STRIDE = 32  # of ultralytics' networks, where the file does not say it
_NMS_IOU = 0.7  # as ultralytics predicts and validates
_FLOAT, _HALF, _INT64 = 1, 10, 7  # numbers of ONNX's types


@dataclass(frozen=True, slots=True)
class Output:
    """An output that was seen: its name, its shape and whether its numbers are whole."""

    name: str
    shape: tuple[int, ...]
    is_whole: bool

    def __str__(self) -> str:
        return (
            f"{self.name} {' x '.join(map(str, self.shape)) or 'a number'}{' (whole numbers)' if self.is_whole else ''}"
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """How outputs are to be read, and the names of their classes.

    ``form``: ``dense`` is one output (1, 4 + classes, A) of centres, sizes and scores; ``objectness`` one
    (1, A, 5 + classes), as YOLOv5 has it; ``rows`` one (1, N, 6) of boxes, scores and classes, thinned already;
    ``parts`` the outputs ``boxes``, ``scores`` and ``labels``. ``outputs`` are their names, in this order. Where boxes
    are ``oriented`` the one output of ``dense`` has an angle after the scores.
    """

    form: Form
    outputs: tuple[str, ...]
    names: Names
    oriented: bool = False


@dataclass(frozen=True, slots=True)
class Input:
    """The input: its name, ONNX's type, whether it has a batch, height and width (None for any), pixels."""

    name: str
    dtype: int
    has_batch: bool
    height: int | None
    width: int | None


def adopt_onnx(file: Path, told: Told, out: Path, *, origin: str = "") -> list[str]:
    """Write an .onnx of others as ``out/model.onnx`` with its ``model.json``; return what a user should know of it.

    Args:
        file: the network.
        told: what the file does not say.
        out: an existing folder.
        origin: who made it; empty where the file's metadata says it.

    Raises:
        BadArgument: ONNX or ONNX Runtime is not installed, or what is told is wrong.
        DatasetError: it cannot be read, or it cannot be told what it is: says which outputs it has and what to give.
    """
    onnx = load("onnx", "deploy", "an ONNX model")
    checked_files(file)
    try:
        model = onnx.load(str(file))
    except Exception as error:  # of protobuf's, or of its own
        raise unreadable(file, "ONNX", error) from None
    metadata = {entry.key: entry.value for entry in model.metadata_props if len(entry.value) <= _LONGEST_TEXT}
    _check_kind(file, model, metadata)
    entry = _input_of(file, model.graph)
    preprocess = _preprocess_of(file, entry, metadata, told)
    seen = _seen(file, entry, preprocess)
    layout = _layout_of(file, seen, metadata, told)
    is_ultralytics = origin == ULTRALYTICS or metadata.get("author", "").lower() == ULTRALYTICS
    origin = ULTRALYTICS if is_ultralytics else origin or metadata.get("author") or model.producer_name or "unknown"
    if layout.form == "parts" and not is_ultralytics:
        preprocess = _plain(preprocess)
    _rewrite(onnx, model, entry, layout, preprocess)
    postprocess = Postprocess(_NMS_IOU if layout.form in ("dense", "objectness") else 1.0)
    finds: Finds = "oriented boxes" if layout.oriented else "boxes"
    about = detector_json(layout.names.classes, preprocess, postprocess, finds=finds, origin=origin)
    about["made_of"] = {"file": file.name, "form": layout.form, "outputs": [str(one) for one in seen]}
    for tensor in tensors_of(model):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:  # what was read is in the message now
            raise DatasetError(f"{file}: the values {tensor.name!r} were not read")
    try:
        data = model.SerializeToString()
    except Exception as error:  # more than 2 GiB
        raise unreadable(file, "ONNX", error) from None
    write_file(out / "model.onnx", data)
    describe(out, about)
    return _notes(file, layout, preprocess, metadata, told)


def _notes(file: Path, layout: Layout, preprocess: Preprocess, metadata: dict[str, str], told: Told) -> list[str]:
    names = layout.names.classes
    width, height = preprocess.whole_wh
    size = f"{width} x {height} pixels" if preprocess.stride is None else f"up to {width} x {height} pixels"
    how = {
        "dense": "boxes are thinned here",
        "objectness": "boxes are thinned here",
        "rows": "it thins its boxes itself, and what it drops is not counted",
        "parts": "it thins its boxes itself, and what it drops is not counted",
    }
    few = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    source = "as told" if told.classes is not None else "by its metadata"
    notes = [f"{file.name}: {counted(len(names), 'class')} {source} ({few}), {size}; {how[layout.form]}"]
    if licence := metadata.get("license", "")[:200]:
        notes.append(f"licence: {file.name} says of itself: {licence}")
    return notes


def _check_kind(file: Path, model: Graph, metadata: dict[str, str]) -> None:
    """Raise DatasetError for a network that is not a detector of boxes in colour pictures, or is of long ago."""
    task, head = metadata.get("task", "detect"), metadata.get("head", "")
    if task not in ("detect", "obb"):
        raise DatasetError(
            f"{file} is for {shown(task)}, as its metadata says; rendersdg takes detectors of boxes (detect) and of "
            "oriented boxes (obb)"
        )
    if head == "RTDETRDecoder":
        raise DatasetError(
            f"{file} is an RT-DETR of ultralytics, which stretches pictures; rendersdg takes ultralytics' YOLO networks"
        )
    if metadata.get("channels", "3") != "3":
        raise DatasetError(
            f"{file} takes pictures of {shown(metadata['channels'])} channels; rendersdg gives it 3, RGB"
        )
    if not model.graph.node:
        raise DatasetError(f"{file} holds no network: it is empty, or was cut off; copy it again")
    opset = max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), default=0)
    if opset < LEAST_OPSET:
        raise DatasetError(f"{file} is of ONNX's opset {opset}; export it with opset {LEAST_OPSET} or later")


def _input_of(file: Path, graph: Graph) -> Input:
    """Return the one input of a network. Raises DatasetError for another number of them, or one that is no picture."""
    stored = {tensor.name for tensor in graph.initializer}
    inputs = [one for one in graph.input if one.name not in stored]
    if len(inputs) != 1:
        names = ", ".join(one.name for one in inputs) or "none"
        raise DatasetError(f"{file} has {counted(len(inputs), 'input')} ({names}); export it with one, the picture")
    tensor = inputs[0].type.tensor_type
    dims = [d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None for d in tensor.shape.dim]
    said = " x ".join("?" if d is None else str(d) for d in dims)
    wants = "a picture (1, 3, height, width) or (3, height, width) in float32 or float16, 0 to 1"
    if len(dims) not in (3, 4) or dims[-3] not in (3, None) or tensor.elem_type not in (_FLOAT, _HALF):
        raise DatasetError(
            f"{file}: its input {inputs[0].name} is {said} of ONNX's type {tensor.elem_type}; export it to take {wants}"
        )
    if len(dims) == 4 and dims[0] not in (1, None):
        raise DatasetError(f"{file} takes {dims[0]} pictures at a time ({said}); export it with a batch of 1")
    return Input(inputs[0].name, tensor.elem_type, len(dims) == 4, dims[-2], dims[-1])


def _preprocess_of(file: Path, entry: Input, metadata: dict[str, str], told: Told) -> Preprocess:
    """Return what is done before a network: ultralytics' letterbox, of the size that is told or that it says itself."""
    height, width = entry.height, entry.width
    stride = None
    if height is None or width is None:
        said = _literal(metadata.get("imgsz"))
        sizes = [said, said] if isinstance(said, int) else said
        if told.size is not None:
            height = width = told.size
        elif isinstance(sizes, (list, tuple)) and len(sizes) == 2 and all(type(n) is int for n in sizes):
            height, width = sizes
        else:
            raise DatasetError(f"{file} takes pictures of any size and does not say of which; give --imgsz, e.g. 640")
        step = _literal(metadata.get("stride"))
        stride = step if type(step) is int and step > 0 else _STRIDE
    elif told.size is not None and told.size != max(height, width):
        raise DatasetError(f"{file} takes {width} x {height} pixels and no others; --imgsz {told.size} is not for it")
    try:
        return Preprocess(
            width, height=None if height == width else height, place="centre", stride=stride, shrink="linear"
        )
    except DatasetError as error:
        raise error.at(str(file)) from None


def _plain(preprocess: Preprocess) -> Preprocess:
    """Return what is done before a network that does all but scaling itself, as torchvision's do: nothing is added."""
    return Preprocess(
        preprocess.size,
        pad=0,
        height=preprocess.height,
        stride=None if preprocess.stride is None else 1,
        shrink="linear",
    )


def _seen(file: Path, entry: Input, preprocess: Preprocess) -> list[Output]:
    """Return the outputs that a network gives for a picture of noise."""
    runtime = load("onnxruntime", "deploy", "an ONNX model")
    options = runtime.SessionOptions()
    options.log_severity_level = 4  # what is wrong is raised, too
    width, height = preprocess.whole_wh
    noise = np.random.default_rng(0).random((1, 3, height, width), np.float32)
    tensor = noise.astype(np.float16 if entry.dtype == _HALF else np.float32)
    try:
        session = runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        arrays = session.run(None, {entry.name: tensor if entry.has_batch else tensor[0]})
    except Exception as error:  # a class of its own for each kind
        raise unreadable(file, "ONNX Runtime", error) from None
    names = [one.name for one in session.get_outputs()]
    return [Output(name, array.shape, array.dtype.kind in "iu") for name, array in zip(names, map(np.asarray, arrays))]


def _layout_of(file: Path, seen: Sequence[Output], metadata: dict[str, str], told: Told) -> Layout:
    """Return how the outputs are read. Raises DatasetError where that cannot be told, naming them and what to give."""
    names = _names(file, metadata, told)
    floats = [one for one in seen if not one.is_whole]
    if metadata.get("task") == "obb":
        return _of_oriented(file, seen, names)
    if len(seen) == 1 and len(floats) == 1 and len(seen[0].shape) == 3 and seen[0].shape[0] == 1:
        return _of_one(file, seen[0], names)
    parts = _parts(seen)
    if parts is None:
        raise _cannot(file, seen)
    if names is None or not names.numbered:
        raise DatasetError(
            f"{file} gives classes as numbers (its output {parts[2].name}) and does not say which number is which "
            f"class: give them with their numbers, --classes 1=NAME,2=NAME, or a list that begins with __background__ "
            "where 0 is the background"
        )
    return Layout("parts", tuple(one.name for one in parts), names)


def _of_oriented(file: Path, seen: Sequence[Output], names: Names | None) -> Layout:
    """Return how the one output (1, 4 + classes + 1, A) of a network of oriented boxes is read."""
    count = 0 if names is None else len(names.by_number)
    if names is None or not names.is_list or len(seen) != 1 or len(seen[0].shape) != 3 or seen[0].shape[1] != 5 + count:
        raise DatasetError(
            f"{file} finds oriented boxes (its output {'; '.join(map(str, seen))}); rendersdg reads those of 1 x (4 + "
            "classes + 1) x N, with the names of their classes, numbered from 0: export it without nms=True and with "
            "end2end=False, and give --classes where the metadata does not name them"
        )
    return Layout("dense", (seen[0].name,), names, oriented=True)


def _of_one(file: Path, one: Output, names: Names | None) -> Layout:
    """Return how the one output (1, M, N) of a network is read."""
    _, rows, columns = one.shape
    count = None if names is None else len(names.by_number)
    form: Form | None = None
    if columns == 6 and rows - 4 != count:
        form = "rows"
    elif count is not None:
        form = "dense" if rows == 4 + count else "objectness" if columns == 5 + count else None
    if form is not None and names is not None:
        if form != "rows" and not names.is_list:
            raise DatasetError(f"{file} has {counted(len(names.by_number), 'class')}, numbered from 0: name them so")
        return Layout(form, (one.name,), names)
    if form == "rows":
        raise DatasetError(
            f"{file} finds boxes (its output {one}) and does not name its classes: give --classes 0=NAME,1=NAME,..."
        )
    if count is None and 4 < rows < columns:
        raise DatasetError(
            f"{file} finds boxes of {counted(rows - 4, 'class')} (its output {one}) and does not name them: give "
            f"--classes NAME,NAME,... with {counted(rows - 4, 'name')}"
        )
    if names is not None and 4 < rows < columns:
        raise DatasetError(
            f"{file} has {counted(rows - 4, 'class')} (its output {one}), and {counted(len(names.by_number), 'name')} "
            f"are given ({', '.join(names.classes[:5])}): give --classes with all of them"
        )
    raise _cannot(file, [one])


def _parts(seen: Sequence[Output]) -> tuple[Output, Output, Output] | None:
    """Return the outputs of boxes, scores and labels: by their names where they have these, else by their shapes."""
    if len(seen) != 3:
        return None
    by_name = {
        word: one
        for one in seen
        for word in ("boxes", "scores", "labels")
        if word in one.name.lower() and one.is_whole == (word == "labels")
    }
    boxes = by_name.get("boxes") or next((one for one in seen if one.shape[-1:] == (4,) and len(one.shape) > 1), None)
    others = [one for one in seen if one is not boxes]
    labels = by_name.get("labels") or next((one for one in others if one.is_whole), None)
    scores = by_name.get("scores") or next((one for one in others if one is not labels), None)
    if boxes is None or labels is None or scores is None or len({boxes.name, labels.name, scores.name}) < 3:
        return None
    lead = boxes.shape[:-1]
    fits = boxes.shape[-1:] == (4,) and scores.shape == labels.shape == lead and lead[:-1] in ((), (1,))
    return (boxes, scores, labels) if fits and labels.is_whole and not scores.is_whole else None


def _cannot(file: Path, seen: Sequence[Output]) -> DatasetError:
    return DatasetError(
        f"{file} is not a detector that can be told by its outputs: {'; '.join(map(str, seen))}. Known are 1 x (4 + "
        "classes) x N, 1 x N x (5 + classes) and 1 x N x 6, as ultralytics exports, with as many names of classes in "
        "the metadata or in --classes; and three outputs, boxes N x 4, scores N and labels N"
    )


def _names(file: Path, metadata: dict[str, str], told: Told) -> Names | None:
    if told.classes is not None:
        return classes_of(told.classes)
    said = _literal(metadata.get("names"))
    try:
        return None if said is None else names_of(said, "names in the metadata")
    except BadArgument as error:
        raise DatasetError(f"{file}: {error}; give --classes") from None


def _literal(text: str | None) -> object:
    """Return the plain value that an entry of metadata writes as Python or JSON does; None where it is neither."""
    try:
        return None if text is None else ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


def _rewrite(onnx: Any, model: Graph, entry: Input, layout: Layout, preprocess: Preprocess) -> None:
    """Give a network the input ``images`` and the outputs ``boxes`` and ``scores``, and ``angles`` of oriented boxes,
    of this package's exports.
    """
    graph, helper = model.graph, onnx.helper
    rename = {name: f"theirs/{name}" for name in ("images", "boxes", "scores", "angles", entry.name, *layout.outputs)}
    _renamed(graph, rename)
    add = _Adder(onnx, max(one.version for one in model.opset_import if one.domain in ("", "ai.onnx")))
    source = "images"
    if not entry.has_batch:
        source = add("Gather", source, add.whole(0), axis=0)
    if entry.dtype == _HALF:
        source = add("Cast", source, to=_HALF)
    add("Identity", source, to_name=rename[entry.name])
    first = list(add.nodes)
    add.nodes.clear()
    outputs = [add("Cast", rename[name], to=_FLOAT) for name in layout.outputs]
    _decode(add, layout, outputs)
    nodes = [*first, *graph.node, *add.nodes]
    del graph.node[:], graph.input[:], graph.output[:]
    graph.node.extend(nodes)
    graph.initializer.extend(add.values)
    width, height = preprocess.whole_wh
    size = ["height", "width"] if preprocess.stride is not None else [height, width]
    graph.input.append(helper.make_tensor_value_info("images", _FLOAT, [1, 3, *size]))
    count = len(layout.names.classes)
    graph.output.append(helper.make_tensor_value_info("boxes", _FLOAT, [1, "anchors", 4]))
    graph.output.append(helper.make_tensor_value_info("scores", _FLOAT, [1, "anchors", count]))
    if layout.oriented:
        graph.output.append(helper.make_tensor_value_info("angles", _FLOAT, [1, "anchors", 1]))


class _Adder:
    """Makes nodes and constants of ONNX with names of their own."""

    def __init__(self, onnx: Any, opset: int) -> None:
        self._onnx, self.opset, self._made = onnx, opset, 0
        self.nodes: list[Node] = []
        self.values: list[Any] = []

    def __call__(self, kind: str, *inputs: str, to_name: str | None = None, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        self._made += 1
        name = to_name or f"rendersdg/{self._made}/{kind}"
        self.nodes.append(
            self._onnx.helper.make_node(kind, list(inputs), [name], name=f"rendersdg/{self._made}/node", **attributes)
        )
        return name

    def constant(self, array: Any) -> str:
        """Add a constant and return its name."""
        self._made += 1
        name = f"rendersdg/{self._made}/constant"
        self.values.append(self._onnx.numpy_helper.from_array(np.asarray(array), name))
        return name

    def whole(self, values: Any) -> str:
        """Add a constant of whole numbers and return its name."""
        return self.constant(np.array(values, np.int64))

    def columns(self, source: str, start: int, end: int) -> str:
        """Add a slice of the last of three axes and return its name."""
        return self("Slice", source, self.whole([start]), self.whole([end]), self.whole([2]))

    def sum_of_last(self, source: str) -> str:
        """Add a sum over the last of three axes, which stays, and return its name."""
        if self.opset >= 13:
            return self("ReduceSum", source, self.whole([2]), keepdims=1)
        return self("ReduceSum", source, axes=[2], keepdims=1)


def _decode(add: _Adder, layout: Layout, outputs: Sequence[str]) -> None:
    """Add what makes ``boxes`` (1, A, 4) and ``scores`` (1, A, classes) of a network's own outputs."""
    count = len(layout.names.by_number)
    if layout.form == "parts":
        boxes, scores, labels = outputs
        add("Reshape", boxes, add.whole([1, -1, 4]), to_name="boxes")
        _one_hot(add, layout.names, *(add("Reshape", one, add.whole([1, -1, 1])) for one in (scores, labels)))
        return
    (whole,) = outputs
    if layout.form == "rows":
        add("Identity", add.columns(whole, 0, 4), to_name="boxes")
        _one_hot(add, layout.names, add.columns(whole, 4, 5), add.columns(whole, 5, 6))
        return
    if layout.form == "dense":
        whole = add("Transpose", whole, perm=[0, 2, 1])
    centre, size = add.columns(whole, 0, 2), add.columns(whole, 2, 4)
    half = add("Mul", size, add.constant(np.float32(0.5)))
    add("Concat", add("Sub", centre, half), add("Add", centre, half), axis=2, to_name="boxes")
    if layout.form == "dense":
        add("Identity", add.columns(whole, 4, 4 + count), to_name="scores")
        if layout.oriented:
            add("Identity", add.columns(whole, 4 + count, 5 + count), to_name="angles")
    else:
        add("Mul", add.columns(whole, 5, 5 + count), add.columns(whole, 4, 5), to_name="scores")


def _one_hot(add: _Adder, names: Names, scores: str, labels: str) -> None:
    """Add ``scores`` (1, N, classes) of scores and labels (1, N, 1).

    A row whose label has no name gets its score negative: that cannot be a score, and whoever runs the network says so.
    """
    label = add("Cast", labels, to=_INT64)

    def of(numbers: Sequence[int]) -> str:
        is_it = add("Equal", label, add.whole([[list(numbers)]]))
        return add("Cast", is_it, to=_FLOAT)

    known = add.sum_of_last(of(sorted(names.by_number)))
    missing = add("Mul", scores, add("Sub", add.constant(np.float32(1)), known))
    add("Sub", add("Mul", of(names.numbers), scores), missing, to_name="scores")


def _renamed(graph: Graph, rename: dict[str, str]) -> None:
    """Give tensors of a graph, and of the graphs within it, other names."""
    for node in graph.node:
        for names in (node.input, node.output):
            for k, name in enumerate(names):
                names[k] = rename.get(name, name)
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs) if attribute.HasField("g") else attribute.graphs:
                _renamed(inner, rename)
    for messages in (graph.initializer, graph.input, graph.output, graph.value_info):
        for one in messages:
            one.name = rename.get(one.name, one.name)
