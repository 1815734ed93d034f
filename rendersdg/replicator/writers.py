"""``rep.Writer``: the built-in formats, and the base of the classes that scripts write themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from rendersdg.errors import BadArgument, NotSupported, RenderSDGError, did_you_mean
from rendersdg.frame import Frame
from rendersdg.graph.nodes import Trigger, WriterUse
from rendersdg.replicator import annotators as rep_annotators
from rendersdg.replicator.annotators import Annotator, AugmentationLike, flat
from rendersdg.replicator.engine import Engine, current
from rendersdg.replicator.values import Handled, ProductsLike, Value, products_of, unwrap
from writers import WRITERS, Files
from writers import Writer as Encoder

NO_NODES = "OmniGraph nodes are not run; write a Writer class"
DEFAULT_TRIGGER = "omni.replicator.core.OgnOnFrame"
_S3_PARAMETERS = ("use_s3", "s3_bucket", "s3_region", "s3_endpoint", "s3_endpoint_url")
TriggerLike = str | Handled | Trigger | None  # None: on demand
OURS = "Rendersdg"  # before the name of a writer of ours where Replicator has, or may get, one of that name


class ScriptWriter:
    """A writer as scripts see it. A subclass lists ``annotators`` and takes each frame in ``write(data)``.

    ``data_structure`` is "legacy" (keys by annotator), "renderProduct" or "annotator".
    """

    annotators: Sequence[str | Annotator] | None = ()
    version = "0.0.0"
    data_structure = "legacy"

    def __new__(cls, *args: object, **kwargs: object) -> ScriptWriter:
        """Return a writer with a list of its own, which a subclass may append to
        without calling this class's ``__init__``.
        """
        writer = super().__new__(cls)
        writer.annotators = list(cls.annotators or ())
        return writer

    def __init__(self, *args: Value, **kwargs: Value) -> None:
        pass

    def initialize(self, *args: Value, **kwargs: Value) -> ScriptWriter:
        """Make the writer ready with its parameters."""
        self.annotators = list(type(self).annotators or ())
        type(self).__init__(self, *args, **kwargs)
        return self

    def attach(self, render_products: ProductsLike, trigger: TriggerLike = DEFAULT_TRIGGER) -> None:
        """Attach to one or several render products; with ``trigger`` it writes only when that fires,
        with None on demand.
        """
        engine = current()
        use = self._use()
        products = products_of(render_products)
        use.where = engine.where()
        use.products.extend(p for p in products if p not in use.products)
        handle = unwrap(trigger)
        if isinstance(handle, Trigger):
            use.trigger = handle
        elif trigger is None:
            use.trigger = _on_demand(engine, self)
        engine.recorder.graph.wanted.update(a.source for a in self._list())

    async def attach_async(self, render_products: ProductsLike, trigger: TriggerLike = DEFAULT_TRIGGER) -> None:
        """The same, awaited."""
        self.attach(render_products, trigger)

    def detach(self) -> None:
        """Detach from all render products. What was written stays."""
        self._use().products.clear()

    def schedule_write(self) -> None:
        """Write the next frame, of a writer that was attached with ``trigger=None``."""
        current().captures.send_event(_event_of(self))

    def write(self, data: dict[str, Value]) -> None:
        """Take one frame."""
        raise NotImplementedError(f"{type(self).__name__} has no write(data)")

    def on_final_frame(self) -> None:
        """Take note that no more frames come."""

    def get_metadata(self) -> dict[str, str]:
        """Return what is known of the writer."""
        return {"name": type(self).__name__, "version": self.version}

    def get_node(self) -> ScriptWriter:
        """Return the writer: it is its own node here."""
        return self

    def add_annotator(self, annotator: str | Annotator) -> None:
        """Ask for one more annotator."""
        self.annotators = [*(self.annotators or ()), annotator]

    def get_annotators(self) -> list[Annotator]:
        """Return the annotators."""
        return self._list()

    def get_annotator(self, name: str) -> Annotator:
        """Return the annotator of a name."""
        known = {a.template_name: a for a in self._list()}
        if name not in known:
            raise BadArgument(
                f"the writer has no annotator {name!r}{did_you_mean(name, known)}", where=current().where()
            )
        return known[name]

    def augment_annotator(self, annotator_name: str, augmentation: AugmentationLike, **kwargs: Value) -> None:
        """Put an augmentation behind one of the annotators."""
        annotator = self.get_annotator(annotator_name)
        self.annotators = [annotator if a is annotator else a for a in self._list()]
        annotator.augment(augmentation, **kwargs)

    def _list(self) -> list[Annotator]:
        annotators = [rep_annotators.get(a) if isinstance(a, str) else a for a in self.annotators or ()]
        self.annotators = annotators
        return annotators

    def _use(self) -> WriterUse:
        use = self.__dict__.get("_writer_use")
        if use is None:
            use = self._new_use()
            self.__dict__["_writer_use"] = use
            current().recorder.graph.writers.append(use)
        return use

    def _new_use(self) -> WriterUse:
        name = type(self).__name__
        current().output.finals.append(self.on_final_frame)
        return WriterUse(name, {}, name, made=_ScriptEncoder(self), folder=f"({name} {id(self)})")


def _event_of(writer: ScriptWriter) -> str:
    return f"schedule_write {id(writer)}"


def _on_demand(engine: Engine, writer: ScriptWriter) -> Trigger:
    trigger = Trigger("schedule_write", "event", event=_event_of(writer))
    engine.recorder.graph.triggers.append(trigger)
    return trigger


class _ScriptEncoder(Encoder):
    """Hands frames to a script's own writer; what it writes through a backend is committed with the frame."""

    def __init__(self, writer: ScriptWriter) -> None:
        super().__init__()
        self._writer = writer

    def wants(self) -> Iterable[str]:
        return [a.source for a in self._writer._list()]

    def encode(self, frame: Frame) -> Files:
        engine = current()
        capture = engine.captures.last
        assert capture is not None
        names = list(frame.products)
        annotators = self._writer._list()
        data = {n: {a.template_name: a.data_of(capture, n, names) for a in annotators} for n in names}
        try:
            self._writer.write(laid_out(frame, data, self._writer.data_structure))
        except RenderSDGError as error:
            raise error.at(engine.where()) from None
        return {}


