"""`docker images`, `docker pull`: filters, references and refusals, as recorded on Engine 28.5.2.

The recordings images_filters and pull_unreachable hold the answers; here are laws about patterns, and what is refused.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim import Lab
from vnetsim.docker.daemon.list_images import path_match
from vnetsim.errors import EngineError

_NAMES = "--format '{{.Repository}}'"


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab.docker_host(has_registry=False)


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("nginx", "nginx", True),
        ("n*", "nginx", True),
        ("n*", "library/nginx", False),
        ("*", "a/b", False),
        ("*/*", "a/b", True),
        ("ng?nx", "nginx", True),
        ("?", "/", False),
        ("[m-o]ginx", "nginx", True),
        ("[^m-o]ginx", "nginx", False),
        ("[o-m]ginx", "nginx", False),
        (r"ng\inx", "nginx", True),
        (r"ng\*nx", "nginx", False),
        ("", "", True),
    ],
)
def test_a_pattern_is_gos(pattern: str, name: str, matches: bool) -> None:
    assert path_match(pattern, name) is matches


@pytest.mark.parametrize("pattern", ["ng[", "[]", "[a-", "[a-]", "[-a]", "zz[", "\\", "[\\"])
def test_a_bad_pattern_is_refused_wherever_it_stands(pattern: str) -> None:
    with pytest.raises(EngineError) as refused:
        path_match(pattern, "nginx")
    assert refused.value.message == "syntax error in pattern"


@given(st.text(st.characters(exclude_characters="*?[\\", codec="ascii")), st.text(st.characters(codec="ascii")))
def test_a_pattern_without_signs_matches_itself_alone(pattern: str, name: str) -> None:
    assert path_match(pattern, name) is (pattern == name)


@given(st.from_regex(r"[a-z]{1,5}", fullmatch=True), st.from_regex(r"[a-z*?]{1,5}", fullmatch=True))
def test_without_classes_stars_and_question_marks_are_those_of_a_shell(name: str, pattern: str) -> None:
    expected = re.fullmatch(pattern.replace("*", "[^/]*").replace("?", "[^/]"), name) is not None
    assert path_match(pattern, name) is expected


@pytest.mark.parametrize(
    "words",
    ["nosuch", "nginx:1.25", "-f label=a", "-f dangling=true", "-f before=nettools", "library/nginx", "-f until=1h"],
)
def test_what_no_image_fits_lists_none(lab: Lab, words: str) -> None:
    listed = lab.run(f"docker images -q {words}")
    assert (listed.exit_code, listed.output) == (0, "")


def test_an_image_with_two_names_shows_the_one_that_fits(lab: Lab) -> None:
    assert lab.run(f"docker images nginx {_NAMES}").stdout == "nginx\n"
    assert lab.run(f"docker images -f reference=nginx {_NAMES} redis").stdout == "nginx\nredis\n"


@pytest.mark.parametrize(
    "image", ["nosuch", "nginx", "nginx:1.25", "registry.example/app", "nosuch@sha256:" + "0" * 64]
)
def test_nothing_can_be_pulled_on_networks_without_a_registry(lab: Lab, image: str) -> None:
    refused = lab.run(f"docker pull -q {image}")
    assert refused.exit_code == 1
    assert re.search(r'Get "https://registry\.\w+/v2/": dial tcp: lookup .* i/o timeout\n$', refused.stderr)


@pytest.mark.parametrize("registry", ["localhost:5000", "127.0.0.1:5000", "192.168.56.20", "[fd00::1]:5000"])
def test_a_registry_that_needs_no_name_server_is_not_modelled(lab: Lab, registry: str) -> None:
    refused = lab.run(f"docker pull {registry}/app")
    assert refused.exit_code == 1
    assert f"vnetsim: not modelled: docker pull from the registry {registry}\n" in refused.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("run -d --name db -p 5432:5432 postgres:16", 125),
        ("run -d --name db nosuch", 125),
        ("run -d --name db --pull never nosuch", 125),
        ("run -d --name db --pull always nginx", 125),
        ("create --name db nosuch/app:2", 1),
    ],
)
def test_a_container_of_an_image_that_is_not_there_is_not_made(lab: Lab, words: str, code: int) -> None:
    refused = lab.run(f"docker {words}")
    assert (refused.exit_code, refused.stdout) == (code, "")
    assert "Error response from daemon: " in refused.stderr
    assert lab.run("docker ps -aq").stdout == ""
