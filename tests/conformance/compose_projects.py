"""Whole compose projects on a real engine and here: names, addresses, networks, rules, reachability, step by step.

    python -m tests.conformance.compose_projects plan COMPOSE_FILE > NAME.sh      a script of commands, one a line
    python -m tests.conformance.compose_projects compare RECORDING.json...        a recording of that script, and ours

In the file, `# before: COMMAND` is typed before, and `# ask: COMMAND` while the project runs.

The script is self-contained: it builds stand-ins for the images of the project on an engine that has the image
`nettools`, writes the files, and plays config, up, stop, start, scale and down, with questions in between.  It is
recorded on a real host as root of its network namespace; `lan` is the namespace of a machine outside.

A stand-in listens on the ports of its image, whatever its command.  Here the image is given as the recorded
Dockerfile has it, so that both sides run the same thing.

What a real engine decides by the order of Go's maps, or by which of several starts is first, is renamed on both sides
if it differs: which network has which of the default pools, which container has which address of a network.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from vnetsim.docker import images
from vnetsim.docker.engine import DockerEngine
from vnetsim.docker.images import Image, ImageKind
from vnetsim.docker.images.reference import parse
from vnetsim.docker.images.store import ImageStore
from vnetsim.lab import Lab
from vnetsim.record import Recorder, lab_for
from vnetsim.scenario.blur import Blur
from vnetsim.verify import known_engine
from vnetsim.verify.judge import Judged, judge

Json = dict[str, Any]

_ENTRY: Final = "stand-in"
_STAND_IN: Final = (
    "#!/bin/sh", "for p; do case $p in --) break;;", "*/tcp) busybox httpd -f -p ${p%/*} -h /www &;;",
    "*/udp) nc -u -lk ${p%/*} & esac; done", "while :; do sleep 1000; done",
)  # fmt: skip
#: Programs that ask a server whether it is there, and its port.
_CLIENTS: Final = {"mysqladmin": 3306, "pg_isready": 5432, "redis-cli": 6379, "mongosh": 27017}
_PLAYED: Final = "project"
ADDRESSES: Final = (
    "docker ps -aq | xargs docker inspect --format '{{.Name}}{{range $net, $end := .NetworkSettings.Networks}} "
    "{{$net}}={{$end.IPAddress}}={{$end.GlobalIPv6Address}}="
    "{{with $end.IPAMConfig}}{{.IPv4Address}}{{.IPv6Address}}{{end}}{{end}}' | sort"
)
NETWORKS: Final = (
    "docker network ls -q | xargs docker network inspect --format "
    "'{{.Name}} {{.Id}}{{range .IPAM.Config}} {{.Subnet}} {{.Gateway}}{{end}}' | sort"
)
_FACTS: Final = (NETWORKS, ADDRESSES)
#: How their commands begin.
_ASKED: Final = ("docker network ls -q | xargs", "docker ps -aq | xargs")


# --- the script ----------------------------------------------------------------------------------------------------


@attrs.frozen
class Described:
    """A container as the planning lab has it: `ports` are `80/tcp`, `published` pairs of a host's port and protocol."""

    name: str
    service: str
    image: str
    ports: tuple[str, ...]
    published: tuple[tuple[int, str], ...]
    mode: str


def plan(path: Path) -> str:
    """The script for one compose file and what lies beside it."""
    name = path.parent.name.lower()
    files = {str(each.relative_to(path.parent)): each.read_text("utf-8") for each in _beside(path)}
    lab = Lab.docker_host(files={f"/srv/{name}/{file}": text for file, text in files.items()})
    compose = f"cd /srv/{name} && docker compose" + ("" if path.name in _DEFAULT_NAMES else f" -f {path.name}")
    before, questions = (_typed(path, what) for what in ("before", "ask"))
    for line in before:
        lab.run(line)
    answer = lab.run(f"{compose} up -d")
    found = _described(lab)
    lines = [
        f"# {name}: {len(found)} containers",
        "# images",
        "docker volume prune -af",
        *_builds(lab, found),
        "# files",
    ]
    lines += [line for file, text in sorted(files.items()) for line in _writes(f"/srv/{name}/{file}", text)]
    lines += [f"# {_PLAYED}", *before, f"{compose} config", f"{compose} up -d"]
    if answer.exit_code == 0:
        lines += ["@sleep 2", *_walk(compose, found, questions)]
    lines += [f"{compose} down -t 1 -v", *_FACTS, "iptables-save", "docker volume ls -q"]
    return "\n".join(lines) + "\n"