def laid_out(frame: Frame, data: Mapping[str, Mapping[str, Value]], structure: str) -> dict[str, Value]:
    """Return a frame's data in one of the three layouts that writers know."""
    out: dict[str, Value] = {}
    about = {
        n: {"camera": p.camera.prim_path, "resolution": list(p.camera.resolution_wh)} for n, p in frame.products.items()
    }
    if structure == "renderProduct":
        out["renderProducts"] = {
            n: {
                "camera": about[n]["camera"],
                "resolution": tuple(about[n]["resolution"]),
                **{a: flat(v) for a, v in values.items()},
            }
            for n, values in data.items()
        }
    elif structure == "annotator":
        out["annotators"] = {}
        for n, values in data.items():
            for a, v in values.items():
                out["annotators"].setdefault(a, {})[n] = flat(v)
    elif structure == "legacy":
        for n, values in data.items():
            out[f"rp_{n}"] = about[n]
            for a, v in values.items():
                out[f"{a}-{n}" if frame.several else a] = _texts(v)
    else:
        raise BadArgument(f"data_structure={structure!r} is not legacy, renderProduct or annotator")
    out["trigger_outputs"] = dict(frame.trigger_outputs)
    out["distribution_outputs"] = dict(frame.distribution_outputs)
    out["reference_time"] = frame.frame
    return out


def _texts(value: Value) -> Value:
    """Return data with the id keys of its label tables as text, which is how the legacy layout has them."""
    if not (isinstance(value, dict) and isinstance(value.get("info"), dict)):
        return value
    info = {k: {str(i): x for i, x in v.items()} if isinstance(v, dict) else v for k, v in value["info"].items()}
    return {**value, "info": info}


