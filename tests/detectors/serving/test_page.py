"""The page: its name is text, and a browser runs nothing but its own script."""

from __future__ import annotations

import base64
import hashlib
import re

from detectors.serving.page import Page


def test_a_name_is_text_on_the_page() -> None:
    text = Page.of("<script>alert(1)</script>", needs_token=False).body.decode()

    assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text and "{{" not in text


def test_the_policy_allows_this_script_and_style_alone() -> None:
    page = Page.of("m", needs_token=True)
    policy = page.headers["content-security-policy"]
    for tag in ("script", "style"):
        [inner] = re.findall(rf"<{tag}>(.*?)</{tag}>", page.body.decode(), re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert not re.search(r"\son\w+=|style=|<script .|<link|http", page.body.decode().partition("<script>")[0])


def test_the_token_is_asked_for_where_there_is_one() -> None:
    label = '<label class="token" '

    assert label + "hidden>" in Page.of("m", needs_token=False).body.decode()
    assert label + ">" in Page.of("m", needs_token=True).body.decode()
