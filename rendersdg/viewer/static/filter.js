// The filter: rows of field, comparison and value, which write the text that the server reads; chips of classes.

import { counted, el, rgb } from "./dom.js";

const OPERATORS = { number: ["<", "<=", ">", ">=", "=", "!="], text: ["=", "!=", "~"] };
const WORDS = { "<": "under", "<=": "at most", ">": "over", ">=": "at least", "=": "is", "!=": "is not", "~": "holds" };

const quoted = (text) => `"${text.replace(/(["\\])/g, "\\$1")}"`;
const field = (name) => (/^[A-Za-z_][\w.[\]/-]*$/.test(name) && !/^(and|or|not)$/i.test(name) ? name : `\`${name}\``);

/** Build the filter into a section. `change` gets {where, sort, desc} when the user applies it. */
export function filterForm(section, set, state, change) {
  const fields = new Map(set.fields.map((one) => [one.name, one]));
  const rows = el("div", { class: "rows" });
  const text = el("input", {
    type: "search", id: "where", value: state.where, spellcheck: "false", autocomplete: "off",
    placeholder: "class = scratch and length < 0.3", "aria-label": "Filter", maxlength: 2000,
  });
  const sort = el("select", { id: "sort", "aria-label": "Sort by" },
    el("option", { value: "" }, "order of the set"),
    set.orders.map((name) => el("option", { value: name }, name)),
    set.fields.map((one) => el("option", { value: one.name }, one.name)));
  sort.value = state.sort;
  const desc = el("input", { type: "checkbox", id: "desc" });
  desc.checked = state.desc;
  const apply = () => change({ where: text.value.trim(), sort: sort.value, desc: desc.checked });

  let written = false; // whether the text is the rows'
  const write = () => {
    const parts = [...rows.children].map((row) => row.condition()).filter(Boolean);
    if (!parts.length && !written) return; // what the user typed stays until a row has a value
    written = parts.length > 0;
    const joint = section.querySelector("#joint")?.value ?? "and";
    text.value = parts.join(` ${joint} `);
  };
  const add = () => {
    rows.append(conditionRow(fields, write, apply));
    rows.lastChild.querySelector("select").focus();
  };

  const chips = el("div", { class: "chips", role: "group", "aria-label": "Classes" });
  const chosen = new Set();
  const shown = set.classes.filter((one) => one.count).slice(0, 60);
  for (const one of shown) {
    const whole = `class = ${quoted(one.name)}`;
    if (state.where.split(/ or | and |[()]/).some((part) => part.trim() === whole)) chosen.add(one.name);
    chips.append(el("button", {
      type: "button", class: "chip", "aria-pressed": String(chosen.has(one.name)),
      onclick: () => {
        if (!chosen.delete(one.name)) chosen.add(one.name);
        text.value = [...chosen].map((name) => `class = ${quoted(name)}`).join(" or ");
        rows.replaceChildren();
        apply();
      },
    }, el("span", { class: "dot", style: { background: rgb(one.colour) } }), one.name,
    el("span", { class: "dim" }, ` ${one.count.toLocaleString("en")}`)));
  }
  const left = set.classes.filter((one) => one.count).length - shown.length;
  if (left > 0) chips.append(el("span", { class: "dim" }, `and ${counted(left, "more class", "more classes")}: filter by class`));

  section.replaceChildren(
    el("form", { class: "row", role: "search", onsubmit: (event) => { event.preventDefault(); apply(); } },
      text, el("button", { class: "primary", type: "submit" }, "Filter"),
      el("button", { type: "button", id: "clear", onclick: () => { text.value = ""; rows.replaceChildren(); chosen.clear(); apply(); } }, "Clear"),
      el("label", { class: "sort" }, "Sort by ", sort),
      el("label", {}, desc, " largest first")),
    el("p", { id: "count", class: "dim", role: "status" }),
    el("details", { open: state.open },
      el("summary", {}, "Build a filter"),
      rows,
      el("div", { class: "row" },
        el("button", { type: "button", id: "add", onclick: add }, "Add a condition"),
        el("label", {}, "Match ", el("select", { id: "joint", onchange: write },
          el("option", { value: "and" }, "all of them, on one object"), el("option", { value: "or" }, "any of them"))),
        el("button", { type: "button", onclick: apply }, "Apply"))),
    chips,
  );
  sort.addEventListener("change", apply);
  desc.addEventListener("change", apply);
}

function conditionRow(fields, write, apply) {
  const name = el("select", { "aria-label": "Field" }, [...fields.keys()].map((one) => el("option", { value: one }, one)));
  const op = el("select", { "aria-label": "Comparison" });
  const id = `values-${Math.random().toString(36).slice(2)}`;
  const list = el("datalist", { id });
  const value = el("input", { type: "text", list: id, "aria-label": "Value", size: 12 });
  const meaning = el("span", { class: "dim meaning" });
  const row = el("div", { class: "row condition" }, name, op, value, list,
    el("button", { type: "button", "aria-label": "Remove this condition", onclick: () => { row.remove(); write(); } }, "×"), meaning);
  const offer = () => {
    const about = fields.get(name.value);
    op.replaceChildren(...OPERATORS[about.kind].map((one) => el("option", { value: one }, `${one}  ${WORDS[one]}`)));
    list.replaceChildren(...(about.values ?? []).map((one) => el("option", { value: one })));
    value.placeholder = about.kind === "number" ? `${Number(about.low.toPrecision(3))} to ${Number(about.high.toPrecision(3))}` : "";
    meaning.textContent = about.meaning;
    write();
  };
  row.condition = () => {
    if (value.value.trim() === "") return null;
    const given = value.value.trim();
    const is_number = fields.get(name.value).kind === "number";
    return `${field(name.value)} ${op.value} ${is_number && Number.isFinite(Number(given)) ? given : quoted(given)}`;
  };
  name.addEventListener("change", offer);
  op.addEventListener("change", write);
  value.addEventListener("input", write);
  value.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); apply(); } });
  queueMicrotask(offer);
  return row;
}
