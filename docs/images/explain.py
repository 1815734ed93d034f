"""explain.png: what a detector that learnt dark marks alone sees of a bright one. Run from the repository's root.

python docs/images/explain.py
"""

from __future__ import annotations

from pathlib import Path

import rendersdg
from rendersdg.steering.explain import explain
from rendersdg.steering.explain_figure import figure_of
from rendersdg.steering.outcomes import views_of
from tests.steering.tiny_detector import TinyLearner

SCENE = Path("tests/steering/toy.yaml")
DRAWN = "distribution.choice: {choices: [0.45, 0.6, 0.75, 1.4], weights: [10, 10, 9, 1]}"


def main() -> None:
    author = rendersdg.load(SCENE)
    text = author.texts[SCENE.name]
    dark = author.with_text(text.replace(DRAWN, "distribution.uniform: {lower: 0.3, upper: 0.6}"))
    every = author.with_text(text.replace(DRAWN, "distribution.uniform: {lower: 0.3, upper: 1.5}"))
    views = list(views_of(dark, range(200), dark.classes, lambda frame: None))
    model = TinyLearner(0, 400).fit([v.rgb for v in views], [v.xyxy for v in views], dark.classes)
    gain = "marks/defects.create(Plane)/gain"
    bright = next(f for k in range(100) if (f := every.frame(k)).objects and f.values[gain][0] > 1.35)
    told = explain(bright, model, known=every.parameters, only=("marks.gain", "look.level", "light", "marks.length"))
    Path("docs/images/explain.png").write_bytes(figure_of(told, 0.3, "a detector of dark marks"))
    print(told.table(0.3))


if __name__ == "__main__":
    main()
