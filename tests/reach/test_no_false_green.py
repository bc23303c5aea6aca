"""Labs that were broken on purpose: no question about one of them ends green.

Each row is a way to end up with another network than the one that was written, and what the refusal says of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import attrs
import pytest
from click.testing import CliRunner, Result

from vnetsim.cli import main
from vnetsim.failures import IncompleteLab, NoAnswer
from vnetsim.lab import Lab
from vnetsim.reach.matrix.matrix import Matrix
from vnetsim.reach.policies.check import check
from vnetsim.reach.policies.policy import Policy
from vnetsim.reach.probing.sweep import Answer
from vnetsim.reach.probing.verdict import Outcome
from vnetsim.reports.matrix import present
from vnetsim.scenario.build import play_text

BASH = "#!/bin/bash\n"
TWO = (
    "ip netns add red\nip netns add blue\nip link add r netns red type veth peer name eb netns blue\n"
    "ip -n red addr add 10.0.0.1/24 dev r\nip -n blue addr add 10.0.0.2/24 dev eb\n"
    "ip -n red link set r up\nip -n blue link set eb up\n"
)
#: Nothing of it is about what is broken: on the lab that was written it might be broken.
POLICY = "red !-> blue: tcp/80\n"

#: File name, text, and what the refusal says.
BROKEN: dict[str, tuple[str, str, str]] = {
    "an image that there cannot be": (
        "s.sh", f"{BASH}{TWO}docker run -d --name db -p 5432:5432 Postgres:16\n", "Postgres:16",
    ),
    "a misspelled command": (
        "s.sh", f"{BASH}{TWO}ip lnk add x type dummy\n", 's.sh:9: `ip lnk add x type dummy` ended with 1',
    ),
    "a misspelled command before one that succeeds": ("s.sh", f"{BASH}ip lnk add x\n{TWO}", "s.sh:2: `ip lnk add x`"),
    "an image that there cannot be, in a script of commands": (
        "s.txt",
        "docker run -d --name db -p 5432:5432 Postgres:16\n",
        "`docker run -d --name db -p 5432:5432 Postgres:16` ended with 125: docker: invalid reference format",
    ),
    "a misspelled command of a script of commands": (
        "s.txt", f"{TWO}ip lnk add x\nip netns list\n", "s.txt:8: `ip lnk add x`",
    ),
    "a misspelled command of a session": (
        "s.session", "".join(f"$ {line}\n" for line in f"{TWO}ip lnk".splitlines()), "s.session:8",
    ),
    "a session that expects another status": (
        "s.session", "$ ip netns add red\n$ ip netns add blue\n$ ip netns del nosuch\n[2]\n", "s.session:3",
    ),
    "a refusal that does not come": (
        "s.session", "$ ip netns add red\n$ ip netns add blue\n[1]\n", "expected exit status 1",
    ),
    "an unknown program": ("s.sh", f"{BASH}{TWO}frobnicate\n", "`frobnicate` ended with 127"),
    "an unknown program whose failure is handled": (
        "s.sh", f"{BASH}{TWO}frobnicate || true\n", "`frobnicate` ended with 127",
    ),
    "a program that vnetsim has not": ("s.sh", f"{BASH}{TWO}nmap x || true\n", "not modelled: the program nmap"),
    "something not modelled": (
        "s.sh", f"{BASH}{TWO}ip link add team0 type team\n", "not modelled: devices of type team",
    ),
    "something not modelled, handled": (
        "s.sh", f"{BASH}{TWO}ip link add team0 type team || true\n", "devices of type team",
    ),
    "a builtin that is not modelled": ("s.sh", f"{BASH}{TWO}(ulimit -n 10) || true\n", "not modelled"),
    "an option of docker that is not modelled": (
        "s.sh", f"{BASH}{TWO}docker run -d --use-api-socket nginx\n", "not modelled",
    ),
    "a syntax error at the end": ("s.sh", f"{BASH}{TWO}if true; then\n", "s.sh: `bash /tmp/s.sh` ended with 2"),
    "an exit in the middle": ("s.sh", f"{BASH}ip netns add red\nip netns add blue\nexit 3\n{TWO}", "ended with 3"),
    "set -e": ("s.sh", f"{BASH}set -e\n{TWO}ip lnk\nip link add x type dummy\n", "ended with 1"),
    "a failure in a function": ("s.sh", f"{BASH}f() {{ ip lnk; ip netns add y; }}\nf || exit 1\n{TWO}", "`ip lnk`"),
    "a failure in a subshell": ("s.sh", f"{BASH}(ip lnk; true)\n{TWO}", "`ip lnk`"),
    "a failure in a loop": ("s.sh", f"{BASH}for i in 1 2; do ip lnk; done\n{TWO}", "`ip lnk`"),
    "a failure before a pipe": ("s.sh", f"{BASH}{TWO}ip lnk | cat\n", "`ip lnk | cat`"),
    "a failure in a substitution": ("s.sh", f"{BASH}{TWO}echo $(ip lnk)\n", "`$(ip lnk)`"),
    "a failure in the background": (
        "s.sh", f"{BASH}{TWO}ip netns exec blue nc -lk 10.9.9.9 80 &\nsleep 1\n", "nc -lk",
    ),
    "a failure in a namespace": ("s.sh", f"{BASH}{TWO}ip netns exec red bash -c 'ip lnk; true'\n", "`ip lnk`"),
    "a failure in a container": (
        "s.sh", f"{BASH}{TWO}docker run -d --name web nettools\ndocker exec web sh -c 'ip lnk; true'\n", "`ip lnk`",
    ),
    "a failure whose words are thrown away": (
        "s.sh", f"{BASH}{TWO}ip lnk >/dev/null 2>&1\n", "`ip lnk >/dev/null 2>&1`",
    ),
    "a failure that is only printed": ("s.sh", f"{BASH}{TWO}ip lnk; echo $?\n", "`ip lnk`"),
    "a failure behind &&": ("s.sh", f"{BASH}{TWO}ip lnk && ip netns add x\ntrue\n", "`ip lnk`"),
    "a deletion of what is not there": ("s.sh", f"{BASH}{TWO}ip netns del nosuch\n", "`ip netns del nosuch`"),
    "a rule that is refused": (
        "s.sh", f"{BASH}{TWO}ip netns exec blue iptables -A INPUT -p tcp --dprot 80 -j DROP\n", "--dprot",
    ),
    "rules of which one is refused": (
        "s.sh", f"{BASH}{TWO}iptables-restore <<E\n*filter\n-A INPUT -j NOSUCH\nCOMMIT\nE\n", "iptables-restore",
    ),
    "a batch of which one line fails": (
        "s.sh", f"{BASH}{TWO}ip -force -batch - <<E\nlink add x type dummy\nlnk\nE\n", "ip -force",
    ),
    "a container that is not there": (
        "s.sh", f"{BASH}{TWO}docker run -d --name web nginx\ndocker exec db true\n", "No such container",
    ),
    "a network that is not there": ("s.sh", f"{BASH}{TWO}docker run -d --network nosuch nginx\n", "nosuch"),
    "a port that is taken": (
        "s.sh", f"{BASH}{TWO}docker run -d -p 80:80 nginx\ndocker run -d -p 80:80 nginx\n", "port is already allocated",
    ),
    "a sysctl that there is not": ("s.sh", f"{BASH}{TWO}sysctl -w net.ipv4.nosuch=1\n", "sysctl -w"),
    "a redirection that is refused": (
        "s.sh", f"{BASH}{TWO}echo 1 >/proc/sys/net/ipv4/nosuch\n", "/proc/sys/net/ipv4/nosuch",
    ),
    "a command without end": (
        "s.session", "$ ip netns add red\n$ ip netns add blue\n$ sleep 10000\n", "its time was over",
    ),
    "YAML": ("s.yml", "- hosts: all\n  tasks: []\n", "this is YAML"),
    "YAML without a name": ("s", "a: 1\nb:\n  - c\n", "this is YAML"),
    "a compose file that Compose refuses": (
        "docker-compose.yml", "services:\n  db:\n    image: postgres\n    networks: [back]\n", "undefined network back",
    ),
    "a compose file whose container ends": (
        "lab.txt", "name: x\nservices:\n  db:\n    image: alpine\n    command: sh -c 'exit 3'\n", "ended with 3",
    ),
    "JSON": ("s.json", '[{"Name": "bridge"}]\n', "this is JSON"),
    "a dump of iptables-save": (
        "rules.v4", "# Generated\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n", "a dump of iptables-save",
    ),
    "a ruleset of nft": (
        "fw", "table inet filter {\n chain input { type filter hook input priority 0; }\n}\n", "a ruleset of nft",
    ),
    "a policy": ("p", "red !-> blue: tcp/80\n", "this is a policy"),
    "a Dockerfile": ("Dockerfile", "FROM nginx\nEXPOSE 80\n", "a Dockerfile"),
    "a Python program": ("lab.py", "from vnetsim import Lab\n", "a Python program"),
    "HTML": ("s.html", "<!DOCTYPE html>\n<html></html>\n", "XML or HTML"),
    "nothing": ("s.sh", "\n# docker\n", "there is no command in this script"),
}  # fmt: skip
QUESTIONS = {
    "check": ["check", "SCENARIO", "POLICY"],
    "reach": ["reach", "SCENARIO"],
    "why": ["why", "SCENARIO", "red", "blue", "tcp/80"],
    "explore": ["explore", "SCENARIO", "POLICY", "--quiet", "--examples", "1"],
    "verify": ["verify", "SCENARIO"],
    "diff": ["reach", "diff", "SCENARIO", "SCENARIO"],
}


def ask(words: list[str], scenario: Path, *more: str) -> Result:
    policy = scenario.parent / "the.policy"
    policy.write_text(POLICY)
    names = {"SCENARIO": str(scenario), "POLICY": str(policy)}
    return CliRunner().invoke(main, [names.get(word, word) for word in words] + list(more))


@pytest.mark.parametrize("broken", BROKEN)
def test_a_policy_is_not_held_against_another_lab(broken: str, tmp_path: Path) -> None:
    name, text, words = BROKEN[broken]
    (tmp_path / name).write_text(text)
    result = ask(QUESTIONS["check"], tmp_path / name)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert words in result.stderr


@pytest.mark.parametrize("question", [name for name in QUESTIONS if name != "check"])
@pytest.mark.parametrize(
    "broken",
    [
        "a misspelled command before one that succeeds",
        "something not modelled, handled",
        "a compose file that Compose refuses",
    ],
)
def test_no_question_is_answered_about_another_lab(question: str, broken: str, tmp_path: Path) -> None:
    name, text, words = BROKEN[broken]
    (tmp_path / name).write_text(text)
    result = ask(QUESTIONS[question], tmp_path / name)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert words in result.stderr


def test_a_directory_and_a_capture_are_no_scenario(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(bytes.fromhex("d4c3b2a102000400") + bytes(16))
    for path, words in ((tmp_path, "this is a directory"), (tmp_path / "a.pcap", "a packet capture (pcap)")):
        for command in ("reach", "run", "verify"):
            result = CliRunner().invoke(main, [command, str(path)])
            assert result.exit_code == 2
            assert words in result.stderr


# --- an answer about the rest says so --------------------------------------------------------------------------------


@pytest.fixture
def incomplete(tmp_path: Path) -> Path:
    path = tmp_path / "s.sh"
    path.write_text(f"{BASH}{TWO}ip lnk\nip netns exec blue nc -lk 80 &\nsleep 1\n")
    return path


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("text", "incomplete lab: 1 command of the scenario did not do what was asked"),
        ("markdown", "incomplete lab: 1 command"),
        ("html", "incomplete lab: 1 command"),
        ("csv", ",incomplete\n"),
        ("json", '"command": "ip lnk"'),
    ],
)
def test_each_form_of_a_matrix_says_that_the_lab_is_incomplete(form: str, words: str, incomplete: Path) -> None:
    result = ask(QUESTIONS["reach"], incomplete, "--incomplete", "--format", form)
    assert result.exit_code == 0, result.output
    assert words in result.stdout


def test_the_reports_of_a_check_say_that_the_lab_is_incomplete(incomplete: Path, tmp_path: Path) -> None:
    junit, sarif = tmp_path / "j.xml", tmp_path / "s.sarif"
    words = [*QUESTIONS["check"], "--incomplete", "--junit", str(junit), "--sarif", str(sarif)]
    result = ask(words, incomplete)
    assert result.exit_code == 1
    assert "incomplete lab: 1 command" in result.stdout
    assert "incomplete lab" in (ET.parse(junit).getroot().findtext("testsuite/system-err") or "")
    (invocation,) = json.loads(sarif.read_text("utf-8"))["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    (notice,) = invocation["toolExecutionNotifications"]
    assert notice["locations"][0]["physicalLocation"]["region"] == {"startLine": 9}
    told = json.loads(ask([*QUESTIONS["check"], "--json"], incomplete, "--incomplete").stdout)
    assert [each["command"] for each in told["incomplete"]] == ["ip lnk"]


def test_why_says_that_the_lab_is_incomplete(incomplete: Path) -> None:
    assert "incomplete lab" in ask(QUESTIONS["why"], incomplete, "--incomplete").stdout
    assert json.loads(ask(QUESTIONS["why"], incomplete, "--incomplete", "--json").stdout)["incomplete"]
    assert "incomplete lab" in ask(QUESTIONS["diff"], incomplete, "--incomplete").stdout


def test_explore_says_that_the_lab_is_incomplete(incomplete: Path, tmp_path: Path) -> None:
    found = tmp_path / "o.session"
    assert "incomplete lab" in ask([*QUESTIONS["explore"], "-o", str(found)], incomplete, "--incomplete").stdout
    assert "# incomplete lab: 1 command of the scenario" in found.read_text()


# --- Python ----------------------------------------------------------------------------------------------------------


def two(*lines: str, frame_limit: int = 1_000_000) -> Lab:
    lab = Lab(docker=False, frame_limit=frame_limit)
    for line in (*TWO.splitlines(), *lines):
        lab.run(line)
    return lab


def test_no_question_of_python_is_answered_about_another_lab() -> None:
    lab = two("ip lnk")
    for question in (
        lambda: lab.reaches("red", "blue"),
        lambda: lab.why("red", "blue"),
        lambda: Matrix.of(lab),
        lambda: check(lab, Policy.of("red -> blue")),
        lambda: lab.fork().reaches("red", "blue"),
    ):
        with pytest.raises(IncompleteLab, match="`ip lnk` ended with 1"):
            question()
    lab.accept_failures()
    assert lab.reaches("red", "blue")
    assert lab.why("red", "blue").failures
    assert check(lab, Policy.of("red -> blue")).failures == Matrix.of(lab).failures == lab.failures


@pytest.mark.parametrize("look", [
    lambda lab: lab.run("ip lnk").exit_code, lambda lab: bool(lab.run("ip lnk")), lambda lab: lab.run("ip lnk").stderr,
    lambda lab: lab.run("ip lnk", expected=1),
])  # fmt: skip
def test_who_looks_at_a_result_has_handled_it(look: object) -> None:
    lab = two()
    look(lab)  # type: ignore[operator]
    assert lab.failures == ()
    assert lab.fork().failures == ()


@pytest.mark.parametrize("line", ["ip lnk", "ip lnk || true; nmap", "nosuch"])
def test_who_does_not_has_not(line: str) -> None:
    lab = two(line)
    assert repr(lab.run(line))
    assert lab.failures


def test_nothing_is_said_of_a_port_at_which_nobody_listens() -> None:
    lab = two()
    with pytest.raises(NoAnswer, match="nobody listens at tcp/80 there"):
        assert not lab.reaches("red", "blue", "tcp/80")
    assert not lab.reaches("red", "blue", "tcp/80", allow_vacuous=True)
    lab.start("ip netns exec blue nc -lk 80")
    lab.sleep(1)
    assert lab.reaches("red", "blue", "tcp/80")
    assert lab.run("ip netns exec blue iptables -A INPUT -p tcp --dport 80 -j DROP")
    assert not lab.reaches("red", "blue", "tcp/80")


def test_nothing_is_said_where_a_rule_decides_by_what_probes_do_not_vary() -> None:
    lab = two(
        "ip netns exec blue iptables -A INPUT -p tcp --sport 53 -j ACCEPT",
        "ip netns exec blue iptables -A INPUT -p tcp -j DROP",
    )
    lab.start("ip netns exec blue nc -lk 80")
    lab.sleep(1)
    with pytest.raises(NoAnswer, match="decides by the source port"):
        assert not lab.reaches("red", "blue", "tcp/80")
    assert check(lab, Policy.of("red !-> blue: tcp/80")).exit_status == 2


def test_nothing_is_said_of_a_container_that_does_not_run() -> None:
    lab = play_text(
        "a.session",
        "$ docker run -d --name db -e POSTGRES_PASSWORD=x postgres\n"
        "$ docker run -d --name web nginx\n$ docker stop db\n",
    )
    with pytest.raises(NoAnswer, match="nothing was sent"):
        assert not lab.reaches("web", "db", "tcp/5432")


def test_a_matrix_does_not_take_the_unknown_for_closed() -> None:
    lab = two()
    matrix = Matrix.of(lab, senders=["red"], receivers=["blue"], ports=["icmp"])
    unknown = Answer(Outcome.UNKNOWN, "not modelled")
    doubtful = attrs.evolve(matrix, cells=tuple(attrs.evolve(cell, answer=unknown) for cell in matrix.cells))
    assert matrix.reaches("red", "blue")
    assert "not known: red -> blue icmp: not modelled" in present(doubtful, "text")
    with pytest.raises(NoAnswer, match="not modelled"):
        assert not doubtful.reaches("red", "blue")


def test_a_storm_of_frames_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vnetsim.reach.probing.asking.SETTLE_SECONDS", 0.0)  # the storm is met by the probes
    lab = two(
        *(f"ip link add br{number} type bridge; ip link set br{number} up" for number in (0, 1)),
        *(
            f"ip link add a{cable} type veth peer name b{cable}; ip link set a{cable} master br0 up; "
            f"ip link set b{cable} master br1 up"
            for cable in (0, 1)
        ),
        "ip addr add 10.5.0.1/24 dev br0",
        frame_limit=20_000,
    )
    report = check(lab, Policy.of("host !-> 10.5.0.9: tcp/80", "red -> blue: icmp"))
    assert report.exit_status == 2
    assert {unproven.status.value for unproven in report.unproven_rules} == {"unknown"}


TESTS = """
import pytest

