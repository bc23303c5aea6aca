"""`docker system df`; the lines are those of engine 28.5.2 with client 28.2.2, but for other numbers of images."""

from __future__ import annotations

import pytest

from vnetsim import Lab

USED = """\
TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE
Images          7         2         125.6MB   125.6MB (100%)
Containers      2         1         6B        0B (0%)
Local Volumes   0         0         0B        0B
Build Cache     0         0         0B        0B
"""
FIELD = 'executing "" at <.Nope>: can\'t evaluate field Nope in type *formatter.diskUsageImagesContext'


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab.docker_host(has_registry=False)
    lab.run("docker run -d --name web nginx; docker create nettools; docker exec web sh -c 'echo 12345 > /tmp/x'")
    return lab


def test_a_table_and_rows_of_json(lab: Lab) -> None:
    assert lab.run("docker system df").stdout == USED
    assert lab.run("docker system df --format json").stdout.splitlines()[1] == (
        '{"Active":"1","Reclaimable":"0B (0%)","Size":"6B","TotalCount":"2","Type":"Containers"}'
    )
    shown = lab.run("docker system df --format 'table {{.Type}}\\t{{.Size}}'").stdout
    assert shown.splitlines()[:2] == ["TYPE            SIZE", "Images          125.6MB"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("-v", "vnetsim: not modelled: docker system df --verbose"),
        ("--format '{{.Nope}}'", f"template parsing error: template: :1:2: {FIELD}"),
    ],
)
def test_what_is_refused(lab: Lab, words: str, message: str) -> None:
    refused = lab.run(f"docker system df {words}")
    assert (refused.exit_code, refused.stderr) == (1, f"{message}\n")
