"""The pages that are made when the site is built, and what is made of the pages: ``llms.txt``.

A Sphinx extension. The reference comes from the tables of the engine, the command line from its own help, the pages
of scenes from ``scenes/``. They go to ``docs/generated``, which git ignores. Links that lead out of ``docs`` in the
repository lead to the pages made from those files on the site.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer
import yaml

import rendersdg
from rendersdg import cli, reference

DOCS = Path(__file__).parent
ROOT = DOCS.parent
MADE = DOCS / "generated"
PROJECT = {  # pages of the project as forges look for them, at the top
    "CONTRIBUTING.md": "contributing",
    "CHANGELOG.md": "changes",
    "SECURITY.md": "security",
    "CODE_OF_CONDUCT.md": "conduct",
}
_DRAWN = "`python docs/images/gallery.py` draws the pictures."
_LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
_FENCE = re.compile(r"^\s*(```|~~~)")


def setup(app: Any) -> dict[str, Any]:
    """Connect the extension to a build."""
    app.connect("builder-inited", _write_with)
    app.connect("source-read", _relink)
    app.connect("build-finished", _write_llms)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _write_with(app: Any) -> None:
    from sphinx.ext.autodoc.mock import mock

    with mock(app.config.autodoc_mock_imports):
        write_pages()


# Pages


def write_pages() -> None:
    """Write all pages to ``docs/generated``. One that stays the same keeps its time: it is not read again."""
    pages = dict(_pages())
    for old in MADE.rglob("*"):
        if old.is_file() and str(old.relative_to(MADE)) not in pages:
            old.unlink()
    for name, text in pages.items():
        path = MADE / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _pages() -> Iterator[tuple[str, str]]:
    """Yield the path below ``docs/generated`` and the Markdown of every page."""
    names = reference.names()
    modules = names["modules"]
    for module in modules:
        functions = [n for n in names["functions"] if n.partition(".")[0] == module]
        yield f"functions/{module}.md", _with_parts(module, functions)
    yield "functions/index.md", _index("Functions", "What a scene's groups call.", modules)
    for kind in ("writers", "annotators", "backends"):
        parts = _with_parts(kind, names[kind], f"# {kind.capitalize()}")
        yield f"{kind}.md", parts
    topics = [_lower(reference.page(name)) for name in names["topics"]]
    yield "topics.md", "\n".join(["# Topics", "", "What `rendersdg help` tells of more than one name.", "", *topics])
    yield from _command_pages()
    yield "python.md", _python_page()
    yield from _scene_pages()
    yield from _picture_pages()
    for notebook in sorted((DOCS / "tutorials").glob("*.py")):
        yield f"notebooks/{notebook.stem}.md", _notebook(notebook)
    for source, name in PROJECT.items():
        text = relinked((ROOT / source).read_text(encoding="utf-8"), ROOT, MADE / "project")
        yield f"project/{name}.md", text


def _index(title: str, text: str, entries: list[str]) -> str:
    return "\n".join([f"# {title}", "", text, "", "```{toctree}", ":maxdepth: 1", "", *entries, "```", ""])


def _with_parts(name: str, parts: list[str], title: str | None = None) -> str:
    """Return the page of a module or a kind: its table, whose names are links, and a section for each of its parts."""
    lines = []
    for line in reference.page(name).splitlines():
        row = re.match(r"\| `([\w.]+)` \|", line)
        is_here = row is not None and row[1] in parts
        lines.append(f"| [`{row[1]}`](#{_label(row[1])}) |{line[row.end() :]}" if row and is_here else line)
    lines[0] = title or lines[0]
    sections = [f"({_label(part)})=\n{_lower(reference.page(part))}" for part in parts]
    return "\n".join([*lines, "", *sections])


def _label(name: str) -> str:
    """Return the anchor of a name. Anchors do not tell `Occlusion` from `occlusion`, so the former has a mark."""
    return f"about-{name}" if name == name.lower() else f"about-camel-{name}"


def _lower(text: str) -> str:
    """Return a page as a section: its title one level lower, its headings as words in bold."""
    lines, is_code = [], False
    for line in text.splitlines():
        is_code ^= bool(_FENCE.match(line))
        if not is_code:
            line = re.sub(r"^## (.+)$", r"**\1**", line)
            line = re.sub(r"^# ", "## ", line)
        lines.append(line)
    return "\n".join([*lines, ""])


def _command_pages() -> Iterator[tuple[str, str]]:
    group: Any = typer.main.get_command(cli.app)
    entries = []
    for heading, commands in cli.HEADINGS.items():
        slug = re.sub(r"\W+", "-", heading.lower())
        entries.append(slug)
        sections = [_command(group.commands[name], f"rendersdg {name}") for name in commands.split()]
        yield f"commands/{slug}.md", "\n".join([f"# {heading}", "", *sections])
    yield "commands/index.md", _index("Commands", "In the order of the work. " + _plain(cli.EXIT_CODES), entries)


def _command(command: Any, name: str) -> str:
    """Return the section of a command, and those of the commands in it."""
    context = command.make_context(name, [], resilient_parsing=True)
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [
        f"## {name}",
        "",
        *(_plain(p) + "\n" for p in (command.help or "").split("\n\n")),
        f"    {name} {usage}",
        "",
    ]
    records = [r for p in command.get_params(context) if (r := p.get_help_record(context)) and "--help" not in r[0]]
    if records:
        parts += ["| option | does |", "|---|---|"]
        parts += [f"| `{_cell(names)}` | {_cell(_plain(told))} |" for names, told in records]
        parts.append("")
    for paragraph in (command.epilog or "").split("\n\n"):
        is_example = paragraph.startswith("Example: ")
        parts += [f"Example: `{paragraph[9:]}`" if is_example else _plain(paragraph), ""]
    for inner, below in getattr(command, "commands", {}).items():
        parts.append(_command(below, f"{name} {inner}"))
    return "\n".join(parts)


def _plain(text: str) -> str:
    """Return the text of a help as one line of Markdown that says the same."""
    return re.sub(r"([<>*_\[\]#])", r"\\\1", " ".join(text.split()))


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _python_page() -> str:
    parts = ["# Python", "", "What `import rendersdg` offers. [In Python](../python.md) shows how it is used.", ""]
    things = {n: getattr(rendersdg, n) for n in rendersdg.__all__ if n != "__version__"}
    errors = {n for n, t in things.items() if isinstance(t, type) and issubclass(t, Exception)}
    functions = {n for n, t in things.items() if not isinstance(t, type)}
    for title, chosen in (
        ("Functions", functions),
        ("Classes", things.keys() - functions - errors),
        ("Errors", errors),
    ):
        parts += [f"## {title}", "", "```{eval-rst}"]
        for name in sorted(chosen):
            if name in functions:
                parts += [f".. autofunction:: rendersdg.{name}", ""]
            else:
                members = [] if name in errors else ["   :members:"]
                parts += [f".. autoclass:: rendersdg.{name}", *members, ""]
        parts += ["```", ""]
    return "\n".join(parts)


def _scene_pages() -> Iterator[tuple[str, str]]:
    entries = []
    for scene in sorted((ROOT / "scenes").glob("*.yaml")):
        entries.append(scene.stem)
        lines = scene.read_text(encoding="utf-8").splitlines()
        count = next((k for k, line in enumerate(lines) if not line.startswith("#")), len(lines))
        about = _plain(" ".join(line.lstrip("# ") for line in lines[:count]))
        shown = [f"![A frame of the scene, and its labels](../../images/scenes/{scene.stem}.jpg)", ""]
        large = DOCS / "images" / f"{scene.stem}.jpg"
        shown += [f"![More of the scene](../../images/{large.name})", ""] if large.exists() else []
        get = ["```sh", f"rendersdg examples {scene.stem} -o scenes", "```", ""]
        code = ["```yaml", *lines[count:], "```", ""]
        title = scene.stem.replace("_", " ").capitalize()
        yield f"scenes/{scene.stem}.md", "\n".join([f"# {title}", "", about, "", *shown, *get, *code])
    pictures = [f"[![{name}](../../images/scenes/{name}.jpg)]({name}.md)" for name in entries]
    text = f"The scenes that come with rendersdg; each shows one idea. {_DRAWN}"
    yield "scenes/index.md", _index("Gallery of scenes", "\n".join([text, "", *pictures]), entries)


def _picture_pages() -> Iterator[tuple[str, str]]:
    """Yield a page with a picture of every kind of defect, and one of what annotators give."""
    lines = ["# Gallery of defects", "", "Each kind by its default parameters, and its label beside it. " + _DRAWN, ""]
    for picture in sorted((DOCS / "images" / "defects").glob("*.jpg")):
        name = f"defects.{picture.stem}"
        lines += [f"## {picture.stem}", "", f"![{name}](../../images/defects/{picture.name})", ""]
        lines += [f"[{name}](../functions/defects.md#{_label(name)})", ""]
    yield "gallery/defects.md", "\n".join(lines)
    lines = ["# Gallery of annotators", "", "What annotators give of one frame of `fruit_crate`. " + _DRAWN, ""]
    lines += ["Ids have colours here, and numbers are spread from black to white. Files keep the values.", ""]
    for picture in sorted((DOCS / "images" / "annotators").glob("*.jpg")):
        name = picture.stem
        lines += [f"## {name}", "", f"![{name}](../../images/annotators/{picture.name})", ""]
        lines += [f"[{name}](../annotators.md#{_label(name).lower()})", ""]
    yield "gallery/annotators.md", "\n".join(lines)


def _notebook(path: Path) -> str:
    """Return a notebook in Jupytext's percent format as a page: its words as they are, its code in blocks."""
    parts = []
    for cell in re.split(r"^# %%", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        kind, _, body = cell.partition("\n")
        if kind.strip() == "[markdown]":
            parts.append("\n".join(line.removeprefix("#").removeprefix(" ") for line in body.strip().splitlines()))
        else:
            parts.append(f"```python\n{body.strip()}\n```")
    get = f"To run it in Jupyter: `pip install jupytext`, then `jupytext --to ipynb docs/tutorials/{path.name}`."
    return relinked("\n\n".join([*parts, get]), path.parent, MADE / "notebooks")


# Links


def relinked(text: str, here: Path, there: Path) -> str:
    """Return Markdown with links that hold for a page of the site.

    Args:
        text: of a file in ``here``; its links are relative to that folder.
        here: the folder of the file in the repository.
        there: the folder of the page below ``docs``.
    """
    lines, is_code = [], False
    for line in text.splitlines():
        is_code ^= bool(_FENCE.match(line))
        lines.append(line if is_code else _LINK.sub(lambda m: f"]({_target(m[1], here, there)}{m[2] or ''})", line))
    return "\n".join([*lines, ""])


def _target(link: str, here: Path, there: Path) -> str:
    if "://" in link or link.startswith("mailto:"):
        return link
    path = Path(os.path.normpath(here / link))
    within = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
    if within in PROJECT:
        path = MADE / "project" / f"{PROJECT[within]}.md"
    elif within == "README.md":
        path = DOCS / "index.md"
    elif re.fullmatch(r"scenes/\w+\.yaml", within):
        path = MADE / "scenes" / f"{path.stem}.md"
    return Path(os.path.relpath(path, there)).as_posix()


def _relink(app: Any, docname: str, source: list[str]) -> None:
    if not docname.startswith("generated/"):
        folder = (DOCS / docname).parent
        source[0] = relinked(source[0], folder, folder)


# llms.txt


def _write_llms(app: Any, problem: Exception | None) -> None:
    """Write ``llms.txt``, a list of all pages with their first sentence, ``llms-full.txt``, all of them in one, and
    each page as Markdown beside its HTML.
    """
    if problem is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    texts = {name: _markdown_of(app, name) for name in sorted(app.env.found_docs)}
    for name, text in texts.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / f"{name}.md").write_text(text, encoding="utf-8")
    listed = ["# rendersdg", "", f"> {_first_sentence(texts['index'])}"]
    whole = [texts["index"]]
    for caption, pages in _sections(app.env):
        listed += ["", f"## {caption}", ""]
        for name in pages:
            told = _first_sentence(texts[name])
            listed.append(f"- [{app.env.titles[name].astext()}]({name}.md){': ' * bool(told)}{told}")
            whole += [texts[name]] if caption != "Project" else []
    (out / "llms.txt").write_text("\n".join([*listed, ""]), encoding="utf-8")
    (out / "llms-full.txt").write_text("\n\n".join(whole), encoding="utf-8")


def _markdown_of(app: Any, docname: str) -> str:
    path = Path(app.env.doc2path(docname))
    return relinked(path.read_text(encoding="utf-8"), path.parent, path.parent)


def _sections(env: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield the captions of the index and the pages below each, in the order of the toctrees."""
    from sphinx import addnodes

    for tree in env.tocs[env.config.root_doc].findall(addnodes.toctree):
        pages = [page for _, page in tree["entries"] if page]
        yield str(tree["caption"]), [inner for page in pages for inner in _below(page, env.toctree_includes)]


def _below(page: str, includes: Mapping[str, list[str]]) -> Iterator[str]:
    yield page
    for inner in includes.get(page, []):
        yield from _below(inner, includes)


def _first_sentence(text: str) -> str:
    """Return the first sentence of a page's first paragraph, without links, or what its front matter says of it."""
    if text.startswith("---\n"):
        return " ".join(str(yaml.safe_load(text.split("---\n")[1]).get("description", "")).split())
    for paragraph in re.split(r"\n\s*\n", text):
        if re.match(r"[A-Z`\[]", paragraph):
            plain = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", " ".join(paragraph.split()))
            return re.split(r"(?<=[.!?:]) (?=[A-Z`])", plain)[0]
    return ""
