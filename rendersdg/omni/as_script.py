"""A scene as a Python script for Omniverse Replicator: readable, stand-alone,
run by Isaac's ``python.sh`` or by Kit.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import rendersdg
from rendersdg.graph.distributions import Combine, Distribution
from rendersdg.graph.nodes import Block, Name, Prims, Trigger
from rendersdg.omni.steps import Asset, AssetGroups, Step, Translation, Value, draws, handles, relative
from rendersdg.replicator.writers import OURS

_WIDTH = 120
_ISAAC = '''"""{title}, exported by rendersdg {version} for {target}.

    ./python.sh {file} [OUTPUT FOLDER]
"""

from isaacsim import SimulationApp

simulation_app = SimulationApp({{"headless": True}})

import sys
from contextlib import nullcontext
from pathlib import Path

import omni.replicator.core as rep

HERE = Path(__file__).resolve().parent
ASSETS = HERE / "{stem}_assets"
OUT = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE / "{stem}_out"
'''
_KIT = '''"""{title}, exported by rendersdg {version} for {target}.

    kit APP.kit --no-window --/omni/replicator/script={file}
"""

import os
from contextlib import nullcontext
from pathlib import Path

import omni.replicator.core as rep

HERE = Path(__file__).resolve().parent
ASSETS = HERE / "{stem}_assets"
OUT = Path(os.environ.get("OUT", HERE / "{stem}_out"))
'''
_HERE = """
# There when rendersdg runs this script: it then draws from the streams that the names stand for, \
as the scene itself does.
RENDERSDG = getattr(rep, "rendersdg", None)
named = RENDERSDG.named if RENDERSDG else lambda name: nullcontext()
"""
_SHARED = "shared = RENDERSDG.shared if RENDERSDG else lambda name, distribution: distribution\n"
_REGISTER = """
if not RENDERSDG:  # pip install rendersdg into the Python that runs this
    from rendersdg.omni.writers import register

    register(rep, {names})
