"""Mutated files through the entry points that read them: sessions, policies, scripts, and a machine's own files.

python -m tests.fuzz.fuzz_files SEED COUNT [REPORT]
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

from tests.fuzz import fuzz_lines
from tests.fuzz.mutate import TESTS, Run, mutated, no_hang
from vnetsim import Lab
from vnetsim.budget import Budget
from vnetsim.reach.policies import policy
from vnetsim.scenario import parse
from vnetsim.scenario.build import play_text

_ROOT = TESTS.parent
_FILES_A_LAB = 200
_TIMEOUT_SECONDS = 5
_BUDGET = Budget(steps=3_000_000, string_bytes=1 << 20, output_bytes=16 << 20, file_bytes=4 << 20, processes=500)
_INTERNAL = re.compile(r"vnetsim: internal error in (.{0,120})")

#: As dockerd reads them (docs of dockerd: the configuration file).
_DAEMON = [
    "{}",
    '{"icc": false}',
    '{"bip": "10.1.0.1/24", "mtu": 1400, "ip": "127.0.0.1"}',
    '{"iptables": false}',
    '{"default-address-pools": [{"base": "10.10.0.0/16", "size": 24}], "dns": ["1.1.1.1"], "dns-search": ["a.b"]}',
    '{"fixed-cidr": "172.17.1.0/24", "default-gateway": "172.17.0.1", "userland-proxy": false, "hosts": []}',
    '{"ipv6": true, "fixed-cidr-v6": "fd00::/80", "ip6tables": true, "log-level": "info", "labels": ["a=b"]}',
    '{"experimental": true, "live-restore": true, "default-network-opts": {"bridge": {"a": "b"}}}',
]
_RESOLV = [
    "nameserver 10.255.255.53\n",
    "nameserver 127.0.0.53\noptions edns0 trust-ad ndots:2 timeout:1 attempts:2 rotate\n",
    "domain example.org\nsearch a.example b.example\nnameserver fe80::1%eth0\nsortlist 10.0.0.0/255.0.0.0\n# c\n; d\n",
]
_HOSTS = ["127.0.0.1\tlocalhost\n::1 localhost ip6-localhost\n", "10.0.0.2 web web.example # x\n\nfe80::1%v six\n"]
_POLICIES = [
    "a -> b: tcp/80\n",
    "group front = a, web*, label:tier=front\nfront -> lan: tcp/80, udp/53 only\n",
    "* !-> b except host: tcp/5432, icmp\nnet:front -> [fd00::1]: tcp/8000-8010\nlan !-> 10.0.0.1\n",
]
_SCRIPTS = [
    r"""#!/bin/bash
set -eu
for i in 1 2 3; do
  ip netns add n$i || true
done
f() { local x=$1; echo "${x%%.*}" | tr a b; }
f a.b >/tmp/o 2>&1
while read -r l; do [[ $l =~ ^(a|b)+$ ]] && break; done </tmp/o
case $i in 3*) : ;; *) exit 1;; esac
""",
    r"""x=(1 2 3); declare -A m=([a]=1)
