"""References of images: the grammar of distribution/reference."""

from __future__ import annotations

import pytest

from vnetsim.docker.images.reference import InvalidReference, parse

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "full", "familiar"),
    [
        ("nginx", "docker.io/library/nginx:latest", "nginx:latest"),
        ("nginx:1.27-alpine", "docker.io/library/nginx:1.27-alpine", "nginx:1.27-alpine"),
        ("acme/api", "docker.io/acme/api:latest", "acme/api:latest"),
        ("registry.example/acme/api:v1", "registry.example/acme/api:v1", "registry.example/acme/api:v1"),
        ("localhost:5000/a__b/c-d.e", "localhost:5000/a__b/c-d.e:latest", "localhost:5000/a__b/c-d.e:latest"),
        (f"nginx@{DIGEST}", f"docker.io/library/nginx@{DIGEST}", f"nginx@{DIGEST}"),
        (f"a.b/c:1@{DIGEST}", f"a.b/c@{DIGEST}", f"a.b/c@{DIGEST}"),
    ],
)
def test_a_reference_has_a_full_and_a_familiar_form(text: str, full: str, familiar: str) -> None:
    reference = parse(text)
    assert reference is not None
    assert (reference.full, reference.familiar) == (full, familiar)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Bad", "invalid reference format: repository name (library/Bad) must be lowercase"),
        ("nginx:", "invalid reference format"),
        ("nginx:ta g", "invalid reference format"),
        ("nginx@sha256:12", "invalid reference format"),
        ("-x", "invalid reference format"),
        ("registry.example:port/x", "invalid reference format"),
        ("a//b", "invalid reference format"),
        ("../x", "invalid reference format"),
        ("x_.y", "invalid reference format"),
        ("", "invalid reference format"),
        ("nginx@md5:" + "0" * 32, "unsupported digest algorithm"),
    ],
)
def test_what_is_no_reference_is_refused_as_recorded(text: str, message: str) -> None:
    with pytest.raises(InvalidReference) as refused:
        parse(text)
    assert str(refused.value) == message