class BuiltIn(ScriptWriter):
    """A format of ours as scripts see it."""

    format = ""

    def __init__(self, **kwargs: Value) -> None:
        self.augmented: dict[str, list[tuple[AugmentationLike, dict[str, Value]]]] = {}
        if kwargs:
            self._take(kwargs)

    def initialize(self, *args: Value, **kwargs: Value) -> ScriptWriter:
        if args:
            kwargs = {"output_dir": args[0], **kwargs}
        self._take(kwargs)
        return self

    def _take(self, parameters: Mapping[str, object]) -> None:
        """Become the writer that these parameters ask for. Raises what the format says of them."""
        engine = current()
        values = {k: unwrap(v) for k, v in parameters.items()}
        backend = values.pop("backend", None)
        if backend is not None:
            values["output_dir"] = backend.output_dir
        bucket = {name: values.pop(name, None) for name in _S3_PARAMETERS}["s3_bucket"]
        if bucket:
            values["output_dir"] = f"s3://{bucket}/{values.get('output_dir') or ''}".rstrip("/")
        where = engine.where()
        try:
            encoder = WRITERS[self.format](**values)
        except RenderSDGError as error:
            raise error.at(where) from None
        if encoder.frames_per_shard:
            raise NotSupported(
                f"{self.format} packs frames into shards, which scripts do not write yet: render the scene from YAML "
                "(rendersdg export makes it of a script), or use another writer",
                where=where,
            )
        use = self._use()
        use.params, use.made, use.where = values, _Augmented(encoder, self), where
        use.folder = engine.output.folder_of(values.get("output_dir"), self.format)

    def _new_use(self) -> WriterUse:
        name = self.format
        return WriterUse(name, {}, name, folder=current().output.folder_of(None, name))

    def attach(self, render_products: ProductsLike, trigger: TriggerLike = DEFAULT_TRIGGER) -> None:
        if self._use().made is None:
            self._take({})
        super().attach(render_products, trigger)

    def augment_annotator(self, annotator_name: str, augmentation: AugmentationLike, **kwargs: Value) -> None:
        self.augmented.setdefault(annotator_name, []).append((augmentation, kwargs))

    def get_annotators(self) -> list[Annotator]:
        encoder = self._use().made
        return [] if encoder is None else [rep_annotators.get(n, p) for n, p in encoder.annotators.items()]

    def _list(self) -> list[Annotator]:
        return []


class _Augmented(Encoder):
    """A format of ours whose annotators may have augmentations behind them."""

    def __init__(self, inner: Encoder, owner: BuiltIn) -> None:
        self._inner = inner
        self._owner = owner
        self.keeps_state = False
        self.annotators = inner.annotators
        self.label_choice = inner.label_choice
        self.minimum_area, self.known_labels = inner.minimum_area, inner.known_labels

    def class_of(self, labels: Mapping[str, str]) -> str:
        return self._inner.class_of(labels)

    def labels_seen(self, data: Mapping[str, Value]) -> Iterator[str]:
        return self._inner.labels_seen(data)

    def left_out(self, frame: Frame) -> dict[str, str]:
        return self._inner.left_out(frame)

    def encode(self, frame: Frame) -> Files:
        if self._owner.augmented:
            capture = current().captures.last
            assert capture is not None
            names = list(frame.products)
            data = {}
            for product, values in frame.data.items():
                data[product] = dict(values)
                for name, changes in self._owner.augmented.items():
                    if name not in values:
                        raise BadArgument(
                            f"augment_annotator: the writer has no annotator {name!r}{did_you_mean(name, values)}"
                        )
                    annotator = Annotator(name, self.annotators[name])
                    for change, parameters in changes:
                        annotator.augment(change, **parameters)
                    data[product][name] = annotator.data_of(capture, product, names)
            frame = replace(frame, data=data)
        return self._inner.encode(frame)

    def fragment(self, frame: Frame) -> Value:
        return self._inner.fragment(frame)

    def finish(self, fragments: Mapping[int, Value], seed: int) -> Files:
        return self._inner.finish(fragments, seed)

    def assemble(self, fragments: Mapping[int, Value], read: Callable[[str], bytes]) -> Files:
        return self._inner.assemble(fragments, read)


BUILT_IN: Mapping[str, type[BuiltIn]] = {n: type(n, (BuiltIn,), {"format": n}) for n in WRITERS}
