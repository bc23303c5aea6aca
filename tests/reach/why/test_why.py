"""`why` from each of its doors: the Python API, the prompt, the command line; and the opposite question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.reach.labs import made_by, two_networks
from vnetsim import Lab
from vnetsim.cli import main
from vnetsim.dropreason import CODES, OWN
from vnetsim.errors import UsageError

SCENARIO = (
    "$ docker network create app\n$ docker run -d --name db -e POSTGRES_PASSWORD=secret postgres\n"
    "$ docker run -d --name web --network app alpine sleep infinity\n"
)
SCRIPT = "docker run -d --name web -p 8080:80 nginx\n"


def test_a_reason_is_linuxs_or_listed_as_our_own() -> None:
    """Against the names of include/net/dropreason-core.h of Linux 6.18 that this list uses."""
    linux = {
        "DEV_READY", "PKT_TOO_BIG", "OTHERHOST", "BRIDGE_INGRESS_STP_STATE", "MAC_INVALID_SOURCE", "NO_TX_TARGET",
        "UNHANDLED_PROTO", "IP_INHDR", "NETFILTER_DROP", "IP_INNOROUTES", "IP_INADDRERRORS", "IP_INVALID_SOURCE",
        "IP_RPFILTER", "FRAG_REASM_TIMEOUT", "NEIGH_FAILED", "NEIGH_QUEUEFULL", "NO_SOCKET", "SOCKET_RCVBUFF",
        "CPU_BACKLOG", "QDISC_DROP", "IP_OUTNOROUTES", "NOT_SPECIFIED",
        "TC_INGRESS", "TC_EGRESS",
    }  # fmt: skip
    assert set(CODES) == linux | OWN


def test_an_answer_has_its_parts() -> None:
    answer = two_networks().why("web", "db:5432")
    assert (bool(answer), answer.arrives, answer.reason) == (False, False, "NETFILTER_DROP")
    decider = answer.diagnosis.decider
    assert decider is not None
    assert (decider.kind, decider.table, decider.chain, decider.number) == ("rule", "raw", "PREROUTING", 1)
    assert decider.text == "-d 172.17.0.2/32 ! -i docker0 -j DROP"
    assert answer.change is not None
    assert answer.change.commands == ("docker network connect app db",)  # which gives it the name, too
    assert "raw PREROUTING rule 1" in answer.sentence


def test_asking_changes_nothing() -> None:
    lab = two_networks()
    looks = ("ip neigh", "iptables-save -c", "conntrack -L", "docker ps")
    before = lab.fork()
    lab.why("web", "db:5432")
    assert lab.now() == before.now()
    assert [lab.run(line).output for line in looks] == [before.run(line).output for line in looks]


def test_what_arrives_says_what_let_it_through_and_what_would_stop_it() -> None:
    lab = Lab.docker_host()
    assert lab.run("docker run -d --name web -p 8080:80 nginx")
    answer = lab.why("lan", "host:8080")
    assert (answer.arrives, answer.reason) == (True, "ARRIVES")
    gates = [(gate.table, gate.chain, gate.verdict) for gate in answer.let_through]
    assert gates == [("nat", "DOCKER", "DNAT"), ("filter", "DOCKER", "ACCEPT")]
    assert answer.change is not None
    (line,) = answer.change.commands
    assert line == ("iptables -I DOCKER-USER -i eth0 -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP")
    assert lab.run("ip netns exec lan curl -s -m 2 http://192.168.56.10:8080/")
    assert lab.run(line)
    assert not lab.run("ip netns exec lan curl -s -m 2 http://192.168.56.10:8080/")


def test_a_proxy_that_takes_the_connection_and_reaches_nobody() -> None:
    lab = Lab()
    assert lab.run("docker run -d --name web -p 8080:81 nginx")
    answer = lab.why("host", "127.0.0.1:8080")
    assert (answer.arrives, answer.reason) == (False, "NO_SOCKET")
    assert "docker-proxy took the connection, and could not make its own: web, eth0" in answer.sentence
    assert answer.change is not None
    assert answer.change.commands[-1] == "docker run -d --name web -p 8080:80 nginx"


def test_two_mistakes_are_healed_one_after_the_other() -> None:
    lab = made_by(
        "ip netns add red", "ip netns add blue",
        "ip link add to-red type veth peer name eth0 netns red",
        "ip link add to-blue type veth peer name eth0 netns blue",
        "ip address add 10.0.1.1/24 dev to-red", "ip address add 10.0.2.1/24 dev to-blue",
        "ip -n red address add 10.0.1.2/24 dev eth0", "ip -n blue address add 10.0.2.2/24 dev eth0",
        "ip link set to-red up", "ip link set to-blue up", "ip -n red link set eth0 up", "ip -n blue link set eth0 up",
        "ip -n red route add default via 10.0.1.1",
    )  # fmt: skip
    answer = lab.why("red", "blue")
    assert answer.change is not None
    assert answer.change.commands == (
        "sysctl -w net.ipv4.ip_forward=1",
        "ip -n blue route add default via 10.0.2.1",
    )


def test_where_nothing_helps_it_says_so() -> None:
    lab = made_by("ip netns add red", "ip netns add blue")
    answer = lab.why("red", "192.0.2.1")
    assert answer.change is None
    assert "change   none was found with which it arrives" in str(answer)


def test_the_change_need_not_be_looked_for() -> None:
    answer = two_networks().why("web", "db:5432", change=False)
    assert answer.change is None
    assert "change" not in str(answer)


def test_a_misspelt_name_is_guessed() -> None:
    answer = two_networks().why("web", "name:cachee:6379")
    assert (answer.reason, answer.change) == ("NAME_NOT_RESOLVED", None)
    assert [str(hint.question) for hint in answer.hints] == ["container:web -> name:cache tcp/6379"]
    assert "hint     ask for cache, as it is spelt: container:web -> name:cache tcp/6379 arrives" in str(answer)


def test_json_has_a_stable_shape() -> None:
    told = two_networks().why("web", "db:5432").json()
    assert json.loads(json.dumps(told)) == told
    assert list(told) == [
        "question", "arrives", "reason", "sentence", "outcome", "address", "packet", "at", "decided_by", "story",
        "let_through", "flow", "missed", "change", "remedies", "hints", "refused", "tried", "searched", "incomplete",
        "otherwise",
    ]  # fmt: skip
    assert told["question"] == {
        "from": "container:web", "to": "container:db", "protocol": "tcp", "port": 5432, "size": None, "df": False,
        "source_port": None, "established": False,
    }  # fmt: skip
    assert told["at"] == {"namespace": "host", "device": "br-259f4329e6f4"}
    assert list(told["decided_by"]) == ["kind", "text", "table", "hook", "chain", "number", "verdict"]
    assert list(told["story"][0]) == ["packet", "at_ms", "namespace", "device", "event", "text"]
    assert told["change"] == told["remedies"][0]
    assert list(told["change"]) == ["words", "commands", "ask", "effects", "compared"]
    assert told["change"]["commands"] == ["docker network connect app db"]
    assert {"source": "db", "destination": "web", "port": "tcp/80", "opens": True} in told["change"]["effects"]
    assert list(told["change"]["compared"]) == ["sources", "destinations", "ends", "pairs_and_ports", "added", "caveat"]
    assert list(told["otherwise"]) == ["by", "target", "arrives", "reason", "sentence"]


# --- names -----------------------------------------------------------------------------------------------------------


def test_a_bare_name_that_is_not_resolved_decides_and_the_address_is_told() -> None:
    lab = made_by(
        "docker run -d --name db -e POSTGRES_PASSWORD=secret postgres", "docker run -d --name web alpine sleep infinity"
    )  # both on the default bridge
    answer = lab.why("web", "db:5432")
    assert (answer.arrives, answer.reason) == (False, "NAME_NOT_RESOLVED")
    assert answer.json()["otherwise"]["arrives"] is True
    assert "but      by its address 172.17.0.2 it arrives" in answer
    assert answer.change is not None
    assert lab.run("why web db:5432").exit_code == 1


@pytest.mark.parametrize("target", ["container:db", "172.17.0.2", "[172.17.0.2]"])
def test_what_is_said_to_be_a_container_or_an_address_is_asked_by_address(target: str) -> None:
    lab = made_by(
        "docker run -d --name db -e POSTGRES_PASSWORD=secret postgres", "docker run -d --name web alpine sleep infinity"
    )
    answer = lab.why("web", f"{target}:5432", change=False)
    assert (answer.arrives, answer.otherwise) == (True, None)


def test_a_name_that_is_the_alias_of_another_container_leads_there() -> None:
    lab = made_by(
        "docker network create app",
        "docker run -d --name web --network app alpine sleep infinity",
        "docker run -d --name db alpine sleep infinity",
        "docker run -d --name new --network app --network-alias db -e POSTGRES_PASSWORD=secret postgres",
    )
    answer = lab.why("web", "db:5432", change=False)
    assert answer.arrives
    assert "new: reached tcp port 5432" in answer.sentence
    assert answer.json()["otherwise"] == {
        "by": "address",
        "target": "172.17.0.2",
        "arrives": False,
        "reason": "NETFILTER_DROP",
        "sentence": answer.json()["otherwise"]["sentence"],
    }


def test_a_name_that_comes_to_the_address_is_one_answer() -> None:
    answer = two_networks().why("web", "cache:6379", change=False)
    assert (answer.arrives, answer.otherwise) == (True, None)


def test_nobody_resolves_the_names_of_namespaces_and_the_host_does_not_ask_docker() -> None:
    lab = made_by("docker run -d --name web nginx", "ip netns add red")
    assert lab.why("host", "web:80", change=False).arrives
    assert lab.why("web", "red", change=False).otherwise is None
    assert lab.run("echo 192.0.2.9 web >> /etc/hosts")
    answer = lab.why("host", "web:80", change=False)
    assert not answer.arrives
    assert answer.otherwise is not None
    assert answer.otherwise.arrives


def test_at_the_prompt() -> None:
    lab = two_networks()
    found = lab.run("why web db:5432")
    assert (found.exit_code, found.stderr) == (1, "")
    assert found.stdout == str(lab.why("web", "db:5432"))
    assert lab.run("why web cache:6379").exit_code == 0
    wrong = lab.run("why web nosuch")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("why: 'nosuch': expected host, container:db")


def test_a_question_at_the_prompt_is_not_thought_about_again_when_the_lab_is_repeated() -> None:
    lab = made_by("ip netns add red", "ip netns add blue")
    said = [lab.run("why red blue").output for _ in range(3)]
    assert said[0] == said[1] == said[2]
    copy = lab.fork()
    assert (copy.now(), copy.journal.why_answers) == (lab.now(), lab.journal.why_answers)
    assert list(copy.journal.replayed_answers) == []


CABLE = (
    "ip netns add red",
    "ip netns add blue",
    "ip link add eth0 netns red type veth peer name eth0 netns blue",
    "ip -n red address add 10.0.0.2/24 dev eth0",
    "ip -n blue address add 10.0.0.3/24 dev eth0",
    "ip -n red link set eth0 up",
    "ip -n blue link set eth0 up",
)


@pytest.mark.parametrize(
    ("mistake", "reason", "words", "commands"),
    [
        ("ip netns exec red tc qdisc add dev eth0 root netem loss 100%", "NEIGH_FAILED", "the cable lost it (netem)",
         "ip netns exec red tc qdisc del dev eth0 root"),
        ("ip netns exec blue sysctl -w net.ipv4.conf.all.arp_ignore=8", "NEIGH_FAILED", "all.arp_ignore = 8",
         "ip netns exec blue sysctl -w net.ipv4.conf.all.arp_ignore=0"),
        ("ip netns exec blue sysctl -w net.ipv4.icmp_echo_ignore_all=1", "ICMP_ECHO_IGNORED", "ignore_all = 1",
         "ip netns exec blue sysctl -w net.ipv4.icmp_echo_ignore_all=0"),
        ("ip -n red rule add to 10.0.0.3 prohibit", "ROUTE_PROHIBIT", "routing rule 32765: prohibit",
         "ip -n red rule del priority 32765"),
        ("ip -n red route add unreachable 10.0.0.3", "ROUTE_UNREACHABLE", "unreachable 10.0.0.3/32",
         "ip -n red route del unreachable 10.0.0.3/32"),
        ("ip netns exec red iptables -t nat -A OUTPUT -d 10.0.0.3 -j DNAT --to-destination 10.0.0.99", "NEIGH_FAILED",
         "next hop 10.0.0.99", "ip netns exec red iptables -t nat -D OUTPUT 1"),
    ],
)  # fmt: skip
def test_further_mistakes(mistake: str, reason: str, words: str, commands: str) -> None:
    answer = made_by(*CABLE, mistake).why("red", "blue")
    assert answer.reason == reason
    assert words in answer.sentence
    assert answer.change is not None
    assert answer.change.commands == (commands,)


def test_a_sender_that_does_not_run_cannot_send() -> None:
    answer = made_by("docker run -d --name web nginx", "docker pause web").why("web", "host")
    assert (answer.reason, answer.sentence) == (
        "CONTAINER_NOT_RUNNING",
        "container:web is paused, not running: it cannot send",
    )
    assert answer.change is not None
    assert answer.change.commands == ("docker unpause web",)


def test_a_lab_that_cannot_be_copied_says_so() -> None:
    lab = two_networks()
    lab.machine.run(lambda _process: 0, ["mine"], lab.machine.host)
    with pytest.raises(UsageError, match="cannot be repeated: the program mine"):
        lab.why("web", "db")


LOOP = (
    "ip netns add red", "ip link add br0 type bridge", "ip link add br1 type bridge",
    "ip link add a0 type veth peer name a1", "ip link add b0 type veth peer name b1",
    "ip link set a0 master br0 up", "ip link set a1 master br1 up",
    "ip link set b0 master br0 up", "ip link set b1 master br1 up",
    "ip link add to-red type veth peer name eth0 netns red", "ip link set to-red master br0 up",
    "ip -n red address add 10.0.0.2/24 dev eth0", "ip -n red link set eth0 up",
)  # fmt: skip


def test_a_storm_of_frames_ends_a_question_early() -> None:
    """The lab would let a million frames circle each time."""
    lab = made_by(*LOOP, "sysctl -w net.ipv6.conf.all.disable_ipv6=1", "ip link set br0 up", "ip link set br1 up")
    answer = lab.why("red", "10.0.0.9", change=False)
    assert not answer
    assert len(answer.verdict.events) < 200_000


# --- the command -----------------------------------------------------------------------------------------------------


def command(
    tmp_path: Path, text: str, *words: str, name: str = "a.session", stdin: str | None = None
) -> tuple[int, str]:
    path = tmp_path / name
    path.write_text(text)
    done = CliRunner().invoke(
        main,
        ["why", *("-" if word == "FILE" and stdin else str(path) if word == "FILE" else word for word in words)],
        input=stdin,
    )
    return done.exit_code, done.output


def test_the_exit_status_is_the_verdict(tmp_path: Path) -> None:
    status, text = command(tmp_path, SCENARIO, "FILE", "web", "db:5432")
    assert status == 1
    assert "does not arrive: NETFILTER_DROP" in text
    assert "$ docker network connect app db" in text
    assert command(tmp_path, SCENARIO, "FILE", "host", "db", "tcp/5432", "--no-change")[0] == 0


def test_scripts_and_standard_input(tmp_path: Path) -> None:
    words = ("FILE", "lan", "host", "tcp/8080", "--kind", "docker", "--no-change")
    assert command(tmp_path, SCRIPT, *words, name="a.sh")[0] == 0
    assert command(tmp_path, "", *words, stdin=SCRIPT)[0] == 0


def test_json_and_colour(tmp_path: Path) -> None:
    status, text = command(tmp_path, SCENARIO, "FILE", "web", "db:5432", "--json")
    assert (status, json.loads(text)["reason"]) == (1, "NETFILTER_DROP")
    assert "\x1b[31m" in command(tmp_path, SCENARIO, "FILE", "web", "db:5432", "--colour", "--no-change")[1]
    assert "\x1b" not in command(tmp_path, SCENARIO, "FILE", "web", "db:5432", "--no-change")[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("FILE", "web", "nosuch"), "vnetsim: 'nosuch': expected host, container:db, container:web"),
        (("FILE", "web", "db", "tcp"), "vnetsim: 'tcp': expected a port, like tcp/80"),
        (("nosuch.md", "web", "db"), "vnetsim: nosuch.md: there is no such file"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(words: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    status, text = command(tmp_path, SCENARIO, *words)
    assert (status, text.count("\n")) == (2, 1)
    assert text.startswith(sentence)
