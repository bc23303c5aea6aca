"""Secrets and configs, beyond what is recorded."""

from __future__ import annotations

import pytest

from vnetsim import Lab

FILE = """\
services:
  a:
    image: nettools
    secrets: [pw]
    configs: [{source: c, target: /etc/c}]
secrets:
  pw: {file: pw.txt}
configs:
  c: {content: "hello $PWD"}
"""


def up(text: str, **files: str) -> Lab:
    given = {f"/srv/s/{name.replace('_', '.')}": content for name, content in files.items()}
    lab = Lab(docker=True, files={"/srv/s/compose.yaml": text, **given})
    lab.run("cd /srv/s && docker compose up -d", expected=None)
    return lab


def test_a_file_and_a_content_are_readable_also_after_a_restart() -> None:
    lab = up(FILE, pw_txt="secret\n")
    for _ in range(2):
        assert lab.run("docker exec s-a-1 cat /run/secrets/pw /etc/c").stdout == "secret\nhello /srv/s"
        lab.run("docker restart -t 0 s-a-1")
    assert lab.shortfall.assumptions == ()


def test_a_file_that_is_not_there_is_an_assumption() -> None:
    assert up(FILE).shortfall.assumptions == ("/srv/s/pw.txt, of secret pw, is assumed to exist",)


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("pw: {file: pw.txt}", "pw: {external: true}", "unsupported external secret pw"),
        (
            "pw: {file: pw.txt}",
            "pw: {environment: NO}",
            'environment variable "NO" required by secret "s_pw" is not set',
        ),
        (
            "image: nettools",
            "image: nettools\n    read_only: true",
            'cannot create config "s_c" in read-only service a',
        ),
    ],
)
def test_what_the_real_one_refuses_leaves_no_answer(old: str, new: str, refusal: str) -> None:
    lab = up(FILE.replace(old, new), pw_txt="x")
    assert any(refusal in str(failure) for failure in lab.failures)
