"""COPY and ADD, and .dockerignore: as recorded (`recorded/docker/images_dockerfile`), and as the reference says."""

from __future__ import annotations

import pytest

from vnetsim.docker.daemon.copying import copy, lenient_copier, without_ignored
from vnetsim.docker.images.instructions import declared
from vnetsim.docker.images.store import Registry
from vnetsim.errors import EngineError, NotModelled

TREE = {"a": "1", "b.md": "2", "d": None, "d/x": "3", "d/e": None, "d/e/y": "4"}


@pytest.mark.parametrize(
    ("words", "files"),
    [
        (["a", "/z"], {"/z": "1"}),
        (["a", "/z/"], {"/z/a": "1"}),
        (["a", "."], {"/work/a": "1"}),
        (["d", "/z"], {"/z/x": "3", "/z/e/y": "4"}),
        (["a", "*.md", "/z/"], {"/z/a": "1", "/z/b.md": "2"}),
        (["a", "/etc"], {"/etc/a": "1"}),
        (["./d/e/", "out"], {"/work/out/y": "4"}),
    ],
)
def test_where_files_go(words: list[str], files: dict[str, str]) -> None:
    assert copy("COPY", words, TREE, "/work", {"/etc"}).layer.files == files


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["no", "/"],
            "COPY failed: file not found in build context or excluded by .dockerignore: stat no: file does not exist",
        ),
        (["../a", "/"], "COPY failed: forbidden path outside the build context: ../a ()"),
        (["*.txt", "/"], "COPY failed: no source files were specified"),
        (
            ["a", "b.md", "/z"],
            "When using COPY with more than one source file, the destination must be a directory and end with a /",
        ),
    ],
)
def test_what_cannot_be_copied(words: list[str], message: str) -> None:
    with pytest.raises(EngineError) as refused:
        copy("COPY", words, TREE, "/", ())
    assert refused.value.message == message


def test_what_add_fetches_or_unpacks_is_not_modelled() -> None:
    for words in (["http://example.org/x", "/"], ["x.tar.gz", "/"]):
        with pytest.raises(NotModelled):
            copy("ADD", words, {"x.tar.gz": ""}, "/", ())


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ("*.md\n", {"a", "d", "d/x", "d/e", "d/e/y"}),
        ("*\n!a\n", {"a"}),
        ("d/e\n# comment\n", {"a", "b.md", "d", "d/x"}),
        ("**/y\n", {"a", "b.md", "d", "d/x"}),
        ("d\n!d/x\n", {"a", "b.md", "d", "d/x"}),
    ],
)
def test_what_a_context_leaves_out(rules: str, kept: set[str]) -> None:
    assert set(without_ignored({**TREE, ".dockerignore": rules}, (".dockerignore",))) == {*kept, ".dockerignore"}


CONTEXT = {"a.conf": "1", "src/main.py": "2", "secret": "3", ".dockerignore": "secret\n"}


@pytest.mark.parametrize(
    ("dockerfile", "files"),
    [
        ("FROM nginx\nCOPY a.conf /etc/nginx/conf.d/", ["/etc/nginx/conf.d/a.conf"]),
        ("FROM nginx\nCOPY a.conf /etc/nginx/conf.d", ["/etc/nginx/conf.d/a.conf"]),
        ("FROM python\nWORKDIR /app\nCOPY src .", ["/app/main.py"]),
        ("FROM python\nWORKDIR /app/x\nCOPY a.conf /app\nCOPY src/main.py /app/x", ["/app/a.conf", "/app/x/main.py"]),
        ("FROM python\nCOPY a.conf /app\nCOPY src /app", ["/app/main.py"]),
        ("FROM python\nWORKDIR /app\nCOPY . .", ["/app/.dockerignore", "/app/a.conf", "/app/src/main.py"]),
        ("FROM python\nCOPY *.conf missing src/main.py /x/", ["/x/a.conf", "/x/main.py"]),
        ("FROM python AS b\nCOPY src /s\nFROM nginx\nCOPY --from=b /s /t\nCOPY --from=c /s /u", ["/t/main.py"]),
        ("FROM python\nCOPY a.conf src/main.py /x/\nRUN sed -i s/1/2/ /x/a.conf", ["/x/main.py"]),
        ("FROM python\nADD https://example.com/a.conf /x/", []),
    ],
)
def test_of_a_dockerfile_that_is_only_declared_the_files_are_those_that_are_known(
    dockerfile: str, files: list[str]
) -> None:
    base = Registry().image
    image = declared(dockerfile, base=base, name="shop", args={}, copier=lenient_copier(CONTEXT))
    assert sorted(image.origin.layers[-1].files if image.origin else ()) == files
