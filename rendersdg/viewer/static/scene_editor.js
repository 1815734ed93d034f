// The editor of a scene's text: CodeMirror with YAML, its styles adopted by a shadow root, as the page's policy asks.
import { EditorState, EditorView, HighlightStyle, basicSetup, keymap, lintGutter, setDiagnostics, syntaxHighlighting, tags, yaml } from "/vendor/codemirror.min.js";

const LOOK = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--panel)", fontSize: "0.85rem" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace', overflow: "auto" },
  ".cm-gutters": { backgroundColor: "var(--sunk)", color: "var(--dim)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--accent) 9%, transparent)" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--accent) 30%, transparent) !important" },
  ".cm-panels, .cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--ink)", border: "1px solid var(--line)" },
  ".cm-diagnosticText": { whiteSpace: "pre-wrap" },
});
const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: [tags.string, tags.content], color: "var(--ink)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--series-2)" },
  { tag: tags.comment, color: "var(--dim)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--dim)" },
]);

/** Make an editor in `place`; `edited()` is called after the user changed the text, `save()` on Ctrl+S. */
export function makeEditor(place, { edited, save }) {
  let isOurs = false; // whether a change is not the user's
  const root = place.attachShadow({ mode: "open" });
  const keys = keymap.of([{ key: "Mod-s", preventDefault: true, run: () => (save(), true) }]);
  const told = EditorView.updateListener.of((update) => {
    if (update.docChanged && !isOurs) edited();
  });
  const names = EditorView.contentAttributes.of({ "aria-label": "Text of the scene, YAML", spellcheck: "false" });
  const extensions = [keys, basicSetup, yaml(), lintGutter(), EditorView.lineWrapping, LOOK, syntaxHighlighting(COLOURS), told, names];
  const view = new EditorView({ state: EditorState.create({ extensions }), root, parent: root });

  function text() {
    return view.state.doc.toString();
  }

  /** Put another text in the place of the old one; what is equal at both ends stays, and the cursor with it. */
  function replace(next) {
    const now = text();
    if (now === next) return;
    let start = 0;
    while (start < now.length && start < next.length && now[start] === next[start]) start += 1;
    let end = 0;
    while (end < now.length - start && end < next.length - start && now[now.length - 1 - end] === next[next.length - 1 - end]) end += 1;
    isOurs = true;
    view.dispatch({ changes: { from: start, to: now.length - end, insert: next.slice(start, next.length - end) } });
    isOurs = false;
  }

  /** Mark what is wrong at its line; mistakes of other files are left to the list below. */
  function mark(errors) {
    const lines = view.state.doc.lines;
    const found = errors.filter((each) => each.line !== null).map((each) => {
      const line = view.state.doc.line(Math.min(Math.max(each.line, 1), lines));
      const indent = line.text.length - line.text.trimStart().length;
      return { from: Math.min(line.from + indent, line.to), to: line.to, severity: "error", message: each.text };
    });
    view.dispatch(setDiagnostics(view.state, found));
  }

  function goTo(number) {
    const line = view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines));
    view.dispatch({ selection: { anchor: line.from }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
    view.focus();
  }

  return { text, replace, mark, goTo, view };
}
