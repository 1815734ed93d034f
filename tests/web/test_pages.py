"""Pages: what data says cannot become markup or script, and the policy names each script that is there."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from rendersdg.web.markup import Markup, joined, tag
from rendersdg.web.pages import Page

NASTY = st.text() | st.sampled_from(["</script><script>alert(1)</script>", "<!--", '"><img src=x onerror=alert(1)>'])


class Seen(HTMLParser):
    """What a browser sees: elements in order and the text in them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(NASTY)
def test_text_and_attributes_come_back_as_they_were_and_make_no_element(text: str) -> None:
    seen = Seen(tag("p", text, title=text))

    expected = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    assert seen.tags == [("p", {"title": expected})]
    assert seen.text == expected


def test_markup_is_kept_and_joined_with_escaped_text() -> None:
    assert joined([tag("b", "1 < 2"), "<i>"], " & ") == "<b>1 &lt; 2</b> &amp; &lt;i&gt;"


@given(NASTY)
def test_a_page_has_no_more_elements_whatever_its_data_says(text: str) -> None:
    page = Page(text, tag("main", text), scripts=["let a = 1;"], data={"data": {text: [text]}})

    written = page.html()
    names = [name for name, _ in Seen(written).tags]
    held = re.search(r'<script type="application/json" id="data">(.*?)</script>', written, re.DOTALL)

    assert names.count("script") == 2 and "img" not in names
    assert held is not None and json.loads(held[1]) == {text: [text]}


def test_the_policy_allows_the_scripts_and_styles_of_the_page_by_their_hashes_and_nothing_else() -> None:
    page = Page("t", Markup(""), styles=["p{}"], scripts=["let a = 1;"], added_styles=["b{}"])

    policy = Seen(page.html()).tags[3][1]["content"]
    sums = [base64.b64encode(hashlib.sha256(text).digest()).decode() for text in (b"let a = 1;", b"p{}", b"b{}")]

    assert policy == html.unescape(page.policy())
    assert all(f"'sha256-{each}'" in page.policy() for each in sums)
    assert "unsafe" not in page.policy() and page.policy().startswith("default-src 'none'; ")