echo ${x[@]:1} ${m[a]} $((x[1]<<2)) {1..3}
cat <<E
$(date) `id`
E
trap 'echo x' EXIT
""",
]


@cache
def _of(pattern: str) -> tuple[str, ...]:
    """What the recordings have of it: the rest of the commands that match."""
    found = (re.fullmatch(pattern, line, re.DOTALL) for line in fuzz_lines.corpus())
    return tuple(dict.fromkeys(match[1] for match in found if match))


@cache
def _printed(pattern: str) -> tuple[str, ...]:
    """What commands that match printed, in the recordings of kernels."""
    found: dict[str, None] = {}
    for path in sorted(TESTS.glob("recorded/kernel/*.json")):
        for step in json.loads(path.read_text("utf-8")).get("steps", ()):
            if re.search(pattern, step.get("cmd", "")) and step.get("stdout") and len(step["stdout"]) < 5000:
                found.setdefault(step["stdout"])
    return tuple(found)


@cache
def _sessions() -> tuple[str, ...]:
    paths = sorted([*(_ROOT / "scenarios").rglob("*.md"), *TESTS.rglob("*.session")])
    return tuple(path.read_text("utf-8") for path in paths)


def _many(rng: random.Random, pool: Sequence[str]) -> str:
    return "\n".join(rng.choice(pool) for _ in range(rng.randrange(1, 8))) + "\n"


class _Machine:
    """A lab that is used for some hundred files."""

    def __init__(self, rng: random.Random, run: Run) -> None:
        self._rng, self._used, self.run = rng, 0, run
        self._lab: Lab | None = None

    def type(self, line: str, path: str, text: str) -> None:
        """Put the text there and type the line."""
        if self._lab is None or self._used >= _FILES_A_LAB:
            self._lab, self._used = fuzz_lines.plain_lab(self._rng), 0
        self._used += 1
        try:
            self._lab.machine.host.files.write(path, text)
            self.expect(self._lab.run(line, timeout_seconds=_TIMEOUT_SECONDS).output, text)
        except BaseException:
            self._lab = None
            raise

    def expect(self, output: str, text: str) -> None:
        internal = _INTERNAL.search(output)
        if internal:
            self.run.fail(
                f"internal error {re.sub('[0-9]+', 'N', internal[1])[:80]}", {"text": text, "said": internal[0]}
            )


def _session(_machine: _Machine, rng: random.Random, text: str) -> None:
    parse("x.md" if rng.random() < 0.5 else "x.session", text)
    if len(text) < 600:
        play_text("x.session", text, budget=_BUDGET)


def _policy(_machine: _Machine, _rng: random.Random, text: str) -> None:
    policy.parse("x.policy", text)


def _script(machine: _Machine, rng: random.Random, text: str) -> None:
    machine.type(rng.choice(("bash /tmp/s", "sh /tmp/s", "bash < /tmp/s", ". /tmp/s")), "/tmp/s", text)


def _daemon(machine: _Machine, _rng: random.Random, text: str) -> None:
    lab = Lab(files={"/etc/docker/daemon.json": text}, budget=_BUDGET)
    machine.expect(lab.run("docker network ls; docker run -d --name x nginx; docker inspect x").output, text)


def _typed(path: str, *commands: str) -> Callable[[_Machine, random.Random, str], None]:
    return lambda machine, rng, text: machine.type(rng.choice(commands), path, text)


#: How each kind of file is made and read.
KINDS: dict[str, tuple[Callable[[random.Random], str], Callable[[_Machine, random.Random, str], None]]] = {
    "session": (lambda rng: rng.choice(_sessions()), _session),
    "short session": (
        lambda rng: "".join(f"$ {line}\n" for line in _many(rng, fuzz_lines.corpus()).splitlines()),
        _session,
    ),
    "policy": (lambda rng: "".join(rng.choice(_POLICIES) for _ in range(rng.randrange(1, 4))), _policy),
    "script": (lambda rng: rng.choice((*_SCRIPTS, _many(rng, fuzz_lines.corpus()))), _script),
    "daemon.json": (lambda rng: rng.choice(_DAEMON), _daemon),
    "resolv.conf": (lambda rng: "".join(rng.choice(_RESOLV) for _ in range(2)),
                    _typed("/etc/resolv.conf", "getent hosts web", "ping -c 1 -W 1 web.example", "dig +time=1 x",
                           "nslookup x", "host -W 1 a.b", "curl -m 1 http://web/")),
    "hosts": (lambda rng: "".join(rng.choice(_HOSTS) for _ in range(2)),
              _typed("/etc/hosts", "getent hosts web", "ping -c 1 -W 1 web", "getent ahosts localhost",
                     "nc -z web 80")),
    "nft": (partial(lambda rng: rng.choice(_printed(r"^nft .*list|nft -s list") or ("",))),
            _typed("/tmp/f", "nft -f /tmp/f", "nft -c -f /tmp/f", "nft -f - < /tmp/f", "nft -j -f /tmp/f")),
    "nft commands": (lambda rng: _many(rng, _of(r"nft (?:-\w+ )*'?(.*?)'?") or ("",)),
                     _typed("/tmp/f", "nft -f /tmp/f", "nft -a -f /tmp/f; nft list ruleset")),
    "iptables-restore": (lambda rng: rng.choice(_printed(r"iptables-save") or ("*filter\n:INPUT ACCEPT\nCOMMIT\n",)),
                         _typed("/tmp/f", "iptables-restore < /tmp/f", "iptables-restore -n /tmp/f; iptables-save",
                                "ip6tables-restore -t < /tmp/f")),
    "ip -batch": (lambda rng: _many(rng, _of(r"(?:ip|ip -n \w+) ((?:link|addr|route|neigh|rule|netns).*)")),
                  _typed("/tmp/f", "ip -batch /tmp/f", "ip -force -b /tmp/f", "ip -b - < /tmp/f")),
    "sysctl": (lambda rng: rng.choice(_printed(r"sysctl") or ("net.ipv4.ip_forward = 1\n",)),
               _typed("/tmp/f", "sysctl -p /tmp/f", "sysctl -e -p /tmp/f", "sysctl --system", "sysctl -p - < /tmp/f")),
}  # fmt: skip


def fuzz(seed: int, count: int, run: Run | None = None, report: Path | None = None) -> Run:
    """So many files, of all kinds in turn; the report is written every now and then."""
    rng, run = random.Random(seed), run or Run()
    machine = _Machine(rng, run)
    corpora = {kind: [make(rng) for _ in range(20)] for kind, (make, _) in KINDS.items()}
    for index in range(count):
        kind = tuple(KINDS)[index % len(KINDS)]
        make, read = KINDS[kind]
        text = mutated(rng, make(rng), corpora[kind])
        with run.one(lambda: {"seed": seed, "index": index, "kind": kind, "text": text}), no_hang():  # noqa: B023
            read(machine, rng, text)
        if report is not None and index % 500 == 499:
            report.write_text(run.report(), "utf-8")
    return run


if __name__ == "__main__":
    to = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    done = fuzz(int(sys.argv[1]), int(sys.argv[2]), report=to)
    (to.write_text if to else print)(done.report())
