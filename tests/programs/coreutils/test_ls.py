"""ls: long lines, orders and columns; the lines are those of coreutils 9.1 and busybox 1.35."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.clock import SECOND

_ROWS = [
    (
        "ls -l /srv",
        (
            "total 2456\n-rwxr-xr-x 1 root root       6 Jan  1 00:00 a\n"
            "-rw-r--r-- 1 root root    1500 Jan  1 00:00 big\n"
            "drwxr-xr-x 3 root root    4096 Jan  1 00:00 d\n"
            "-rw-r--r-- 1    7    8 2500000 Jan  1 00:00 huge\n"
        ),
    ),
    (
        "ls -lah /srv/d",
        (
            "total 12K\ndrwxr-xr-x 3 root root 4.0K Jan  1 00:00 .\ndrwxr-xr-x 3 root root 4.0K Jan  1 00:00 ..\n"
            "drwxr-xr-x 2 root root 4.0K Jan  1 00:00 e\n"
        ),
    ),
    (
        "ls -lh /srv/big /srv/huge",
        "-rw-r--r-- 1 root root 1.5K Jan  1 00:00 /srv/big\n-rw-r--r-- 1    7    8 2.4M Jan  1 00:00 /srv/huge\n",
    ),
    ("ls -1F /srv", "a*\nbig\nd/\nhuge\n"),
    ("ls -rp /srv", "huge\nd/\nbig\na\n"),
    ("ls -ld /tmp", "drwxrwxrwt 2 root root 4096 Jan  1 00:00 /tmp\n"),
    ("sleep 1; touch /srv/new; rm /srv/a; ls -t /srv", "new\nbig\nd\nhuge\n"),
]


def test_lines_are_those_of_coreutils() -> None:
    lab = Lab(docker=False)
    lab.run(
        "cd /srv; echo hallo > a; printf '%1500s' x > big; printf '%2500000s' x > huge; mkdir -p d/e; "
        "chmod +x a; chown 7:8 huge"
    )
    lab.run("sleep 1")
    for command, lines in _ROWS:
        assert lab.run(command).stdout == lines, command
    lab.machine.set_wall_clock(lab.machine.wall_clock() + 200 * 86400 * SECOND)
    assert lab.run("ls -l /srv/big").stdout == "-rw-r--r-- 1 root root 1500 Jan  1  2026 /srv/big\n"
    assert lab.shortfall.assumptions[-1] == "files that a machine began with have the time at which it started"


def test_busybox_has_its_own_lines() -> None:
    lab = Lab()
    lab.run("docker run -d --name box alpine sleep 99")
    assert lab.run("docker exec box sh -c 'echo hi > /tmp/x; ls -l /tmp'").stdout == (
        "total 4\n-rw-r--r--    1 root     root             3 Jan  1 00:00 x\n"
    )


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("ls -l /bin/ls", "the size of a program: /bin/ls"),
        ("ls -l /proc/sys/net", "size, owner, mode and time of /proc/sys/net/bridge"),
        ("ls -R /srv", "ls -R"),
    ],
)
def test_what_is_not_known_is_refused(command: str, sentence: str) -> None:
    assert Lab(docker=False).run(command, expected=None).stderr == f"vnetsim: not modelled: {sentence}\n"