_DEFAULT_NAMES: Final = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")


def _typed(path: Path, what: str) -> list[str]:
    """The commands in the comments `# before: COMMAND` and `# ask: COMMAND` of the file."""
    return re.findall(rf"^# {what}: (.+)$", path.read_text("utf-8"), re.MULTILINE)


def _beside(path: Path) -> Iterator[Path]:
    for each in sorted(path.parent.rglob("*")):
        small = each.is_file() and each.stat().st_size < 20_000
        if small and (each == path or each.suffix in (".txt", ".conf", ".env", ".template") or each.name == ".env"):
            yield each


def _writes(path: str, text: str) -> Iterator[str]:
    yield f"mkdir -p {path.rpartition('/')[0]}"
    yield f"printf '%s\\n' {shlex.join(text.splitlines())} > {path}"


def _described(lab: Lab) -> list[Described]:
    found = []
    for one in json.loads(lab.run("docker ps -aq | xargs docker inspect").stdout or "[]"):
        bindings = one["HostConfig"]["PortBindings"] or {}
        published = [
            (int(each["HostPort"].partition("-")[0] or 0), port.rpartition("/")[2])
            for port, many in bindings.items()
            for each in many
        ]
        service = one["Config"]["Labels"].get("com.docker.compose.service", "")
        ports = tuple(sorted(one["Config"].get("ExposedPorts") or {}))
        mode, image = one["HostConfig"]["NetworkMode"], one["Config"]["Image"]
        found.append(Described(one["Name"][1:], service, image, ports, tuple(sorted(published)), mode))
    return sorted(found, key=lambda one: one.name)


def _builds(lab: Lab, found: Sequence[Described]) -> Iterator[str]:
    yield _build("stand-in", _base())
    for image in sorted({one.image for one in found}):
        known = _store(lab).find(image)
        if known.kind is ImageKind.RECORDED and not known.exposed and image == known.name:
            continue
        listens = known.listens or known.exposed
        if known.kind not in (ImageKind.SERVER, ImageKind.RECORDED):
            listens = tuple(sorted({port for one in found if one.image == image for port in one.ports}))
        exposes = [f"EXPOSE {' '.join(known.exposed)}"] if known.exposed else []
        yield _build(image, ["FROM stand-in", *exposes, f"ENTRYPOINT {json.dumps([_ENTRY, *listens, '--'])}"])


def _build(image: str, dockerfile: Iterable[str]) -> str:
    return f"printf '%s\\n' {shlex.join(dockerfile)} | DOCKER_BUILDKIT=0 docker build --network none -q -t {image} -"


def _base() -> Iterator[str]:
    yield "FROM nettools"
    programs: dict[str, Sequence[str]] = {_ENTRY: _STAND_IN}
    programs |= {name: ("#!/bin/sh", f"exec nc -z 127.0.0.1 {port}") for name, port in _CLIENTS.items()}
    for name, lines in programs.items():
        yield f"RUN printf '%s\\n' {shlex.join(lines)} > /usr/bin/{name}; chmod +x /usr/bin/{name}"


def _walk(compose: str, found: Sequence[Described], questions: Sequence[str]) -> Iterator[str]:
    yield from _questions(compose, found)
    yield from questions
    services = sorted({one.service for one in found})
    plain = [one.service for one in found if not one.published and one.mode not in ("host", "none")]
    yield f"{compose} stop -t 1 {services[0]}"
    yield from (f"{compose} ps -a --format '{{{{.Name}}}} {{{{.State}}}}' | sort", "iptables-save")
    yield from (f"{compose} start {services[0]}", *_FACTS, "iptables-save")
    if plain:
        yield from (f"{compose} up -d --scale {plain[0]}=2", *_FACTS, f"{compose} ps -aq | wc -l")
        yield f"{compose} up -d --scale {plain[0]}=1"
    yield f"{compose} restart -t 1 {services[-1]}"
    yield from (*_FACTS, "iptables-save")


