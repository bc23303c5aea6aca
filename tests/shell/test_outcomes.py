"""Which failures of a script are handled: by the commands that look at a status, and by nothing else."""

from __future__ import annotations

import pytest

from vnetsim.failures import FailureKind
from vnetsim.lab import Lab

#: A command that fails, and one that succeeds.
BAD = "ip lnk add x"
GOOD = "ip netns add red"


def failures(script: str) -> list[str]:
    """The commands that are reported, none of them being the last of the script."""
    lab = Lab(docker=False)
    lab.run(f"{script}\n:")
    return [failure.command for failure in lab.failures]


@pytest.mark.parametrize(
    "script",
    [
        f"{BAD} || true",
        f"{BAD} || {GOOD}",
        f"{BAD} || {{ echo no; {GOOD}; }}",
        f"{BAD} && {GOOD} || true",
        f"! {BAD}",
        f"if {BAD}; then {GOOD}; fi",
        f"if ! {BAD}; then {GOOD}; fi",
        f"if {GOOD} && {BAD}; then echo; fi",
        f"while {BAD}; do echo; done",
        f"until ! {BAD}; do echo; done",
        f"{BAD}; if [ $? -ne 0 ]; then {GOOD}; fi",
        f"{BAD}; if (( $? )); then {GOOD}; fi",
        f"{BAD}; [[ $? -eq 0 ]] || {GOOD}",
        f"{BAD}; status=$?",
        f"{BAD}; case $? in 0) ;; *) {GOOD};; esac",
        f"set +e; {BAD}; rc=$?; set -e; test $rc -eq 0 || {GOOD}",
        f"({BAD}) || true",
        f"{{ {BAD}; }} || true",
        f"bash -c '{BAD}' || true",
        f"bash -ec '{BAD}; {GOOD}' || true",
        f"f() {{ {BAD}; }}; f || true",
        f"f() {{ {BAD}; return $?; }}; f || true",
        f"{BAD} | cat || true",
        f"if {BAD} 2>/dev/null | grep -q x; then echo; fi",
        f'[ -z "$({BAD} 2>/dev/null)" ]',
        f"x=$({BAD}) || true",
        # Only a look at the network: it is as it was written, whatever is found.
        "ping -c 1 -W 1 10.9.9.9",
        "echo x | grep y",
        "test -e /nosuch",
        "false",
        "ip route get 10.9.9.9",
        "iptables -C INPUT -j DROP",
        "command -v nosuch",
        "ip netns exec red true || ip netns add red; ip netns exec red ping -c 1 -W 1 10.9.9.9",
        "timeout 1 sleep 5",
        "timeout 3 ping -c 1 -W 1 10.9.9.9",
        "sudo busybox nc -w 1 10.9.9.9 80",
        "read x </dev/null",
        # What was to be gone is gone, and nobody wants to hear that it was not there.
        "ip netns del red 2>/dev/null",
        "ip link del br0 &>/dev/null",
        "iptables -D INPUT -j DROP >/dev/null 2>&1",
        "sleep 100 & kill $!; wait $!",
    ],
)
def test_a_failure_is_handled(script: str) -> None:
    assert failures(script) == []


@pytest.mark.parametrize(
    ("script", "reported"),
    [
        (BAD, BAD),
        (f"{BAD}; {GOOD}", BAD),
        (f"{BAD} && {GOOD}", BAD),
        (f"{BAD}; echo $?", BAD),
        (f"true && {BAD}", BAD),
        (f"false || {BAD}", BAD),
        (f"if true; then {BAD}; fi", BAD),
        (f"for x in 1; do {BAD}; done", BAD),
        (f"{{ {BAD}; {GOOD}; }} || true", BAD),
        (f"if {BAD}; {GOOD}; then true; fi", BAD),
        (f"f() {{ {BAD}; {GOOD}; }}; f || true", BAD),
        (f"f() {{ {BAD}; }}; f", BAD),
        ("f() { return 3; }; f", "f"),
        (f"({BAD}; {GOOD}) || true", BAD),
        (f"bash -c '{BAD}; {GOOD}'", BAD),
        (f"bash -c '{BAD}; {GOOD}' || true", BAD),
        (f"bash -c '{BAD}'", f"bash -c '{BAD}'"),
        (f"{BAD} | cat", f"{BAD} | cat"),
        (f"set -o pipefail; {BAD} | cat", f"{BAD} | cat"),
        (f"x=$({BAD})", f"$({BAD})"),
        (f"echo $({BAD})", f"$({BAD})"),
        (f"{BAD} &\nsleep 1", BAD),
        (f"{BAD} 2>/dev/null", f"{BAD} 2>/dev/null"),
        ("ip netns del red", "ip netns del red"),
        ("cd /nosuch", "cd /nosuch"),
        ("nosuch", "nosuch"),
        ("nosuch || true", "nosuch"),
        ("exec 3</nosuch", "/nosuch: No such file or directory"),
        ("ip link add team0 type team || true", "ip link add team0 type team"),
        ("nc -l 10.9.9.9 80 &\nsleep 1", "nc -l 10.9.9.9 80"),
        (f"eval '{BAD}'", BAD),
        (f"command {BAD}", BAD),
        ("ip netns add red\nip netns exec red bash -c 'ip lnk; ip link set lo up'", "ip lnk"),
        ("trap 'ip lnk; true' EXIT; exit", "ip lnk"),
        ("trap 'kill $(jobs -p); true' EXIT; exit", "kill $(jobs -p)"),
        ("exit 3", "exit 3\n:"),
        ("sudo nosuch || true", "nosuch"),
        ("timeout 5 nosuch 1", "nosuch 1"),
        ("echo x | xargs nosuch || true", "nosuch x"),
        ("ip netns add red\nip netns exec red nosuch || true", "nosuch"),
        ("ping -c 1 -W 1 10.9.9.9\nbusybox httpd -p 99999", "busybox httpd -p 99999"),
        ("ping -c 1 -W 1 10.9.9.9\ntimeout 1 ip lnk", "timeout 1 ip lnk"),
    ],
)
def test_a_failure_that_nothing_looks_at_is_reported(script: str, reported: str) -> None:
    assert failures(script) == [reported]


