"""The report of a run of scripts: a page with a strip of frames for each, and contact sheets for a quick look."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from rendersdg.arrays import U1

T = TypeVar("T")
STRIP = 6  # pictures of a script on the page
_BESIDE = 3  # pictures of a script on a contact sheet
_COLUMNS, _ROWS = 2, 10  # scripts on a contact sheet
_THUMB = 192  # pixels: the side of a picture on a contact sheet
_COLOURS = {"right": "#2c7", "look": "#c90", "wrong": "#d33", "failed": "#909"}
_BGR = {"right": (90, 200, 40), "look": (0, 170, 220), "wrong": (60, 60, 230), "failed": (170, 0, 170)}
_HEAD = """<!doctype html><meta charset="utf-8"><title>Scripts</title><style>
body{font:14px sans-serif;margin:1em;background:#fafafa}h2{font-size:15px;margin:.2em 0}
section{background:#fff;border:1px solid #ddd;padding:.6em;margin:.6em 0}img{height:170px;margin:2px;background:#888}
b{color:#fff;padding:.1em .5em;border-radius:3px}pre{white-space:pre-wrap;color:#555;margin:.3em 0}
</style>"""


def with_boxes(picture: U1, look: Mapping[str, Any]) -> U1:
    """Return a copy of a small picture (H, W, 3), RGB, with the tight boxes of its look drawn."""
    drawn = picture.copy()
    ratio = picture.shape[1] / look["size_wh"][0]
    for one in look["objects"]:
        if one["tight"] is not None:
            left, top, right, bottom = (round(v * ratio) for v in one["tight"])
            colour = [int(c) for c in np.random.default_rng(len(one["labels"][0]) * 7919).integers(90, 256, 3)]
            cv2.rectangle(drawn, (left, top), (right, bottom), colour, 1)
            name = one["labels"][0].split(":", 1)[-1][:14]
            cv2.putText(drawn, name, (left, max(top - 2, 8)), cv2.FONT_HERSHEY_SIMPLEX, 0.3, colour, 1, cv2.LINE_AA)
    return drawn


def strip(notes: Path, looks: Sequence[Mapping[str, Any]], most: int) -> list[U1]:
    """Return the pictures of a script's looks, ``most`` of them spread over the run, with boxes."""
    return [with_boxes(read(notes / look["picture"]), look) for look in _spread(looks, most)]


def read(path: Path) -> U1:
    """Return a picture (H, W, 3), RGB."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert picture is not None, f"{path} is not a picture"
    return np.ascontiguousarray(picture[..., ::-1]).astype(np.uint8)


def page(rows: Sequence[Mapping[str, Any]], strips: Mapping[str, Sequence[U1]]) -> str:
    """Return one HTML page that needs no other file: each script with its verdict, causes and pictures."""
    parts = [_HEAD, f"<h1>{html.escape(counts(rows))}</h1>"]
    for row in rows:
        causes = "".join(f"<li>{html.escape(c['kind'])}: {html.escape(c['text'])}</li>" for c in row["causes"])
        images = "".join(f'<img src="data:image/jpeg;base64,{_jpeg(p)}">' for p in strips.get(row["name"], ()))
        told = [f"{e['kind']}: {e['subject']}: {e['text']}" for e in row["report"]]
        parts.append(
            f'<section id="{html.escape(row["name"])}"><h2><b style="background:{_COLOURS[row["verdict"]]}">'
            f"{row['verdict']}</b> {html.escape(row['name'])}</h2>"
            f"<div>{html.escape(row.get('source', ''))} {row['frames']} frames, {row['files']} files, "
            f"{row['seconds']:.0f} s</div><ul>{causes}</ul>{images}"
            f"<details><summary>{len(told)} notes</summary><pre>{html.escape(chr(10).join(told))}</pre></details>"
            f"<details><summary>printed</summary><pre>{html.escape(row['printed'])}</pre></details></section>"
        )
    return "\n".join(parts)


def counts(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return how many scripts have which verdict, in words."""
    verdicts = [row["verdict"] for row in rows]
    said = ", ".join(f"{verdicts.count(v)} {v}" for v in _COLOURS if v in verdicts)
    return f"{len(rows)} scripts: {said}"


def sheets(rows: Sequence[Mapping[str, Any]], strips: Mapping[str, Sequence[U1]]) -> list[U1]:
    """Return contact sheets (H, W, 3), RGB, 20 scripts each: name, verdict and first cause above three pictures."""
    cell_w, cell_h = _BESIDE * (_THUMB + 4) + 8, _THUMB + 34
    made = []
    for start in range(0, len(rows), _COLUMNS * _ROWS):
        some = rows[start : start + _COLUMNS * _ROWS]
        height = -(-len(some) // _COLUMNS) * cell_h
        sheet = np.full((height, _COLUMNS * cell_w, 3), 32, np.uint8)
        for k, row in enumerate(some):
            y, x = k // _COLUMNS * cell_h, k % _COLUMNS * cell_w
            _text(sheet, f"{row['name']}  {row['verdict']}", (x + 4, y + 13), _BGR[row["verdict"]][::-1])
            cause = row["causes"][0]["text"] if row["causes"] else ""
            _text(sheet, cause[:95], (x + 4, y + 27), (210, 210, 210))
            for n, picture in enumerate(_spread(strips.get(row["name"], ()), _BESIDE)):
                ratio = _THUMB / max(picture.shape[:2])
                small = cv2.resize(picture, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
                left = x + 4 + n * (_THUMB + 4)
                sheet[y + 31 : y + 31 + small.shape[0], left : left + small.shape[1]] = small
        made.append(sheet)
    return made


def table(
    rows: Sequence[Mapping[str, Any]],
    by_eye: Mapping[str, Mapping[str, str]],
    first: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return the rows as a Markdown table: what the tool measured, and what a person saw, in columns of their own.

    ``by_eye`` gives, for a script, its ``verdict`` (right, wrong, upstream, private) and the ``cause``. ``first`` are
    the rows of an older report, whose verdicts get a column.
    """
    before = {row["name"]: row["verdict"] for row in first}
    heads = ["script", "source", "level", "frames", *(["first run"] if before else []), "measured", "by eye", "cause"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "|".join("--:" if h == "frames" else "---" for h in heads) + "|"]
    for row in rows:
        seen = by_eye.get(row["name"], {})
        cause = seen.get("cause") or "; ".join(f"{c['kind']}: {c['text']}" for c in row["causes"])
        cells = [f"`{row['name']}`", row.get("source", ""), row.get("level", ""), str(row["frames"])]
        cells += [before.get(row["name"], "")] if before else []
        cells += [row["verdict"], seen.get("verdict", ""), cause]
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def placed(text: str, name: str, made: str) -> str:
    """Return a page with a table between its marks ``<!-- name -->`` and ``<!-- end of name -->``, anew.

    Raises ValueError where the page has no such marks.
    """
    head, start, rest = text.partition(f"<!-- {name} -->\n")
    _, end, tail = rest.partition(f"<!-- end of {name} -->")
    if not start or not end:
        raise ValueError(f"the page has no marks <!-- {name} --> and <!-- end of {name} -->")
    return f"{head}{start}\n{made}\n{end}{tail}"


def _spread(items: Sequence[T], most: int) -> list[T]:
    """Return at most so many of the items, the first and the last among them."""
    chosen = sorted({round(k) for k in np.linspace(0, len(items) - 1, min(most, len(items)))}) if items else []
    return [items[k] for k in chosen]


def _text(canvas: U1, text: str, at: tuple[int, int], colour: Sequence[int]) -> None:
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(canvas, plain, at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, [int(c) for c in colour], 1, cv2.LINE_AA)


def _jpeg(picture: U1) -> str:
    return base64.b64encode(cv2.imencode(".jpg", picture[..., ::-1])[1].tobytes()).decode()
