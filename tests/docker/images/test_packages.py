"""What a RUN installs, and whether it is played."""

from __future__ import annotations

import pytest

from vnetsim.docker.images.packages import read_run

MODELLED = {"echo", "mkdir", "curl", "sh", "cat"}


@pytest.mark.parametrize(
    ("script", "programs", "unknown", "lacking"),
    [
        ("apt-get update && apt-get install -y --no-install-recommends curl=7.88 && rm -rf /x", {"curl"}, (), ("rm",)),
        ("apk add --no-cache --virtual .deps iproute2 libpq", {"ip", "ss", "tc", "bridge"}, ("libpq",), ()),
        ("set -e; DEBIAN_FRONTEND=x apt-get -qq install iputils-ping:amd64", {"ping", "ping4", "ping6"}, (), ()),
        ("dnf -y install 'procps-ng' && dnf clean all", {"ps", "sysctl"}, (), ()),
        ("echo 'a; make all' > /x 2>&1 && mkdir /y", set(), (), ()),
        ("if true; then make all; fi", set(), (), ("make",)),
        ("curl -fsSL https://example.org | sh", set(), (), ("curl",)),
        ('echo "$(date)"', set(), (), ()),
    ],
)
def test_what_a_script_needs(
    script: str, programs: set[str], unknown: tuple[str, ...], lacking: tuple[str, ...]
) -> None:
    run = read_run(script, MODELLED.__contains__)
    assert programs <= run.programs
    assert (run.unknown, run.lacking) == (unknown, lacking)


def test_the_rest_of_a_script_is_left() -> None:
    assert read_run("apk add curl && echo x", MODELLED.__contains__).text == " true &&echo x".replace("&&e", "&& e")