@pytest.mark.scenario("bad.sh")
def test_marker(lab):
    assert not lab.reaches("red", "blue", "tcp/80")

@pytest.mark.scenario("bad.sh", incomplete=True)
def test_marker_incomplete(lab):
    assert lab.failures

def test_fixture(lab):
    lab.run("ip lnk")
    assert not lab.reaches("host", "10.0.0.1")

def test_fixture_without_a_question(lab):
    lab.run("ip lnk")

def test_fixture_accepting(lab):
    lab.accept_failures()
    lab.run("ip lnk")

def test_vacuous(lab):
    lab.run("ip netns add red")
    assert not lab.reaches("host", "red", "tcp/80")
"""


def test_a_test_on_another_lab_is_an_error(pytester: pytest.Pytester) -> None:
    (pytester.path / "bad.sh").write_text(f"{BASH}ip lnk\n{TWO}")
    pytester.makepyfile(TESTS)
    outcome = pytester.runpytest("-p", "vnetsim.pytest_plugin", "-p", "no:xdist")
    # test_fixture_without_a_question passes, and is an error in the end.
    outcome.assert_outcomes(passed=3, errors=4)
    outcome.stdout.fnmatch_lines(["*bad.sh:2: `ip lnk` ended with 1*"])


def test_docker_in_a_comment_is_no_docker(tmp_path: Path) -> None:
    path = tmp_path / "s.sh"
    path.write_text(f"{BASH}# as docker run -d would do\n{TWO}echo docker run\n")
    assert "lan" not in ask(QUESTIONS["reach"], path).stdout
    path.write_text(f"{BASH}{TWO}for name in one two; do docker run -d --name $name nginx; done\n")
    assert "lan" in ask(QUESTIONS["reach"], path).stdout


def test_the_engine_starts_when_something_first_talks_to_it() -> None:
    lab = Lab()
    assert lab.run("echo docker; ls /var/run/docker.sock; echo {} > /etc/docker/daemon.json; true")
    assert not lab.has_engine
    assert lab.run("for i in 1; do d=docker; $d ps; done")
    assert lab.has_engine
