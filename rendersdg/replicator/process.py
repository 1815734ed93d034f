"""The process that a script runs in: whatever the script changes there is put back when its run is over."""

from __future__ import annotations

import builtins
import logging
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rendersdg.registry import Registry
from rendersdg.replicator.script_modules import folder_of

_OURS = ("rendersdg", "writers", "detectors")  # packages whose tables a script may add to
_STREAMS = ("stdin", "stdout", "stderr", "excepthook", "displayhook")


@contextmanager
def unchanged(hosts: Iterable[str], folder: Path) -> Iterator[None]:
    """Put back, at the end, what is changed inside: the environment, the working folder, ``sys``, imported modules,
    logging, warnings, built-in names, the global generators of ``random`` and NumPy, NumPy's settings, and tables of
    plug-ins.

    ``hosts`` are the top-level names of modules that are there inside alone, ``folder`` is the script's. Libraries that
    were imported inside stay loaded, because most cannot be loaded twice.
    """
    keepers: tuple[Callable[[], AbstractContextManager[object]], ...] = (
        _kept_plug_ins,
        _kept_builtins,
        _kept_system,
        lambda: _kept_modules(
            tuple(hosts), folder
        ),  # put back before sys.path is: it tells modules by what was added there
        _kept_environment,
        _kept_folder,
        _kept_logging,
        warnings.catch_warnings,
        _kept_generators,
        np.errstate,
        np.printoptions,
    )
    with ExitStack() as stack:
        for keeper in keepers:
            stack.enter_context(keeper())
        yield


@contextmanager
def _kept_builtins() -> Iterator[None]:
    before = dict(vars(builtins))
    try:
        yield
    finally:
        for name in set(vars(builtins)) - set(before):
            delattr(builtins, name)
        vars(builtins).update(before)


@contextmanager
def _kept_environment() -> Iterator[None]:
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update({k: v for k, v in before.items() if os.environ.get(k) != v})


@contextmanager
def _kept_folder() -> Iterator[None]:
    before = os.curdir
    with suppress(OSError):  # the folder was removed before
        before = os.getcwd()
    try:
        yield
    finally:
        with suppress(OSError):  # or meanwhile
            os.chdir(before)


@contextmanager
def _kept_system() -> Iterator[None]:
    arguments, path = sys.argv, sys.path
    lists = list(arguments), list(path)
    streams = {name: getattr(sys, name) for name in _STREAMS}
    try:
        yield
    finally:
        sys.argv, sys.path = arguments, path
        arguments[:], path[:] = lists
        for name, stream in streams.items():
            setattr(sys, name, stream)


@contextmanager
def _kept_generators() -> Iterator[None]:
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


@dataclass(frozen=True)
class _LoggerState:
    """How a logger is set up."""

    level: int
    handlers: tuple[logging.Handler, ...]
    filters: tuple[Any, ...]  # logging takes filters of many kinds
    propagates: bool
    is_disabled: bool

    @classmethod
    def of(cls, logger: logging.Logger) -> _LoggerState:
        """Return how ``logger`` is set up now."""
        return cls(logger.level, tuple(logger.handlers), tuple(logger.filters), logger.propagate, bool(logger.disabled))

    def restore(self, logger: logging.Logger) -> None:
        """Set ``logger`` up like this."""
        for handler in list(logger.handlers):
            if handler not in self.handlers:
                logger.removeHandler(handler)
        logger.handlers[:], logger.filters[:] = self.handlers, self.filters
        logger.propagate, logger.disabled = self.propagates, self.is_disabled
        logger.setLevel(self.level)  # drops what loggers remember of levels, too


_BARE = _LoggerState(logging.NOTSET, (), (), True, False)


@contextmanager
def _kept_logging() -> Iterator[None]:
    before = {name: _LoggerState.of(logger) for name, logger in _loggers().items()}
    is_off_below = logging.root.manager.disable
    try:
        yield
    finally:
        logging.root.manager.disable = is_off_below
        for name, logger in _loggers().items():
            # a library that was loaded inside stays, and so does what it did to its own loggers
            if name in before or name.split(".")[0] not in sys.modules:
                before.get(name, _BARE).restore(logger)


def _loggers() -> dict[str, logging.Logger]:
    named = logging.root.manager.loggerDict.items()
    return {"": logging.root, **{name: one for name, one in named if isinstance(one, logging.Logger)}}


@contextmanager
def _kept_modules(hosts: tuple[str, ...], folder: Path) -> Iterator[None]:
    """Forget modules of ``hosts``, and those that came from ``folder`` or from folders which were put onto ``sys.path``
    inside: another script's ``helpers.py`` is another module.
    """
    before, path = dict(sys.modules), {os.path.realpath(p) for p in sys.path}
    try:
        yield
    finally:
        added = {os.path.realpath(p) for p in sys.path} - path | {os.path.realpath(folder)}
        tops = {name.split(".")[0] for name in before} | {*_OURS}
        for name in [n for n in sys.modules if n not in before]:
            top = name.split(".")[0]
            if top in hosts or (top not in tops and folder_of(sys.modules.get(top)) in added):
                del sys.modules[name]
        for name, module in before.items():
            if sys.modules.get(name) is not module:
                sys.modules[name] = module


@contextmanager
def _kept_plug_ins() -> Iterator[None]:
    """Forget names that were registered inside, but for a library's own, which would not register itself again."""
    before: Mapping[int, Mapping[str, object]] = {id(r): dict(r.registered) for r in _registries()}
    loaded = set(sys.modules)
    try:
        yield
    finally:
        for registry in _registries():
            known = before.get(id(registry), {})
            for name, item in list(registry.registered.items()):
                maker = getattr(item, "__module__", None)
                is_of_library = maker in sys.modules and maker not in loaded
                if name in known:
                    registry.register(name, known[name])
                elif not is_of_library:
                    registry.unregister(name)


def _registries() -> list[Registry[object]]:
    modules = [m for name, m in list(sys.modules.items()) if name.split(".")[0] in _OURS and m is not None]
    tables = {id(value): value for m in modules for value in vars(m).values() if isinstance(value, Registry)}
    return list(tables.values())