"""


@dataclass(frozen=True)
class Expression:
    """Code: ``head`` and, between ``brackets``, the parts: (prefix, text or expression). ``(,`` makes a tuple."""

    head: str
    parts: tuple[tuple[str, str | Expression], ...] = ()
    brackets: str = "()"

    def flat(self) -> str:
        """Return it on one line."""
        inner = ", ".join(p + (v if isinstance(v, str) else v.flat()) for p, v in self.parts)
        if self.brackets == "(,":
            return f"({inner},)" if len(self.parts) == 1 else f"({inner})"
        return f"{self.head}{self.brackets[0]}{inner}{self.brackets[1]}"

    def laid(self, indent: int, before: int) -> str:
        """Return it on as many lines as it needs, ``before`` characters into the first."""
        flat = self.flat()
        if before + len(flat) <= _WIDTH or not self.parts:
            return flat
        room = " " * (indent + 4)
        lines = [
            f"{room}{p}{v if isinstance(v, str) else v.laid(indent + 4, indent + 4 + len(p))}," for p, v in self.parts
        ]
        close = ")" if self.brackets == "(," else self.brackets[1]
        return "\n".join([self.head + self.brackets[0], *lines, " " * indent + close])


def as_script(translation: Translation, *, title: str, file: Path, seed: int, frames: int | None, light: str) -> str:
    """Return the text of the script.

    ``file`` is where it will lie: baked assets are named as seen from there. ``frames`` None leaves it to the triggers
    how many there are. ``light`` is what it does about the application's own light.
    """
    return _Script(translation, file).text(title, seed, frames, light)


class _Script:
    """Turns the steps of a translation into text: statements, with blocks, and names for what others refer to."""

    def __init__(self, translation: Translation, file: Path) -> None:
        self._translation = translation
        self._file = file
        self._assets = file.parent / f"{file.stem}_assets"
        self._uses = Counter(id(h) for s in translation.steps for h in _referred(s))
        self._names: dict[int, str] = {}
        self._inline: dict[int, Step] = {}
        self._taken = {
            "rep",
            "HERE",
            "ASSETS",
            "OUT",
            "RENDERSDG",
            "named",
            "shared",
            "sys",
            "os",
            "Path",
            "simulation_app",
        }
        self._lines: list[str] = []
        self._open: list[Block | str] = []

    def text(self, title: str, seed: int, frames: int | None, light: str) -> str:
        target = self._translation.target
        is_kit = target == "kit"
        words = {
            "title": title,
            "version": rendersdg.__version__,
            "target": target,
            "file": self._file.name,
            "stem": self._file.stem,
        }
        head = (_KIT if is_kit else _ISAAC).format(**words) + _HERE
        steps = self._translation.steps
        if any(s.name == "shared" for s in steps):
            head += _SHARED
        ours = sorted({str(s.arguments["name"]) for s in steps if _is_ours(s)})
        if ours:
            head += _REGISTER.format(names=repr([n.removeprefix(OURS) for n in ours]))
        head += f"\nrep.set_global_seed({seed})\n"
        head += light
        for step in steps:
            self._step(step)
        return head + "\n".join(self._lines) + "\n" + self._end(is_kit, frames)

    def _end(self, is_kit: bool, frames: int | None) -> str:
        kinds = {b.kind for s in self._translation.steps for b in s.blocks if isinstance(b, Trigger)}
        limits = [] if frames is None else [f"num_frames={frames}"]
        if kinds <= {"frame"} and frames is not None:
            limits = []  # the triggers know when to stop
        if "time" in kinds:
            limits.append("start_timeline=True")
        run = "run" if is_kit else "run_until_complete"
        lines = ["", f"rep.orchestrator.{run}({', '.join(limits)})"]
        if not is_kit:
            writers = [self._names[id(s.result)] for s in self._translation.steps if s.name == "WriterRegistry.get"]
            lines += [
                "rep.orchestrator.wait_until_complete()",
                *(f"{w}.detach()" for w in writers),
                "simulation_app.close()",
            ]
        return "\n".join(lines) + "\n"

    # -- statements -----------------------------------------------------------------------------------------------

    def _step(self, step: Step) -> None:
        if isinstance(step.result, Distribution) and self._uses[id(step.result)] <= 1 and step.name != "shared":
            self._inline[id(step.result)] = step
            return
        blocks: list[Block | str] = [b for b in step.blocks if not isinstance(b, Name) or draws(step)]
        if step.side == "rendersdg":
            blocks.append("if RENDERSDG:")
        elif step.side == "omniverse":
            blocks.insert(0, "if not RENDERSDG:")
        self._enter(blocks)
        indent = 4 * len(self._open)
        begin = ""
        results = step.result if isinstance(step.result, list) else [step.result]
        if any(self._uses[id(r)] for r in (step.result, *results)) or step.name == "WriterRegistry.get":
            begin = f"{self._named(step)} = "
        self._lines.append(" " * indent + begin + self._call(step).laid(indent, indent + len(begin)))

    def _enter(self, blocks: list[Block | str]) -> None:
        same = 0
        while same < min(len(blocks), len(self._open)) and blocks[same] == self._open[same]:
            same += 1
        if same < len(self._open) or (blocks and not self._open):
            del self._open[same:]
            if not same:
                self._lines.append("")
        for block in blocks[same:]:
            indent = " " * (4 * len(self._open))
            if isinstance(block, str):
                self._lines.append(indent + block)
            elif isinstance(block, Name):
                self._lines.append(f'{indent}with named("{block.label}"):')
            else:
                self._lines.append(f"{indent}with {self._value(block).flat()}:")
            self._open.append(block)

    def _named(self, step: Step) -> str:
        groups = [b.label for b in step.blocks if isinstance(b, Name)]
        argument = step.arguments.get("name")
        own = argument if isinstance(argument, str) else None
        if step.side == "omniverse" and own:
            words = own
        elif groups:
            words = groups[-1]
        else:
            words = step.name.rsplit(".", 1)[-1] if own is None else own
        base = re.sub(r"\W|^(?=\d)", "_", words)
        base = f"{base}_" if keyword.iskeyword(base) else base
        name, number = base, 1
        while name in self._taken:
            name, number = f"{base}_{number}", number + 1
        self._taken.add(name)
        self._names[id(step.result)] = name
        if isinstance(step.result, list):
            self._names |= {id(item): f"{name}[{k}]" for k, item in enumerate(step.result)}
        return name

    # -- expressions ----------------------------------------------------------------------------------------------

    def _call(self, step: Step) -> Expression:
        if step.subject is not None:
            head = f"{self._names[id(step.subject)]}{step.name}"
        else:
            head = step.name if step.name == "shared" else f"rep.{step.name}"
        parts: list[tuple[str, str | Expression]] = []
        for name, value in step.arguments.items():
            if name == "output_dir" and isinstance(value, str) and ":" not in value and not value.startswith("/"):
                parts.append((f"{name}=", f'str(OUT / "{value}")'))
            else:
                parts.append((f"{name}=", self._value(value)))
        if step.ours:
            parts.append(("**", _Text(f"({dict(step.ours)!r} if RENDERSDG else {{}})")))
        return Expression(head, tuple(parts))

    def _value(self, value: Value) -> Expression | _Text:
        name = self._names.get(id(value))
        if name is not None:
            return _Text(name)
        inline = self._inline.get(id(value))
        if inline is not None:
            return self._call(inline)
        if isinstance(value, Asset):
            name, folder = (
                ("ASSETS", self._assets) if value.path.is_relative_to(self._assets) else ("HERE", self._file.parent)
            )
            return _Text(f'str({name} / "{relative(value.path, folder)}")')
        if isinstance(value, AssetGroups):
            where = relative(value.folder / value.name, self._assets)
            inner = f'[str(ASSETS / f"{where}_{{k}}_{{c}}.png") for c in "DNR"]'
            return _Text(f'[{inner} for k in (*range({value.count}), "none")]')
        if isinstance(value, Combine):
            return Expression("rep.distribution.combine", (("", self._value(list(value.distributions))),))
        if isinstance(value, Prims) and value.parts:
            label = (("name=", _Text(repr(value.label))),)
            return Expression("rep.create.group", (("", self._value(list(value.parts))), *label))
        if isinstance(value, Prims):
            paths = value.paths[0] if len(value.paths) == 1 else list(value.paths)
            return Expression("rep.get.prim_at_path", (("", self._value(paths)), ("name=", _Text(repr(value.label)))))
        if isinstance(value, Mapping):
            pairs = tuple((f"{k!r}: ", self._value(v)) for k, v in value.items())
            return Expression("", pairs, brackets="{}")
        if isinstance(value, (list, tuple)):
            parts = tuple(("", self._value(v)) for v in value)
            return Expression("", parts, brackets="[]" if isinstance(value, list) else "(,")
        return _Text(_literal(value))


class _Text(str):
    """Code that stands on one line."""

    def flat(self) -> str:
        return str(self)


def _literal(value: object) -> str:
    if isinstance(value, str):
        return '"' + value + '"' if value.isprintable() and not set(value) & {'"', "\\"} else repr(value)
    return repr(value)


def _is_ours(step: Step) -> bool:
    return step.name == "WriterRegistry.get" and str(step.arguments["name"]).startswith(OURS)


def _referred(step: Step) -> Sequence[Value]:
    in_arguments = [h for v in step.arguments.values() for h in handles(v)]
    return [*in_arguments, *(h for b in step.blocks for h in handles(b)), *handles(step.subject)]
