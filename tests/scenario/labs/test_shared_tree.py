"""Machines that write another text to the same path outside /etc are reported, with the line that does it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim.failures import IncompleteLab
from vnetsim.scenario.build import load


def lab(folder: Path, **files: str) -> str:
    (folder / "lab.conf").write_text('pc1[0]="A"\npc2[0]="A"\n', "utf-8")
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_startup", ".startup")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return str(folder)


WRITE = "ip link set lo up\necho {} > /var/www/index.html\n"


def test_two_startup_files_that_write_the_same_path(tmp_path: Path) -> None:
    name = lab(tmp_path, pc1_startup=WRITE.format("one"), pc2_startup=WRITE.format("two"))
    Path(name, "shared.startup").write_text("mkdir -p /var/www\n", "utf-8")
    with pytest.raises(
        IncompleteLab, match=r"pc2\.startup:2: .*/var/www/index\.html of pc2 with another text than that of pc1"
    ):
        load(name)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("echo same > /tmp/x\n", "echo same > /tmp/x\n"),
        ("echo one > /tmp/x1\n", "echo two > /tmp/x2\n"),
        ("echo nameserver 10.0.0.1 > /etc/resolv.conf\n", "echo nameserver 10.0.0.2 > /etc/resolv.conf\n"),
        ("mkdir -p /shared; echo one > /shared/x\n", "echo two > /shared/x\n"),
        ("echo one > /tmp/x; echo more >> /tmp/x\n", "true\n"),
    ],
)
def test_what_does_not_collide(tmp_path: Path, first: str, second: str) -> None:
    assert load(lab(tmp_path, pc1_startup=first, pc2_startup=second)).failures == ()


def test_a_machine_writes_its_own_file_and_not_that_of_another(tmp_path: Path) -> None:
    name = lab(
        tmp_path,
        pc1__opt__greeting="hello\n",
        pc1_startup="echo me >> /opt/greeting\n",
        pc2_startup="echo bye > /opt/greeting\n",
    )
    made = load(name)
    assert made.run("cat /srv/labs/pc1/opt/greeting").stdout == "hello\nme\n"
    assert made.run("cat /opt/greeting").stdout == "bye\n"


def test_a_loop_that_never_ends_is_named_by_its_line(tmp_path: Path) -> None:
    name = lab(tmp_path, pc1_startup="ip link set lo up\nwhile ! ls /nosuch 2>/dev/null; do\n  sleep 1\ndone\n")
    with pytest.raises(IncompleteLab, match=r"pc1\.startup:2: .*interrupted: its time was over"):
        load(name)
