"""Lines that run one by one leave the same machine behind as the script that has them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from vnetsim.lab import Lab
from vnetsim.scenario.build import Player
from vnetsim.scenario.separable import is_separable
from vnetsim.scenario.session import run_script

ALONE = [
    "ip link set lo up",
    "for n in a b; do ip netns add $n; done",
    "for n in c; do ip netns add $n-2; done; ip link add d0 type dummy",
    "ip lnk; echo $? >>/tmp/log",
    "echo $HOME $nosuch ${x:-5} >>/tmp/log",
    "ip link add e0 type dummy & sleep 1",
    "PATH=/nosuch ip netns add no",
    "[[ a = b ]] || ip netns add d",
    "if true; then ip netns add e; fi",
    "case x in x) ip netns add f;; esac",
    "ip -n a link set lo up 2>>/tmp/log",
    "cat <<<here >>/tmp/log",
    "printf '%s\\n' x >>/tmp/log",
    "pwd >>/tmp/log",
    "sleep 50 &",
    "sleep 40 | cat &",
    "# a note",
    "kill 99999",
    "command -v ip >>/tmp/log",
    "bash -c 'cd /etc; x=1; pwd >>/tmp/log; exit 3'",
]
TOGETHER = [
    "n=7",
    "export n=8 PATH=/nosuch",
    "echo $n $? >>/tmp/log",
    "echo $n >>/tmp/log",
    "((n += 1))",
    "let n++",
    "read n <<<5",
    "printf -v n 4",
    "eval n=3",
    ". /tmp/lib",
    "f() { ip netns add g; }",
    "function f { ip netns add h; }",
    "f",
    "cd /etc",
    "set -e",
    "set -- g h",
    "ip netns add ${1:-i}",
    "trap 'ip netns add j' EXIT",
    "exit 2",
    "kill $!",
    "kill %1",
    "exec >/tmp/log",
    "echo ${n:=6} $((n + 1)) >>/tmp/log",
    "for PATH in /nosuch; do true; done",
    "for n in 1 2; do true; done; echo $n >>/tmp/log",
    "while read n; do break; done </etc/hosts",
    "umask 077",
    "cat <<E >>/tmp/log",
    "ip netns add \\",
    "E",
    "echo 'open",
    "}",
    "do",
    "echo $RANDOM $LINENO $$ $0 >>/tmp/log",
    "echo ${!n} >>/tmp/log",
    "wait",
    "ip netns add m && ip netns add n &",
    "ip netns add o; ip netns add p &",
    "false || ip netns add q &",
    "! ip netns add r &",
    "X=1 ip netns add s &",
    "(ip netns add t) &",
    "unset PATH",
]


@pytest.mark.parametrize("line", ALONE)
def test_a_line_that_needs_no_other_runs_alone(line: str) -> None:
    assert is_separable(f"{line}\n")


@pytest.mark.parametrize("line", [line for line in TOGETHER if line not in ("echo $n >>/tmp/log", "f", "E")])
def test_a_line_for_others_does_not(line: str) -> None:
    assert not is_separable(f"{line}\nfor n in a; do :; done\n")


def test_what_is_nested_too_deeply_is_left_to_the_shell() -> None:
    assert not is_separable("(" * 3000)
    assert not is_separable("$(" * 300 + ")" * 300)


def left_behind(lab: Lab) -> tuple[str, str]:
    return lab.run("ip -br link; ip netns").stdout, lab.run("cat /tmp/log; ps -eo args | grep sleep").stdout


@settings(max_examples=examples(60))
@given(st.lists(st.sampled_from(ALONE), max_size=4), st.lists(st.sampled_from(TOGETHER), max_size=3), st.randoms())
def test_what_is_run_line_by_line_is_as_the_whole(alone: list[str], together: list[str], order: st.DataObject) -> None:
    lines = [*alone, *together]
    order.shuffle(lines)  # type: ignore[attr-defined]
    text = "".join(f"{line}\n" for line in lines)
    if not is_separable(text):
        return
    apart, whole = Lab(docker=False), Lab(docker=False)
    Player(apart).play_on("lab", text)
    run_script(whole, "lab.sh", text or "true\n")
    assert left_behind(apart) == left_behind(whole), text
