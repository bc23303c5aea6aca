"""Thirty works of which the mark is known: right, partly right, wrong, in other styles, and attempts to cheat."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vnetsim.lesson.document import Lesson, parse
from vnetsim.lesson.grading import graded

FIREWALL = parse(
    "firewall.md",
    """\
# A firewall

```console
$ for ns in client server; do ip netns add $ns; ip -n $ns link set lo up; done
$ ip link add eth0 netns client type veth peer name eth0 netns server
$ ip -n client addr add 10.0.0.1/24 dev eth0
$ ip -n server addr add 10.0.0.2/24 dev eth0
$ ip -n client link set eth0 up
$ ip -n server link set eth0 up
$ ip netns exec server nc -lk 22 &
$ ip netns exec server nc -lk 80 &
$ ip netns exec client nc -lk 9000 &
```

```task points=4 Only the web server is open
client -> server: tcp/80
client !-> server: tcp/22
```

```task points=2 The server reaches port 9000 of the client
server -> client: tcp/9000
```

```task Port 22 is refused at once
$ ip netns exec client nc -z -v -w 3 10.0.0.2 22
nc: connect to 10.0.0.2 port 22 (tcp) failed: Connection refused
[1]
```

```console solution
$ ip netns exec server iptables -A INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset
```
""",
)
PORTS = parse(
    "ports.md",
    """\
# A published port

```console
$ ip netns add lan
$ ip link add eth0 type veth peer name eth0 netns lan
$ ip addr add 192.168.56.10/24 dev eth0
$ ip link set eth0 up
$ ip -n lan addr add 192.168.56.20/24 dev eth0
$ ip -n lan link set eth0 up
$ docker network create shop
```

```task points=2 The LAN reaches the web server
lan -> web: tcp/80
```

```task The host does, at port 8080
$ curl -s -o /dev/null http://127.0.0.1:8080/
```

```console solution
$ docker run -d --name web --network shop -p 8080:80 nginx
```
""",
)
IN = "ip netns exec server iptables"
REJECT = f"{IN} -A INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset"
NFT = "ip netns exec server nft"
TABLE = f"{NFT} add table inet f; {NFT} 'add chain inet f in {{ type filter hook input priority 0; policy %s; }}'"
COMPOSE = """\
cat > compose.yaml <<'YAML'
name: any
services:
  web:
    image: nginx
    container_name: web
    ports: ["8080:80"]