def _questions(compose: str, found: Sequence[Described]) -> Iterator[str]:
    yield from _FACTS
    yield f"{compose} ps -a --format '{{{{.Name}}}} {{{{.Service}}}} {{{{.State}}}} {{{{.Ports}}}}' | sort"
    yield "docker ps -a --format '{{.Names}} {{.Image}} {{.Status}} {{.Ports}}' | sort"
    yield "docker network ls --format '{{.Name}} {{.Driver}} {{.Scope}} {{.Internal}}' | sort"
    yield "docker network ls --format '{{.Name}}' | sort | xargs docker network inspect"
    yield f"docker inspect {' '.join(one.name for one in found)}"
    yield from (
        "iptables-save",
        "ip6tables-save",
        "ip -br addr",
        "ip route",
        "ip -6 route",
    )
    apart = [one for one in found if one.mode in ("host", "none") or one.mode.startswith("container:")]
    names = sorted({name for one in found if one not in apart for name in (one.name, one.service)})
    names += [one.service for one in apart[:1]]  # a lookup that fails takes eight seconds
    targets = [f"{one.name}:{port.split('/')[0]}" for one in found for port in one.ports if port.endswith("/tcp")][:24]
    for one in found:
        if one.mode in ("none", "host"):
            continue
        yield f"docker exec {one.name} sh -c 'ip -br addr; ip route; ip -6 route'"
        yield f"docker exec {one.name} cat /etc/hosts /etc/resolv.conf"
        yield f"docker exec {one.name} sh -c 'for n in {' '.join(names)}; do {_LOOKUP}; done'"
        yield f"docker exec {one.name} sh -c 'for t in {' '.join(targets)}; do {_PROBE}; done'"
    for port, protocol in sorted({each for one in found for each in one.published if each[0]}):
        if protocol == "tcp":
            yield from (
                f"{where}nc -z -w 1 {address} {port}"
                for where, address in (
                    ("ip netns exec lan ", "192.168.56.10"),
                    ("", "127.0.0.1"),
                    ("", "192.168.56.10"),
                )
            )


_LOOKUP: Final = "echo $n; getent ahosts $n | while read a b; do echo $a; done | sort -u"
_PROBE: Final = "nc -z -w 1 ${t%:*} ${t#*:} 2>/dev/null; echo $t $?"


# --- both sides ------------------------------------------------------------------------------------------------------


def _store(lab: Lab) -> ImageStore:
    engine = lab.docker.engine
    assert isinstance(engine, DockerEngine)
    return engine._daemon.images


def play(recording: Json) -> Json:
    """The commands of a recording on a simulated host that has the images it built."""
    lines = [step["cmd"] if "cmd" in step else f"# {step['note']}" for step in recording["steps"]]
    after_up = next((index for index, line in enumerate(lines) if line.endswith(" up -d")), len(lines))
    lines.insert(after_up + 1, "@sleep 2")
    lab = lab_for("docker", "")
    store = _store(lab)
    for line in filter(lambda line: "ENTRYPOINT" in line, lines):
        name, image = image_of(line)
        store._tags[name] = image
    script = "\n".join(line for line in lines if "docker build" not in line)
    return {"name": recording["name"], "steps": Recorder(lab).play(script)}


def image_of(line: str) -> tuple[str, Image]:
    """The tag and the image of a line that builds a stand-in."""
    words = shlex.split(line)
    reference = parse(words[words.index("-t") + 1])
    assert reference is not None
    dockerfile = words[2 : words.index("|")]
    exposed = tuple(port for entry in dockerfile if entry.startswith("EXPOSE") for port in entry.split()[1:])
    entrypoint = tuple(json.loads(dockerfile[-1].removeprefix("ENTRYPOINT ")))
    image = Image(
        reference.familiar_name, (), exposed, entrypoint=entrypoint, kind=ImageKind.SERVER, listens=entrypoint[1:-1],
        programs=images.PROGRAMS,
    )  # fmt: skip
    return reference.familiar, image


# --- the comparison --------------------------------------------------------------------------------------------------


def compare(real: Json, ours: Json) -> Iterator[tuple[str, Judged]]:
    """Each step with a verdict: `same`, `order`, `chance` (with the reason in known_engine), or that of the judge."""
    pair = _played(real), _played(ours)
    _rename(*pair)
    for each in judge({"steps": pair[0]}, {"steps": pair[1]}):
        yield _verdict(each), each


def _verdict(each: Judged) -> str:
    if each.verdict != "rc" or each.simulated is None:
        return each.verdict
    theirs, own = ([*map(_shuffled, step.lines)] for step in (each.real, each.simulated))
    if Counter(theirs) == Counter(own):
        return "order"
    return "chance" if known_engine.reason(each.real.command, each.diff, numbered=True) else each.verdict


