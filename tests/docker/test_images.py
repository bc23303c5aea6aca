"""The catalogue of images: references, ids and names."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.docker import images
from vnetsim.docker.images.reference import InvalidReference, parse
from vnetsim.docker.images.store import ImageStore
from vnetsim.errors import EngineError

# --- images --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "term", ["nginx", "nginx:latest", "docker.io/nginx", "library/nginx", images.find("nginx").id[:20]]
)
def test_an_image_is_found(term: str) -> None:
    assert images.find(term).exposed == ("80/tcp",)


@pytest.mark.parametrize(("term", "told"), [("nosuch", "nosuch:latest"), ("nginx:1.27", "nginx:1.27")])
def test_an_image_that_is_not_there(term: str, told: str) -> None:
    with pytest.raises(EngineError) as refused:
        images.find(term)
    assert (refused.value.status, refused.value.message) == (404, f"No such image: {told}")


def test_no_name_is_no_image() -> None:
    with pytest.raises(EngineError) as refused:
        images.find("")
    assert (refused.value.status, refused.value.message) == (400, "invalid reference format")


def test_images_that_do_the_same_are_one_with_two_names() -> None:
    store = ImageStore()
    assert store.names(images.find("nginx")) == ["httpd:latest", "nginx:latest"]
    assert len(images.every_image()) < len(images.CATALOGUE)


# --- references ----------------------------------------------------------------------------------------------------

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


# --- images that nobody knows --------------------------------------------------------------------------------------


def test_an_unknown_image_is_assumed_to_listen_on_its_exposed_ports() -> None:
    lab = Lab()
    made = lab.run("docker run -d --name api -p 8080:8000 registry.example/acme/api:1.2", expected=0)
    assert made.stderr.startswith(
        "Unable to find image 'registry.example/acme/api:1.2' locally\n1.2: Pulling from acme"
    )
    assert lab.run("curl -s localhost:8080", expected=0).stdout == "it works\n"
    lab.run("docker restart -t 0 api", expected=0)
    assert lab.shortfall.assumptions == (
        "what registry.example/acme/api:1.2 runs is not known: assumed to listen on tcp/8000",
    )
    assert lab.fork().shortfall.assumptions == lab.shortfall.assumptions
    assert not lab.failures, "an assumption is no failure"


def test_a_declared_image_listens_there_and_only_there() -> None:
    lab = Lab(images={"acme/api": ("9000/tcp",)})
    lab.run("docker run -d --name api -p 1:9000 -p 2:80 acme/api:5", expected=0)
    assert lab.run("curl -s localhost:1", expected=0).stdout == "it works\n"
    assert lab.run("curl -s localhost:2").exit_code != 0
    assert lab.shortfall.assumptions == ()


def test_an_unknown_image_runs_a_command_that_is_known() -> None:
    assert Lab().run("docker run --rm acme/tools echo hello", expected=0).stdout == "hello\n"


def test_a_tag_is_the_same_image() -> None:
    lab = Lab()
    lab.run("docker run -d --name web nginx:1.27-alpine", expected=0)
    listed = lab.run("docker images --format '{{.Repository}}:{{.Tag}}' nginx", expected=0).stdout
    assert listed == "nginx:1.27-alpine\nnginx:latest\n"
    assert lab.shortfall.assumptions == ()


@pytest.mark.parametrize(
    ("argument", "lines"),
    [
        ("nginx", ["Using default tag: latest", "latest: Pulling from library/nginx"]),
        ("acme/api:2", ["2: Pulling from acme/api"]),
        ("-q acme/api:3", ["docker.io/acme/api:3"]),
    ],
)
def test_a_pull_tells_its_progress(argument: str, lines: list[str]) -> None:
    assert Lab().run(f"docker pull {argument}", expected=0).stdout.splitlines()[: len(lines)] == lines