YAML
docker compose up -d"""
DROP_ALL = f"{IN} -P INPUT DROP"
WEB = f"{IN} -A INPUT -p tcp --dport 80 -j ACCEPT"
STATE = f"{IN} -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"

TO_SSH = "-p tcp --dport 22"
RESET = "-j REJECT --reject-with tcp-reset"
PRINT = "echo 'nc: connect to 10.0.0.2 port 22 (tcp) failed: Connection refused'"
OWN_CHAIN = f"{IN} -N ssh; {IN} -A INPUT {TO_SSH} -j ssh; {IN} -A ssh -p tcp {RESET}"
NFT_RESET = f"{NFT} add rule inet f in tcp dport 22 reject with tcp reset"
NFT_OPEN = f"{NFT} add rule inet f in ct state established,related accept; {NFT} add rule inet f in tcp dport 80 accept"
RESTORE = f"printf '*filter\\n-A INPUT -p tcp -m tcp --dport 22 {RESET}\\nCOMMIT\\n' | {IN}-restore"
STOPPED = "kill $(ip netns exec server ss -ltnp | grep ':22 ' | grep -o 'pid=[0-9]*' | cut -d= -f2)"

#: Style or attempt, commands, points of 7.
FIREWALLS = [
    ("as the solution", REJECT, 7),
    ("refused from one address", f"{IN} -A INPUT -s 10.0.0.1 -p tcp --dport 22 -j REJECT --reject-with tcp-reset", 7),
    ("in a chain of its own", OWN_CHAIN, 7),
    ("nft", f"{TABLE % 'accept'}; {NFT_RESET}", 7),
    ("nft, closed by default", f"{TABLE % 'drop'}; {NFT_OPEN}; {NFT_RESET}", 7),
    ("iptables-restore", RESTORE, 7),
    ("the SSH server is stopped, so that nothing is protected", STOPPED, 3),
    ("at the client's output", f"ip netns exec client iptables -A OUTPUT {TO_SSH} {RESET}", 7),
    ("closed by default, with state, and refused", f"{DROP_ALL}; {STATE}; {WEB}; {REJECT}", 7),
    ("dropped, not refused", f"{IN} -A INPUT -p tcp --dport 22 -j DROP", 6),
    ("an ICMP error, which nc shows in the same words", f"{IN} -A INPUT -p tcp --dport 22 -j REJECT", 7),
    ("closed by default, without state", f"{DROP_ALL}; {WEB}", 4),
    ("nft drops", f"{TABLE % 'accept'}; {NFT} add rule inet f in tcp dport 22 drop", 6),
    ("all refused, so that no policy holds", f"{IN} -A INPUT -p tcp --syn -j REJECT --reject-with tcp-reset", 3),
    ("the wrong port", f"{IN} -A INPUT -p tcp --dport 23 -j DROP", 2),
    ("the wrong protocol", f"{IN} -A INPUT -p udp --dport 22 -j DROP", 2),
    ("the wrong chain", f"{IN} -A FORWARD -p tcp --dport 22 -j DROP", 2),
    ("on the wrong machine", "iptables -A INPUT -p tcp --dport 22 -j DROP", 2),
    ("accepted before it is dropped", f"{IN} -A INPUT -p tcp --dport 22 -j ACCEPT; {REJECT}", 2),
    ("nothing", "true", 2),
    ("prints what is expected", f"{PRINT}; false", 2),
    ("a function in the place of nc", f"nc() {{ {PRINT}; return 1; }}", 2),
    ("brings the cable down", "ip -n server link set eth0 down", 0),
    ("deletes the server", "ip netns del server", 0),
]  # fmt: skip
#: Of 3.
PUBLISHED = [
    ("as the solution", "docker run -d --name web --network shop -p 8080:80 nginx", 3),
    ("compose instead of run", COMPOSE, 3),
    ("create and start", "docker create --name web -p 8080:80 nginx; docker start web", 3),
    ("another port", "docker run -d --name web --network shop -p 80:80 nginx", 2),
    ("on the loopback only", "docker run -d --name web -p 127.0.0.1:8080:80 nginx", 1),
    ("not published", "docker run -d --name web --network shop nginx", 0),
]


@pytest.mark.parametrize(("commands", "points"), [row[1:] for row in FIREWALLS], ids=[row[0] for row in FIREWALLS])
def test_a_firewall(commands: str, points: int, tmp_path: Path) -> None:
    assert marked(FIREWALL, commands, tmp_path) == (points, "")


@pytest.mark.parametrize(("commands", "points"), [row[1:] for row in PUBLISHED], ids=[row[0] for row in PUBLISHED])
def test_a_published_port(commands: str, points: int, tmp_path: Path) -> None:
    assert marked(PORTS, commands, tmp_path) == (points, "")


def marked(lesson: Lesson, commands: str, tmp_path: Path) -> tuple[int, str]:
    path = tmp_path / "work.sh"
    path.write_text(f"#!/bin/sh\n{commands}\n", "utf-8")
    grade = graded(lesson, str(path))
    return grade.points, grade.error


def test_tasks_and_points_in_a_work_are_not_those_that_count(tmp_path: Path) -> None:
    document = tmp_path / "work.md"
    document.write_text("# A firewall\n\n```task points=7 Nothing\n$ true\n```\n\n```console\n$ true\n```\n", "utf-8")
    saved = tmp_path / "anna.work"
    saved.write_text(json.dumps({"work": 1, "title": "A firewall", "steps": [[]], "points": 7, "tasks": []}), "utf-8")
    for path in (document, saved):
        grade = graded(FIREWALL, str(path))
        assert (grade.points, grade.total, grade.error) == (2, 7, "")