def test_a_failure_says_where_it_stands_and_what_it_said() -> None:
    lab = Lab(docker=False)
    lab.run("cat >/tmp/a.sh <<'E'\nip netns add red\nip lnk add x\nip netns add blue\nE")
    assert lab.run("bash /tmp/a.sh")
    failure = lab.failures[-1]
    assert str(failure) == '/tmp/a.sh:2: `ip lnk add x` ended with 1: Object "lnk" is unknown, try "ip help".'
    assert failure.json()["kind"] == "failed"


def test_a_failure_does_not_say_what_another_said() -> None:
    lab = Lab(docker=False)
    assert lab.run("ip lnk || true\nbash -c 'exit 3'\n:")
    assert [(each.command, each.message) for each in lab.failures] == [("bash -c 'exit 3'", "")]


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("ip lnk", FailureKind.FAILED),
        ("nosuch", FailureKind.UNKNOWN),
        ("nmap .", FailureKind.NOT_MODELLED),
        ("ulimit -n 5", FailureKind.NOT_MODELLED),
    ],
)
def test_a_failure_says_of_what_kind_it_is(command: str, kind: FailureKind) -> None:
    lab = Lab(docker=False)
    lab.run(f"{command}\n:")
    assert [failure.kind for failure in lab.failures][:1] == [kind]


def test_a_ping_without_end_is_no_failure_if_nothing_comes_after_it() -> None:
    lab = Lab(docker=False)
    for line in ("ip link set lo up", "ping -q 127.0.0.1", "ip netns exec red ping 10.9.9.9 || ping -q 127.0.0.1"):
        lab.run(line, timeout_seconds=3)
    assert not lab.failures
    lab.run("ping -q 127.0.0.1; ip netns add red", timeout_seconds=3)
    assert [failure.message for failure in lab.failures] == ["interrupted: its time was over"]


@pytest.mark.parametrize(
    ("lines", "reported"),
    [
        # That a container does not run any more is what rules and questions about it say.
        (["docker run -d --name web alpine sh -c 'sleep 1; exit 3'"], []),
        (["docker run -d --name web nettools", "docker exec -d web ip lnk"], ["docker exec -d web ip lnk"]),
        (["docker run -d --name web nginx", "docker stop web"], []),
        (["docker run --name web alpine sh -c 'exit 3' || true"], []),
        (["docker run -d --name web alpine ping -c 1 -W 1 10.9.9.9"], []),
    ],
)
def test_what_nobody_waits_for_in_a_container_is_reported(lines: list[str], reported: list[str]) -> None:
    lab = Lab()
    for line in lines:
        assert lab.run(line)
    lab.sleep(5)
    assert [failure.command for failure in lab.failures] == reported


@pytest.mark.parametrize(
    ("lines", "complete"),
    [
        ("ip netns exec red iptables -C INPUT -j DROP\ntrue", False),
        ("[ -e /nosuch ]\ntrue", False),
        ("f() {\n    false\n    true\n}\nf\ntrue", False),
        ("f() {\n    false\n    true\n}\nf || true\ntrue", True),
        ("[ -e /nosuch ] || true\ntrue", True),
        ("if [ -e /nosuch ]; then true; fi\ntrue", True),
        ("true\n[ -e /nosuch ]", True),
    ],
)
def test_what_set_e_leaves_undone_is_a_failure_though_the_status_is_an_answer(lines: str, complete: bool) -> None:
    lab = Lab(docker=False)
    lab.run(f"ip netns add red; cat >/tmp/a.sh <<'E'\nset -e\n{lines}\nE")
    lab.run("bash /tmp/a.sh")
    assert (lab.failures == ()) is complete


@pytest.mark.parametrize("line", ["[[ a = b ]]", "((0))", "ip lnk | cat", "(exit 3)", "test a = b"])
def test_what_set_e_ended_is_in_its_line(line: str) -> None:
    lab = Lab(docker=False)
    lab.run(f"cat >/tmp/a.sh <<'E'\nset -eo pipefail\ntrue\n{line}\ntrue\nE")
    lab.run("bash /tmp/a.sh")
    assert lab.failures[-1].line == 3
