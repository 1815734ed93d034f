"""The report as one HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from typing import TYPE_CHECKING

from rendersdg.english import counted
from rendersdg.reports.charts import Chart
from rendersdg.reports.findings import SEVERITY_WORDS, Finding
from rendersdg.reports.pictures import Row, picture
from rendersdg.web.markup import Markup, joined, tag
from rendersdg.web.pages import Page
from rendersdg.web.vendored import PLOT_STYLE, vendored

if TYPE_CHECKING:
    from rendersdg.reports.reporting import Report

_MOST_ITEMS = 200  # names that a finding lists on the page; report.json has all
_FIRST_ITEMS = 3  # names that are told without a click
_MOST_PICTURES = 6  # of a finding
_MOST_ROWS = 2000  # of a table
_MOST_IN_ALL = 60  # pictures of findings, so that the file stays below a few megabytes


def page_of(report: Report) -> Page:
    """Return the page of a report."""
    charts = [chart for section in report.sections for chart in section.charts]
    body = joined(
        [
            tag("a", "To the findings", href="#findings", class_="skip"),
            tag("header", *_head(report), class_="page"),
            tag("main", *_main(report), class_="page"),
            tag("footer", tag("p", _foot(report)), class_="page"),
        ]
    )
    data = [{"kind": c.kind, "alt": c.alt, "spec": c.spec, "series": list(c.series)} for c in charts]
    here = resources.files("rendersdg.reports")
    return Page(
        f"Report of {report.name}",
        body,
        styles=[here.joinpath("report.css").read_text(encoding="utf-8")],
        scripts=[
            vendored("d3.min.js"),
            vendored("plot.min.js"),
            here.joinpath("report.js").read_text(encoding="utf-8"),
        ],
        data={"charts": data},
        added_styles=[PLOT_STYLE],
    )


def _head(report: Report) -> Iterator[Markup]:
    yield tag("h1", "Report of ", tag("span", report.name))
    if report.real:
        seen, count = report.real_images
        part = f"{seen:,} of its {count:,} images, evenly spaced" if seen < count else counted(count, "image")
        yield tag("p", f"Beside the real set {report.real}: {part}.", class_="dim")
    tiles = [
        ("images", f"{report.images:,}"),
        ("objects", f"{report.objects:,}"),
        ("classes", f"{len(report.classes):,}"),
        ("faults", f"{sum(f.severity == 'fault' for f in report.findings):,}"),
        ("warnings", f"{sum(f.severity == 'warning' for f in report.findings):,}"),
    ]
    yield tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in tiles), class_="tiles")
    places = [("findings", "What was found"), *((s.key, s.title) for s in report.sections), ("samples", "Samples")]
    links = (tag("li", tag("a", title, href=f"#{key}")) for key, title in places)
    yield tag("nav", tag("ul", *links), aria_label="Sections")


def _main(report: Report) -> Iterator[Markup]:
    yield _section("findings", "What was found", [_findings(report)])
    number = 0
    for section in report.sections:
        figures = []
        for chart in section.charts:
            figures.append(_figure(chart, number))
            number += 1
        text = [tag("p", section.text)] if section.text else []
        yield _section(section.key, section.title, [*text, tag("div", *figures, class_="grid")])
    yield _section("samples", "Samples", [_samples(report, row) for row in report.rows])


def _section(key: str, title: str, parts: Iterable[object]) -> Markup:
    return tag("section", tag("h2", title, id=f"{key}-title"), *parts, id=key, aria_labelledby=f"{key}-title")


def _findings(report: Report) -> Markup:
    if not report.findings:
        return tag("p", "Nothing stands out: every check passed.", class_="good")
    left = _MOST_IN_ALL
    cards = []
    for finding in report.findings:
        pictures = _examples(report, finding, min(_MOST_PICTURES, left))
        left -= len(pictures)
        cards.append(_card(finding, pictures))
    return tag("ul", *cards, class_="findings")


def _card(finding: Finding, pictures: Sequence[Markup]) -> Markup:
    badge = tag("span", finding.severity, class_="badge", title=SEVERITY_WORDS[finding.severity])
    parts = [tag("h3", badge, tag("span", finding.title))]
    if finding.detail:
        parts.append(tag("p", finding.detail))
    parts.append(tag("p", tag("strong", "Remedy: "), finding.remedy))
    if finding.items and len(finding.items) <= _FIRST_ITEMS and not pictures:
        parts.append(tag("p", joined((tag("code", item) for item in finding.items), ", ")))
    elif finding.items:
        first = joined((tag("code", item) for item in finding.items[:_FIRST_ITEMS]), ", ")
        more = len(finding.items) - _FIRST_ITEMS
        parts.append(tag("p", "For example: ", first, f" and {more:,} more." if more > 0 else "", class_="dim"))
        parts.append(_more(finding, pictures))
    return tag("li", *parts, class_=f"card finding {finding.severity}")


def _more(finding: Finding, pictures: Sequence[Markup]) -> Markup:
    listed = tag("ol", *(tag("li", item) for item in finding.items[:_MOST_ITEMS]), class_="items", tabindex=0)
    rest = len(finding.items) - _MOST_ITEMS
    parts: list[object] = [tag("div", *pictures, class_="pictures")] if pictures else []
    parts.append(listed)
    if rest > 0:
        parts.append(tag("p", f"{rest:,} more are in the report's JSON (-o report.json).", class_="dim"))
    listing = "the list" if len(finding.items) == 1 else f"the list of {len(finding.items):,}"
    summary = f"Show {'pictures and ' if pictures else ''}{listing}"
    return tag("details", tag("summary", summary), *parts)


def _examples(report: Report, finding: Finding, most: int) -> list[Markup]:
    shown: list[Markup] = []
    readable = [(k, place) for k, place in enumerate(finding.images) if report.facts.pixels.is_read[place]]
    for k, place in readable[:most]:
        marks = finding.marks[k] if k < len(finding.marks) else ()
        drawn = _picture(report, place, "", marks)
        if drawn is not None:
            shown.append(drawn)
    return shown


def _picture(report: Report, place: int, words: str, marks: Sequence[int] = ()) -> Markup | None:
    facts = report.facts
    name = facts.name_of(place)
    svg = picture(facts.samples.images[place], facts.samples.classes, name, marks)
    if svg is None:
        return None
    caption = [tag("span", words), tag("br"), tag("code", name)] if words else [tag("code", name)]
    return tag("figure", svg, tag("figcaption", *caption))


def _samples(report: Report, row: Row) -> Markup:
    shown = [p for words, place in row.images if (p := _picture(report, place, words)) is not None]
    return joined([tag("h3", row.title), tag("div", *shown, class_="pictures")])


def _figure(chart: Chart, number: int) -> Markup:
    parts: list[object] = [tag("h3", chart.title)]
    if chart.note and chart.note != chart.title:
        parts.append(tag("p", chart.note, class_="dim"))
    if len(chart.series) > 1 or "expected" in chart.columns:
        names = [*chart.series, *(["expected"] if "expected" in chart.columns and len(chart.series) == 1 else [])]
        swatches = (tag("li", tag("i"), name, class_=f"k{k}") for k, name in enumerate(names))
        parts.append(tag("ul", *swatches, class_="legend"))
    parts.append(tag("div", tag("p", chart.alt), class_="drawing", data_chart=number))
    head = tag("tr", *(tag("th", column, scope="col") for column in chart.columns))
    rows = (tag("tr", *(tag("td", cell) for cell in row)) for row in chart.rows[:_MOST_ROWS])
    table = tag("table", tag("caption", chart.alt, class_="only-read"), tag("thead", head), tag("tbody", *rows))
    parts.append(tag("details", tag("summary", "Table"), tag("div", table, class_="table", tabindex=0)))
    return tag("figure", *parts, class_="card chart")


def _foot(report: Report) -> str:
    return (
        f"Made by rendersdg {report.version}. This page holds all that it shows and asks no network. "
        "Charts: Observable Plot and D3 (ISC licence)."
    )
