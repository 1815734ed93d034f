"""The compatibility table: every name of Replicator's API, with what it does here or why it is refused."""

from __future__ import annotations

from rendersdg.annotators import ANNOTATORS, REFUSED
from rendersdg.docstrings import summary
from rendersdg.replicator import contract, namespace
from rendersdg.replicator.annotator_contract import section
from rendersdg.replicator.augmentations import NODES

_METHODS = (
    "Annotator",
    "Augmentation",
    "AnnotatorRegistry",
    "Writer",
    "WriterRegistry",
    "DiskBackend",
    "S3Backend",
    "BackendDispatch",
    "rng.ReplicatorRNG",
    "utils.ReplicatorItem",
    "backends.BaseBackend",
)


def report() -> str:
    """Return the table as Markdown."""
    implemented = {k: _summary(v) for k, v in namespace.table().items()}
    table = namespace.table()
    for holder in _METHODS:
        for name, member in vars(table[holder]).items():
            if not name.startswith("_") and (
                callable(member) or isinstance(member, (staticmethod, classmethod, property))
            ):
                function = member.__func__ if isinstance(member, (staticmethod, classmethod)) else member
                if not hasattr(function, "refused"):
                    implemented.setdefault(f"{holder}.{name}", _summary(function))
    lines = [
        "# Replicator compatibility",
        "",
        "Printed by `rendersdg compat`. Names below `omni.replicator.core`; a name that is in neither table does not "
        "exist in",
        "Replicator as far as its documentation and public scripts show, and using it says so.",
        "",
        f"## Implemented ({len(implemented)})",
        "",
        "| name | does |",
        "|---|---|",
        *(f"| `{name}` | {implemented[name]} |" for name in sorted(implemented)),
        "",
        f"## Refused ({len(namespace.REFUSED)})",
        "",
        "| name | why |",
        "|---|---|",
        *(f"| `{name}` | {reason} |" for name, reason in sorted(namespace.REFUSED.items())),
        "",
        "## Parameters and defaults",
        "",
        "What the files of Replicator that are public under the Apache licence have (`scripts/create.py`, `modify.py`, "
        "`distribution.py`,",
        "`randomizer.py`, `trigger.py`, `get.py`), in their order, and what is otherwise here. What is marked by `!`",
        "has to be given; a parameter without a default is None where it is not.",
        "",
        "| function | there | here |",
        "|---|---|---|",
        *(f"| `{name}` | {there} | {here} |" for name, there, here in contract.rows(table)),
        "",
        "## Names and defaults that no signature shows",
        "",
        "| what | is | settled by |",
        "|---|---|---|",
        *(f"| {what} | {value} | {source} |" for what, value, source in contract.SETTLED),
        "",
        "## Annotators",
        "",
        ", ".join(f"`{n}`" for n in ANNOTATORS),
        "",
        "Refused:",
        "",
        "| name | why |",
        "|---|---|",
        *(f"| `{name}` | {reason} |" for name, reason in REFUSED.items()),
        "",
        *section(),
        "## Built-in augmentations",
        "",
        ", ".join(f"`{n}`" for n in sorted(NODES)),
        "",
    ]
    return "\n".join(lines)


def _summary(thing: object) -> str:
    if isinstance(thing, (str, list)):
        return "sample paths"
    return summary(thing).replace("|", "\\|")
