"""Which containers `docker ps` selects, and what it prints of each (daemon/list.go of moby 28.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.docker.api.types import Filters, Json
from vnetsim.docker.container.container import Container
from vnetsim.docker.container.health import NONE
from vnetsim.docker.container.state import STATES
from vnetsim.docker.container.view import Containers
from vnetsim.docker.daemon.filters import Matcher
from vnetsim.docker.gotypes import parse_int, quote
from vnetsim.docker.images.store import ImageStore
from vnetsim.docker.nat import ContainerPort
from vnetsim.errors import EngineError

CONTAINER_KEYS: Final = (
    "ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name", "network",
    "publish", "since", "status", "volume",
)  # fmt: skip


def select_containers(containers: Containers, everything: bool, filters: Filters, limit: int | None) -> list[Container]:
    """Newest first."""
    matcher = Matcher(filters, CONTAINER_KEYS)
    _check(matcher)
    everything = everything or matcher.has("status") or bool(limit)
    chosen: list[Container] = []
    before = [containers.find(value) for value in matcher.values("before")]
    since = [containers.find(value) for value in matcher.values("since")]
    ordered = sorted(containers, key=lambda container: container.created, reverse=True)
    for container in ordered:
        if container in since or (limit and len(chosen) == limit):
            break
        if before:
            before = [other for other in before if other is not container]
            continue
        if (everything or container.state.running) and _fits(container, matcher):
            chosen.append(container)
    return chosen


def _check(matcher: Matcher) -> None:
    for value in matcher.values("status"):
        if value not in STATES:
            message = f"invalid value for state ({value}): must be one of {', '.join(STATES)}"
            raise EngineError(400, f"invalid filter 'status={value}': {message}")
    for value in matcher.values("exited"):
        try:
            parse_int(value)
        except ValueError as error:
            raise EngineError(400, f"invalid filter 'exited={value}': {error}") from None
    for key in ("publish", "expose"):
        for value in matcher.values(key):
            if ":" in value:
                raise EngineError(500, f"filter for '{key}' should not contain ':': {value}")
            _check_range(key, value)


def _check_range(key: str, value: str) -> None:
    """nat.ParsePortRange of go-connections: EngineError 500 for what is no port range."""
    numbers = value.partition("/")[0]
    first, dash, last = numbers.partition("-")
    problem = "" if numbers else "Empty string specified for ports."
    for number in (first, last) if dash else (first,):
        what = "invalid syntax" if not is_digits(number) else "value out of range" if int(number) > 65535 else ""
        problem = problem or (what and f"strconv.ParseUint: parsing {quote(number)}: {what}")
    if not problem and dash and int(last) < int(first):
        problem = f"Invalid range specified for the Port: {numbers}"
    if problem:
        raise EngineError(500, f"error while looking up for {key} {value}: {problem}")


def _fits(container: Container, matcher: Matcher) -> bool:
    return not matcher or all(test(container, matcher) for test in _TESTS)


def _name_fits(container: Container, matcher: Matcher) -> bool:
    return (
        matcher.matches("name", container.name, f"/{container.name}")
        and matcher.begins("id", container.id)
        and matcher.labels("label", container.config["Labels"] or {})
    )


_VOLUME_KEYS: Final = ("Name", "Destination", "Source")


def _state_fits(container: Container, matcher: Matcher) -> bool:
    state = container.state
    exited = [parse_int(value) for value in matcher.values("exited")]
    stopped = not state.running and state.started_at
    return (
        matcher.exactly("status", state.status)
        and (not exited or (bool(stopped) and state.exit_code in exited))
        and matcher.exactly("health", NONE if container.health is None else container.health.status)
        and matcher.exactly("volume", *(str(mount.get(key)) for mount in container.mounts for key in _VOLUME_KEYS))
        and matcher.exactly("is-task", "false", "0")
    )


def _image_fits(container: Container, matcher: Matcher) -> bool:
    image, given = container.image, container.config["Image"]
    tags = [*image.names, given if ":" in given.rpartition("/")[2] else f"{given}:latest"]
    names = [text for tag in tags for text in (tag, tag.rpartition(":")[0])]
    return matcher.exactly("ancestor", *names, image.id)


def _network_fits(container: Container, matcher: Matcher) -> bool:
    wanted = matcher.values("network")
    return not wanted or any(
        value == name or (settings.network_id and settings.network_id.startswith(value))
        for value in wanted
        for name, settings in container.attachments
    )


def _ports_fit(container: Container, matcher: Matcher) -> bool:
    publish, expose = matcher.values("publish"), matcher.values("expose")
    if not publish and not expose:
        return True
    for text, bindings in container.ports().items():
        inner = ContainerPort.parse(text)
        outer = [ContainerPort(number=int(b["HostPort"] or 0), protocol=inner.protocol) for b in bindings or ()]
        if any(_in_range(port, value) for port in outer for value in publish):
            return True
        if any(_in_range(inner, value) for value in expose):
            return True
    return False


_TESTS: Final[tuple[Callable[[Container, Matcher], bool], ...]] = (
    _name_fits,
    _state_fits,
    _image_fits,
    _network_fits,
    _ports_fit,
)


def _in_range(port: ContainerPort, text: str) -> bool:
    """`80`, `80/udp` or `8000-8080/tcp`."""
    numbers, _, protocol = text.partition("/")
    first, _, last = numbers.partition("-")
    return port.protocol == (protocol or "tcp") and parse_int(first) <= port.number <= parse_int(last or first)


def summary(container: Container, now: int, images: ImageStore) -> Json:
    """An entry of `docker ps`; an image that lost its name is shown by its id."""
    name: str = container.config["Image"]
    return {
        "Id": container.id,
        "Names": [f"/{container.name}"],
        "Image": name if images.has(name, container.image) else container.image.id,
        "ImageID": container.image.id,
        "Command": " ".join(
            (container.command[0], *(f"'{text}'" if " " in text else text for text in container.command[1:]))
        ),
        "Created": container.created // 1_000_000_000,
        "Ports": list(_summary_ports(container)),
        "Labels": dict(sorted((container.config["Labels"] or {}).items())),
        "State": container.state.status,
        "Status": container.state.human_status(now)
        + (f" ({container.health})" if container.health is not None and container.state.status == "running" else ""),
        "HostConfig": {"NetworkMode": container.mode},
        "NetworkSettings": {"Networks": container.attachments.json()},
        "Mounts": container.mounts,
    }


def _summary_ports(container: Container) -> Iterator[Json]:
    for text, bindings in container.ports().items():
        port = ContainerPort.parse(text)
        if not bindings:
            yield {"PrivatePort": port.number, "Type": port.protocol}
        for binding in bindings or ():
            yield {
                "IP": binding["HostIp"],
                "PrivatePort": port.number,
                "PublicPort": int(binding["HostPort"] or 0),
                "Type": port.protocol,
            }