def _shuffled(line: str) -> str:
    """A line of a table of rules or devices, without names by chance and numbers that count devices."""
    return re.sub(r"^\d+: |(?<=@)if\d+", "", Blur(()).line(re.sub(r"\beth\d+", "eth", line)).skeleton)


def _played(recording: Json) -> list[Json]:
    """The steps after the images and files, as they may be compared: lines of progress in one order."""
    steps = recording["steps"]
    start = next(index for index, step in enumerate(steps) if step.get("note") == _PLAYED)
    found = []
    for step in steps[start + 1 :]:
        step = dict(step)
        if "docker compose" in step.get("cmd", ""):
            step["stderr"] = "\n".join(sorted(re.sub(r'time="[^"]*"', "time", step["stderr"]).splitlines()))
        if "{{.Labels}}" in step.get("cmd", ""):
            step["stdout"] = "\n".join(",".join(sorted(re.split("[ ,]", line))) for line in step["stdout"].split("\n"))
        found.append(step)
    return found


def _rename(real: list[Json], ours: list[Json]) -> None:
    """Rename what chance decided on both sides, where it differs."""
    names: tuple[dict[str, str], dict[str, str]] = {}, {}
    for one, other in zip(_texts(real), _texts(ours), strict=False):
        if one.get("cmd", "").startswith(_ASKED) and other.get("cmd") == one["cmd"]:
            facts = _facts(one["stdout"]), _facts(other["stdout"])
            for key in sorted(facts[0].keys() & facts[1].keys()):
                if facts[0][key] != facts[1][key]:
                    for table, values in zip(names, facts, strict=True):
                        table[values[key]] = f"<{key}>"
        for step, table in ((one, names[0]), (other, names[1])):
            step["stdout"] = _replaced(step["stdout"], table)


def _texts(steps: list[Json]) -> list[Json]:
    return [step for step in steps if "stdout" in step]


def _facts(text: str) -> dict[str, str]:
    """What may be renamed, by what it is: a subnet and gateway by network, an address by container and network."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, *rest = line.split()
        if rest and re.fullmatch(r"[0-9a-f]{64}", rest[0]):
            found |= {f"network {name}": rest[0], f"bridge of {name}": f"br-{rest[0][:12]}"}
            for index, value in enumerate(rest[1:]):
                found[f"{name} {index}"] = value
                if value.endswith(".0.0/16"):
                    found[f"{name} {index} broadcast"] = value.replace(".0.0/16", ".255.255")
            continue
        for entry in rest:
            network, *addresses, fixed = entry.split("=")
            if not fixed:
                found |= {f"{name[1:]} on {network} {index}": each for index, each in enumerate(addresses) if each}
    return found


def _replaced(text: str, table: Mapping[str, str]) -> str:
    if not table:
        return text
    pattern = "|".join(re.escape(value) for value in sorted(table, key=len, reverse=True))
    return re.sub(rf"(?<![\d.:a-f])(?:{pattern})(?![\da-f]|\.\d|:[\da-f]*:)", lambda found: table[found[0]], text)


# --- the command -----------------------------------------------------------------------------------------------------


def report(path: Path, *, verbose: bool) -> Counter[str]:
    real = json.loads(path.read_text("utf-8"))
    counts: Counter[str] = Counter()
    for verdict, each in compare(real, play(real)):
        counts[verdict] += 1
        if verdict not in ("same", "order", "chance") or (verbose and verdict != "same"):
            status = each.simulated.status if each.simulated else None
            print(f"\n{path.stem}: $ {each.real.command}\n  {verdict}: {each.real.status} and {status}")
            print("\n".join(f"    {line}" for line in each.diff if line[0] in "+-"))
    print(f"{path.stem}: {dict(counts)}")
    return counts


def main(argv: Sequence[str]) -> int:
    match argv:
        case ["plan", file]:
            print(plan(Path(file)), end="")
            return 0
        case ["compare", *rest] if rest:
            verbose = "-v" in rest
            total = sum((report(Path(each), verbose=verbose) for each in rest if each != "-v"), Counter[str]())
            print(f"all: {dict(total)}")
            return int(any(total[verdict] for verdict in ("rc", "differs", "absent")))
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
