"""The events that `docker events` prints (daemon/events.go of moby 28.5)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from vnetsim.docker.api.types import Filters, Json
from vnetsim.docker.daemon.filters import Matcher

if TYPE_CHECKING:
    from vnetsim.docker.container.container import Container
    from vnetsim.docker.images import Image
    from vnetsim.docker.libnetwork.network import DockerNetwork


#: How many events an engine keeps (eventsLimit).
KEPT: Final = 256


class _Event(NamedTuple):
    at: int
    kind: str
    action: str
    actor: str
    attributes: Mapping[str, str]

    def json(self) -> Json:
        return {
            **_deprecated_fields(self.kind, self.action, self.actor, self.attributes),
            "Type": self.kind,
            "Action": self.action,
            "Actor": {"ID": self.actor, "Attributes": dict(sorted(self.attributes.items()))},
            "scope": "local",
            "time": self.at // 1_000_000_000,
            "timeNano": self.at,
        }


class Events:
    """`now` gives nanoseconds since 1970."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._events: deque[_Event] = deque(maxlen=KEPT)
        #: How many there have been.
        self._count = 0

    def _add(self, kind: str, action: str, actor: str, attributes: Mapping[str, str]) -> None:
        self._count += 1
        self._events.append(_Event(self._now(), kind, action, actor, attributes))

    def container(self, container: Container, action: str, **attributes: str) -> None:
        labels: dict[str, str] = container.config["Labels"] or {}
        details = {**labels, "image": container.config["Image"], "name": container.name, **attributes}
        self._add("container", action, container.id, details)

    def network(self, network: DockerNetwork, action: str, **attributes: str) -> None:
        details = {"name": network.name, "type": network.driver, **attributes}
        self._add("network", action, network.id, details)

    def image(self, image: Image, action: str, name: str = "") -> None:
        """`name`: the image's id, or the name that it gets.  One that is gone has no labels."""
        labels = image.labels or {} if action != "delete" else {}
        self._add("image", action, image.id, {**labels, "name": name or image.id})

    def pruned(self, kind: str, freed: int = 0) -> None:
        self._add(kind, "prune", "", {"reclaimed": str(freed)})

    @property
    def count(self) -> int:
        """How many there have been, kept or not."""
        return self._count

    def so_far(self, filters: Filters, skip: int = 0) -> list[Json]:
        """The events that are kept and match, without the first `skip` that there were.

        An unknown filter (`foo=bar`) matches all.
        """
        matcher = Matcher(filters, filters.keys())
        forgotten = self._count - len(self._events)
        later = (event.json() for event in islice(self._events, max(0, skip - forgotten), None))
        return [event for event in later if _fits(event, matcher)]


def _deprecated_fields(kind: str, action: str, actor: str, attributes: Mapping[str, str]) -> Json:
    """The fields that clients before API 1.22 read."""
    details = (
        {"status": action, "id": actor, "from": attributes.get("image", "")} if kind in ("container", "image") else {}
    )
    return {key: value for key, value in details.items() if value}


#: Types of events; a filter of that name matches the beginning of the object's id or name.
_KINDS: Final = (
    "container", "network", "volume", "daemon", "plugin", "service", "node", "secret", "config",
)  # fmt: skip
#: Actions with details after a colon.
_LONG_ACTIONS: Final = ("health_status", "exec_create", "exec_start")


def _fits(event: Json, matcher: Matcher) -> bool:
    actor: Json = event["Actor"]
    attributes: dict[str, str] = actor["Attributes"]
    with_details = any(action in matcher.values("event") for action in _LONG_ACTIONS)
    by_action = matcher.begins if with_details else matcher.exactly
    return (
        all(matcher.begins(kind, actor["ID"], attributes.get("name", "")) for kind in _KINDS)
        and matcher.exactly("type", event["Type"])
        and matcher.exactly("scope", event["scope"])
        and by_action("event", event["Action"])
        and matcher.exactly("image", attributes.get("image", ""))
        and matcher.labels("label", attributes)
    )
