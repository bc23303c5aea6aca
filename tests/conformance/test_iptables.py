"""The same commands through the real iptables, in a network namespace of its own, and through ours: the same words.

Scripts are random, but the same each time.  What is compared is what a person sees: exit status, output, complaints.
"""

from __future__ import annotations

import functools
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.laws import examples
from tests.netfilter.drawn_rules import rules
from tests.programs.iptables.fake_iptables import Bench
from vnetsim.netfilter.errors import VERSION
from vnetsim.netfilter.parse import split
from vnetsim.netfilter.rules import Jump, Rule

SCRIPTS = 24
COMMANDS = 30

#: Runs each command of a list and tells what came of it.
RUNNER = """
import json, subprocess, sys
done = []
for command in json.load(sys.stdin):
    result = subprocess.run(["sh", "-c", command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    done.append((result.returncode, result.stdout, result.stderr))
json.dump(done, sys.stdout)
"""


@functools.cache
def missing() -> str | None:
    """Why there is no real iptables to compare with."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux"
    if shutil.which("iptables") is None or shutil.which("unshare") is None:
        return "needs iptables and unshare"
    told = subprocess.run(["iptables", "-V"], capture_output=True, text=True, check=False).stdout.strip()
    if told != f"iptables {VERSION}":
        return f"is about iptables {VERSION}, here is {told}"
    tried = subprocess.run(["unshare", "-n", "-m", "iptables", "-S"], capture_output=True, check=False)
    return "cannot make a network namespace" if tried.returncode else None


def really(commands: Sequence[str]) -> list[tuple[int, str, str]]:
    """With the names of our machine: what others have in /etc/hosts is their own business."""
    with tempfile.NamedTemporaryFile("w", suffix=".hosts") as hosts:
        hosts.write("127.0.0.1 localhost\n::1 localhost\n")
        hosts.flush()
        start = 'mount --bind "$1" /etc/hosts && exec "$2" -c "$3"'
        done = subprocess.run(
            ["unshare", "-n", "-m", "sh", "-c", start, "sh", hosts.name, sys.executable, RUNNER],
            input=json.dumps(commands),
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "LC_ALL": "C"},
        )
    return [(status, without_dates(out), err) for status, out, err in json.loads(done.stdout)]


def ours(commands: Sequence[str]) -> list[tuple[int, str, str]]:
    bench = Bench()
    done = []
    for command in commands:
        text, pipe, restore = command.partition(" | ")
        result = bench.run(restore, shlex.split(text)[-1].replace("\\n", "\n")) if pipe else bench.run(command)
        done.append((result.status, without_dates(result.stdout), result.stderr))
    return done


def without_dates(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("# "))


# --- scripts ---------------------------------------------------------------------------------------------------------

TABLES = ("filter", "filter", "filter", "nat", "mangle", "raw")
CHAINS = ("INPUT", "FORWARD", "OUTPUT", "A", "A", "B", "PREROUTING", "POSTROUTING", "NOSUCH")
HEADERS = (
    "", "", "-s 10.0.0.0/8", "! -s 10.1.2.3", "-d 192.168.1.77/24", "-s 1.2.3.4/255.0.255.0", "-i eth0", "! -i veth+",
    "-o br-1", "-p tcp", "-p udp", "-p icmp", "! -p tcp", "-p 47", "-f", "-s 1.1.1.1,2.2.2.2 -d 3.3.3.3", "-p 300",
    "-s 1.2.3.4/40",
)  # fmt: skip
MATCHES = (
    "", "", "-m conntrack --ctstate RELATED,ESTABLISHED", "-m conntrack ! --ctstate NEW --ctdir REPLY",
    "-m conntrack --ctorigdst 10.0.0.1/8 --ctorigdstport 80:90", "-m state --state NEW", "-m addrtype --dst-type LOCAL",
    "-m addrtype --src-type UNICAST --dst-type LOCAL --limit-iface-in", "-m mark --mark 0x10/0xf0",
    "-m limit --limit 90/min --limit-burst 9", "-m comment --comment 'two words'", "-m length --length 40:100",
    "-m ttl --ttl-lt 5", "-m tos --tos Minimize-Delay", "-m dscp --dscp-class EF", "-m pkttype --pkt-type broadcast",
    "-m statistic --mode nth --every 3 --packet 1", "-m physdev --physdev-in pa", "-m physdev --physdev-out pb",
    "-m mac --mac-source 02:00:00:00:00:01", "-m owner --uid-owner 0", "-m iprange --src-range 10.0.0.1-10.0.0.9",
    "-m connmark --mark 1", "--dport 80", "--sport 1:1023 --dport 53", "--syn", "--icmp-type echo-request",
    "-m multiport --dports 80,443", "-m tcp --dport 22", "-m conntrack", "-m nosuch", "-m limit --limit 1/year",
)  # fmt: skip
TARGETS = (
    "", "-j ACCEPT", "-j DROP", "-j RETURN", "-j A", "-j B", "-g A", "-j REJECT", "-j REJECT --reject-with tcp-reset",
    "-j LOG --log-prefix 'x: ' --log-level 7", "-j MARK --set-mark 7", "-j MARK --or-mark 1", "-j CONNMARK --save-mark",
    "-j MASQUERADE", "-j SNAT --to-source 10.0.0.1-10.0.0.9", "-j DNAT --to-destination 10.0.0.3:80",
    "-p tcp -j DNAT --to-destination 10.0.0.3:80", "-p tcp -j REDIRECT --to-ports 8080", "-j NETMAP --to 10.1.0.0/16",
    "-j NOTRACK", "-j CT --notrack", "-j TTL --ttl-set 9", "-j TOS --set-tos 0x10", "-j DSCP --set-dscp 8",
    "-p tcp -j TCPMSS --clamp-mss-to-pmtu", "-j NOSUCH", "-j INPUT", "-j SNAT",
)  # fmt: skip
OTHERS = (
    "-N A", "-N A", "-N B", "-X A", "-X B", "-X", "-F", "-F {chain}", "-E A B", "-E B C", "-P {chain} DROP",
    "-P {chain} ACCEPT", "-Z", "-Z {chain}", "-D {chain} 1", "-D {chain} 3", "-L {chain} -n",
    "-S {chain}", "-S {chain} 1", "-nvL --line-numbers", "-vL", "-v -S", "-nvL -x", "-L {chain} 2", "-L -Z {chain}",
)  # fmt: skip


def a_command(chance: random.Random) -> str:
    table, chain = chance.choice(TABLES), chance.choice(CHAINS)
    verbose = "-v" if chance.random() < 0.3 else ""
    if chance.random() < 0.45:
        return f"iptables -t {table} {chance.choice(OTHERS).format(chain=chain)}"
    rule = " ".join((chance.choice(HEADERS), chance.choice(HEADERS), chance.choice(MATCHES), chance.choice(TARGETS)))
    counters = "-c 5 600" if chance.random() < 0.1 else ""
    how = chance.choice(("-A", "-A", "-A", "-I", "-D", "-C", "-I {} 2", "-R {} 1"))
    place = how.format(chain) if "{}" in how else f"{how} {chain}"
    return " ".join(f"iptables -t {table} {place} {rule} {counters} {verbose}".split())


def a_restore(chance: random.Random) -> str:
    lines = []
    for table in chance.sample(("filter", "nat"), k=chance.choice((1, 2))):
        lines += [f"*{table}", ":A - [0:0]", f":{chance.choice(('INPUT', 'OUTPUT'))} ACCEPT [1:2]"]
        for _ in range(chance.randrange(4)):
            rule = f"{chance.choice(HEADERS)} {chance.choice(MATCHES)} {chance.choice(TARGETS)}".replace("'", '"')
            lines.append(" ".join(f"-A {chance.choice(CHAINS)} {rule}".split()))
        lines.append("COMMIT")
    text = "\\n".join(lines).replace('"two words"', "words").replace('"x: "', "x")
    return f"printf '{text}\\n' | iptables-restore {chance.choice(('', '-n', '-c', '-n -v'))}".strip()


def script(seed: int) -> list[str]:
    chance = random.Random(seed)
    commands = ["iptables -t nat -N A", "iptables -N A", "iptables -N B"]
    for _ in range(COMMANDS):
        commands.append(a_restore(chance) if chance.random() < 0.08 else a_command(chance))
        if chance.random() < 0.25:
            commands.append("iptables-save -c")
    return [*commands, "iptables-save"]


@pytest.mark.parametrize("seed", range(SCRIPTS))
def test_the_real_iptables_says_the_same(seed: int) -> None:
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    commands = script(seed)
    for command, real, simulated in zip(commands, really(commands), ours(commands), strict=True):
        assert simulated == real, command


# --- rules with everything that an extension can say -----------------------------------------------------------------

SETTINGS = settings(
    max_examples=examples(25),
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)
#: For each table a chain where most of its extensions are allowed.
USUAL = {"filter": "FORWARD", "nat": "POSTROUTING", "mangle": "POSTROUTING", "raw": "PREROUTING"}


def about(rule: Rule, program: str) -> list[str]:
    """Append it, look at it in every way, and delete it by what it says."""
    tables = [sorted(extension.tables)[0] for extension in rule.extensions if extension.tables]
    table = tables[0] if tables else "filter"
    words = f"{USUAL[table]} {shlex.join(split(str(rule)))}"
    target = [f"-N {rule.target.chain}"] if isinstance(rule.target, Jump) else []
    return [
        f"{program} -t {table} {command}"
        for command in (*target, f"-v -A {words}", "-S", "-nvL", "-vL", f"-D {words}", "-F", "-X")
    ]


@SETTINGS
@given(st.lists(rules(4), min_size=4, max_size=8))
def test_the_real_iptables_prints_rules_as_we_do(found: list[Rule]) -> None:
    compare(found, "iptables")


@SETTINGS
@given(st.lists(rules(6), min_size=4, max_size=8))
def test_the_real_ip6tables_prints_rules_as_we_do(found: list[Rule]) -> None:
    compare(found, "ip6tables")


def compare(found: Sequence[Rule], program: str) -> None:
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    commands = [command for rule in found for command in about(rule, program)]
    for command, real, simulated in zip(commands, really(commands), ours(commands), strict=True):
        if command.endswith(" -vL"):
            simulated, real = nameless(simulated), nameless(real)
        assert simulated == real, command


def nameless(said: tuple[int, str, str]) -> tuple[int, str, str]:
    """Names come from /etc/hosts, and ours has none for the addresses that matches of connections list."""
    status, out, err = said
    for address in ("127.0.0.1", "::1"):
        out = re.sub(rf"(?<!\S){re.escape(address)}(?=[/\s])", "localhost", out)
    return status, re.sub(" +", " ", out), err
