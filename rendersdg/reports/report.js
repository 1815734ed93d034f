// Draws the report's charts by Observable Plot, again whenever their width changes. Colours are the style sheet's.
"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const own = "var(--series-1)", other = "var(--series-2)", dim = "var(--dim)";
  const number = (value) => (Math.abs(value) >= 1e15 || (value !== 0 && Math.abs(value) < 1e-6) ? value.toExponential(1)
    : Math.abs(value) >= 1e4 ? d3.format(",.0f")(value) : String(+value.toPrecision(4)));
  const cut = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

  function histogram(chart, width) {
    const {edges, series, log, unit, rules, expected = [], holes = [], whole} = chart.spec;
    const isShare = series.length > 1;
    const totals = series.map((each) => Math.max(d3.sum(each.counts), 1));
    const rows = series.map((each, k) => each.counts.map((count, i) => ({
      from: edges[i], to: edges[i + 1], count, name: each.name,
      value: isShare ? 100 * count / totals[k] : count, expected: expected[i],
    })));
    const between = (d) => (whole ? number((d.from + d.to) / 2) : `${number(d.from)} to ${number(d.to)}`);
    const marks = [
      ...holes.map(([low, high]) => Plot.rectX([0], {x1: low, x2: high, fill: "var(--bad)", fillOpacity: 0.22})),
      Plot.rectY(rows[0], {
        x1: "from", x2: "to", y: "value", fill: own, insetLeft: 0.5, insetRight: 0.5,
      }),
      Plot.ruleY([0], {stroke: dim}),
      ...rules.map((rule) => Plot.ruleX([rule.at], {stroke: dim, strokeDasharray: "3,3"})),
      ...rules.map((rule) => Plot.text([rule.text], {
        x: rule.at, frameAnchor: "top", dy: -12, fill: dim, text: (d) => d,
      })),
    ];
    for (const line of rows.slice(1)) {
      const steps = line.flatMap((d) => [{x: d.from, y: d.value}, {x: d.to, y: d.value}]);
      marks.push(Plot.line(steps, {x: "x", y: "y", stroke: other, strokeWidth: 2}));
    }
    if (expected.length) {
      marks.push(Plot.ruleY(rows[0], {x1: "from", x2: "to", y: "expected", stroke: other, strokeWidth: 2}));
    }
    const told = (d) => `${between(d)}\n` + (expected.length
      ? `${d.count} drawn, ${d.expected.toFixed(1)} expected`
      : rows.map((line) => line[rows[0].indexOf(d)])
        .map((e) => (isShare ? `${e.name}: ${e.value.toFixed(1)} %` : `${e.count}`)).join("\n"));
    marks.push(Plot.tip(rows[0], Plot.pointerX({
      x1: "from", x2: "to", y: "value", title: told, fill: "var(--panel)", stroke: "var(--line)",
    })));
    return Plot.plot({
      className: "plot", width, height: 210, marginTop: rules.length ? 30 : 14, marginLeft: 46, marginBottom: 40,
      marginRight: 16, ariaLabel: chart.alt,
      x: {type: log ? "log" : "linear", label: unit, labelAnchor: "center", labelArrow: "none", tickFormat: number,
        ticks: whole ? d3.ticks(edges[0], edges.at(-1), Math.min(edges.length - 1, 8)).filter(Number.isInteger)
          : log && edges.at(-1) / edges[0] < 12 ? d3.ticks(edges[0], edges.at(-1), Math.max(Math.floor(width / 80), 2))
            : Math.max(Math.floor(width / (log ? 110 : 70)), 2), domain: [edges[0], edges.at(-1)]},
      y: {label: isShare ? "%" : null, grid: true, ticks: 4, tickFormat: (v) => (Number.isInteger(v) || isShare ? d3.format("~s")(v) : "")},
      marks,
    });
  }

  function bars(chart, width) {
    const {rows, unit} = chart.spec;
    const letters = Math.max(Math.floor(width * 0.38 / 7), 6);
    const longest = Math.min(Math.max(...rows.map((row) => row.name.length), 3), letters);
    return Plot.plot({
      className: "plot", width, height: rows.length * 24 + 50, marginLeft: longest * 7 + 14, marginBottom: 40, marginTop: 6,
      marginRight: 44, ariaLabel: chart.alt,
      x: {label: unit, labelAnchor: "center", labelArrow: "none", grid: true, zero: true,
        ticks: Math.max(Math.floor(width / 100), 2), tickFormat: (v) => (v >= 1000 ? d3.format("~s")(v) : number(v))},
      y: {label: null, domain: rows.map((row, k) => k), tickFormat: (k) => cut(rows[k].name, letters), tickSize: 0},
      marks: [
        Plot.barX(rows, {x: "value", y: (row, k) => k, fill: own, insetTop: 2, insetBottom: 2}),
        Plot.tickX(rows.filter((row) => row.other !== undefined), {
          x: "other", y: (row) => rows.indexOf(row), stroke: other, strokeWidth: 3,
        }),
        Plot.text(rows, {
          x: (row) => Math.max(row.value, row.other ?? 0), y: (row, k) => k, text: (row) => number(row.value), dx: 6,
          textAnchor: "start",
        }),
        Plot.tip(rows, Plot.pointerY({
          x: "value", y: (row, k) => k, fill: "var(--panel)", stroke: "var(--line)",
          title: (row) => `${row.name}\n${[number(row.value), ...(row.other === undefined ? [] : [number(row.other)])].map((v, k) => `${chart.series[k] ?? unit}: ${v}`).join("\n")}`,
        })),
      ],
    });
  }

  function grid(chart, width) {
    const {cells, labels, unit, aspect} = chart.spec;
    const flat = cells.flatMap((row, y) => row.map((value, x) => ({x, y, value})));
    const most = Math.max(d3.max(flat, (d) => d.value), 1e-9);
    const letters = Math.max(Math.floor(width * 0.3 / 7), 5);
    const longest = labels.length ? Math.min(Math.max(...labels.map((t) => t.length)), letters) : 0;
    const margin = longest ? longest * 7 + 12 : 0;
    const across = Math.min(width - margin - 8, cells[0].length * 40);
    const side = across / cells[0].length;
    const down = (labels.length ? side : side / aspect) * cells.length;
    const axis = {label: null, tickSize: 0, padding: 0, domain: d3.range(cells.length)};
    return Plot.plot({
      className: "plot", width: across + margin + 4, height: down + 8 + (longest ? longest * 5 + 22 : 0),
      marginLeft: margin + 2, marginRight: 2, marginTop: 4, marginBottom: 4 + (longest ? longest * 5 + 22 : 0),
      ariaLabel: chart.alt,
      x: {...axis, domain: d3.range(cells[0].length), axis: longest ? "bottom" : null, tickRotate: -40,
        tickFormat: (k) => cut(labels[k] ?? "", letters)},
      y: {...axis, axis: longest ? "left" : null, tickFormat: (k) => cut(labels[k] ?? "", letters)},
      marks: [
        Plot.cell(flat, {x: "x", y: "y", fill: "var(--sunk)", inset: labels.length ? 1 : -0.25}),
        Plot.cell(flat, {
          x: "x", y: "y", fill: own, fillOpacity: (d) => d.value / most, inset: labels.length ? 1 : 0,
          shapeRendering: labels.length ? "auto" : "crispEdges",
        }),
        ...(labels.length && side >= 24
          ? [Plot.text(flat.filter((d) => d.value), {x: "x", y: "y", text: (d) => number(d.value), fontSize: 10,
            fill: (d) => (d.value / most > 0.55 ? "var(--panel)" : "var(--ink)")})] : []),
        Plot.tip(flat, Plot.pointer({
          x: "x", y: "y", fill: "var(--panel)", stroke: "var(--line)",
          title: (d) => (labels.length ? `${labels[d.y]} with ${labels[d.x]}: ` : "") + `${number(d.value)} ${unit}`,
        })),
      ],
      opacity: {type: "identity"},
    });
  }

  const kinds = {histogram, bars, grid};
  const draw = (place) => {
    const width = Math.floor(place.clientWidth);
    if (!width || place.dataset.width === String(width)) return;
    place.dataset.width = String(width);
    const chart = charts[Number(place.dataset.chart)];
    const svg = kinds[chart.kind](chart, width);
    svg.setAttribute("role", "img"); // one picture with one text: the marks inside have none of their own
    svg.querySelectorAll("g[aria-label]").forEach((mark) => mark.removeAttribute("aria-label"));
    place.replaceChildren(svg);
  };
  const seen = new ResizeObserver((entries) => requestAnimationFrame(() => entries.forEach((entry) => draw(entry.target))));
  document.querySelectorAll(".drawing").forEach((place) => {
    draw(place);
    seen.observe(place);
  });
})();
