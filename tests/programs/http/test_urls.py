"""URLs as people type them."""

from __future__ import annotations

import pytest

from vnetsim.errors import NotModelled
from vnetsim.programs.http.urls import BadUrl, Url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("10.0.0.2", Url("http", "10.0.0.2", 80, "/")),
        ("http://web", Url("http", "web", 80, "/")),
        ("HTTP://web:8080/a/b?c=d#e", Url("http", "web", 8080, "/a/b?c=d")),
        ("web?x=1", Url("http", "web", 80, "/?x=1")),
        ("http://user:secret@web/", Url("http", "web", 80, "/", "user:secret")),
        ("http://[fd00::2]:81/", Url("http", "fd00::2", 81, "/")),
        ("https://web/", Url("https", "web", 443, "/")),
        ("ftp://web/", Url("ftp", "web", 21, "/")),
        ("http://web:/", Url("http", "web", 80, "/")),
        ("file:///etc/hosts", Url("file", "", 0, "/etc/hosts")),
    ],
)
def test_what_is_in_one(text: str, url: Url) -> None:
    assert Url.parse(text) == url


@pytest.mark.parametrize("text", ["", "http://", "http:///path", "http://web:99999/", "http://[fd00::2", "http://a:b/"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(BadUrl):
        Url.parse(text)


def test_links_are_not_modelled() -> None:
    with pytest.raises(NotModelled):
        Url.parse("http://[fe80::1%25eth0]/")


@pytest.mark.parametrize(
    ("text", "authority", "whole"),
    [
        ("web", "web", "http://web/"),
        ("web:80", "web", "http://web/"),
        ("web:81/x", "web:81", "http://web:81/x"),
        ("[fd00::2]:81", "[fd00::2]:81", "http://[fd00::2]:81/"),
        ("me@web", "web", "http://me@web/"),
    ],
)
def test_how_it_is_written(text: str, authority: str, whole: str) -> None:
    url = Url.parse(text)
    assert (url.authority, str(url)) == (authority, whole)


@pytest.mark.parametrize(
    ("target", "clean"),
    [
        ("/../etc/passwd", "/etc/passwd"),
        ("/a/./b/", "/a/b/"),
        ("/a/b/..", "/a/"),
        ("/a//b", "/a//b"),
        ("/a?b=/../c", "/a?b=/../c"),
        ("/..a/b..", "/..a/b.."),
    ],
)
def test_dots(target: str, clean: str) -> None:
    assert Url.parse(f"http://web{target}").without_dots().target == clean


@pytest.mark.parametrize(
    ("reference", "where"),
    [
        ("http://other:81/x", "http://other:81/x"),
        ("//other/x", "http://other/x"),
        ("/x?y", "http://web/x?y"),
        ("x", "http://web/a/x"),
        ("x#y", "http://web/a/x"),
    ],
)
def test_where_a_location_leads(reference: str, where: str) -> None:
    assert str(Url.parse("http://web/a/b?c").join(reference)) == where
