"""The page is one file that loads nothing, and whatever is in a timeline is text."""

from __future__ import annotations

import base64
import json
import re
import zlib
from html.parser import HTMLParser

import pytest

from vnetsim.views.player import page as pages
from vnetsim.views.player.page import page
from vnetsim.views.player.timeline import Timeline

EVIL = "</script><script>alert(1)</script><!-- & \u2028 ' \" <img src=x onerror=alert(1)>"


class Elements(HTMLParser):
    """All elements with their attributes, and the text of scripts by their id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.found[-1] if self.found else ("", {})
        if tag == "script":
            key = attributes.get("id") or "code"
            self.scripts[key] = self.scripts.get(key, "") + data


def timeline(label: str = EVIL) -> Timeline:
    made = Timeline(label)
    made.node("namespace", -1, label)
    made.end(0, made.begin(0, label), label, 0)
    return made


def test_a_name_with_markup_is_text() -> None:
    elements = Elements(page(timeline().chunk()))
    assert [tag for tag, _ in elements.found if tag in ("img", "script")] == ["script"] * 2
    read = json.loads(elements.scripts["timeline"])
    assert (read["title"], read["nodes"][0][2], read["ended"][0][1]) == (EVIL, EVIL, EVIL)
    assert set(elements.scripts["timeline"]).isdisjoint("<>&\u2028")


def test_a_large_timeline_is_deflated_and_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "COMPRESSED_ABOVE", 10)
    elements = Elements(page(timeline().chunk()))
    attributes = next(each for tag, each in elements.found if each.get("id") == "timeline")
    assert "data-deflated" in attributes
    read = json.loads(zlib.decompress(base64.b64decode(elements.scripts["timeline"])))
    assert read == timeline().chunk()


def test_it_loads_nothing() -> None:
    elements = Elements(page(timeline().chunk()))
    loading = [(tag, attributes) for tag, attributes in elements.found
               if attributes.keys() & {"src", "href", "srcset", "data", "action"}]  # fmt: skip
    assert loading == []
    policy = next(each["content"] for _, each in elements.found if "http-equiv" in each)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "connect-src" not in policy
    code = elements.scripts["code"]
    assert re.findall(r"\bfetch\(|XMLHttpRequest|WebSocket|import\(", code) == []


def test_bytes_that_are_no_unicode_are_shown_as_unknown() -> None:
    assert "?" in page(timeline("\udcff").chunk())
