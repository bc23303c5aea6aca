"""What a server needs to start, and where its settings move its ports: the members of `catalogue.json` about both.

A setting is `NAME` (a variable that is not empty), `NAME=VALUE`, an argument of the command, an option of it whatever
its value, `privileged`, or `SYS_ADMIN` (the capability); with `!` before it, its absence.  `requires` is a list of
requirements; `when` has ports that are open only with a setting, `moves` the variables and options (as regular
expressions) whose values replace ports.

Not modelled: settings in files.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from vnetsim.values import frozen

_PRIVILEGED: Final = "privileged"
_VERSION: Final = re.compile(r"v?(\d+(?:\.\d+)*)(?:-|$)")


class StartSettings(NamedTuple):
    """What a container is started with: its variables, the arguments of its command, and its `rights`.

    These are `privileged`, and the capability `SYS_ADMIN`.
    """

    environment: Mapping[str, str]
    arguments: tuple[str, ...] = ()
    rights: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, variables: Sequence[str], arguments: Sequence[str], host_config: Mapping[str, Any] | None = None
    ) -> StartSettings:
        """Of `NAME=VALUE` lines."""
        environment = dict(each.partition("=")[::2] for each in variables)
        return cls(environment, tuple(arguments), _rights(host_config or {}))

    def has(self, setting: str) -> bool:
        if setting.startswith("!"):
            return not self.has(setting[1:])
        if setting in self.rights or any(each == setting or each.startswith(f"{setting}=") for each in self.arguments):
            return True
        name, equals, value = setting.partition("=")
        return self.environment.get(name) == value if equals else bool(self.environment.get(name))

    def values_of(self, pattern: str) -> list[tuple[str, str]]:
        """The names of the variables and options that match, and their values."""
        found = [(name, value) for name, value in self.environment.items() if value and re.fullmatch(pattern, name)]
        for argument, following in zip(self.arguments, (*self.arguments[1:], ""), strict=True):
            name, equals, value = argument.partition("=")
            if name.startswith("-") and re.fullmatch(pattern, name, re.IGNORECASE):
                found.append((name, value if equals else following))
        return found


def _rights(host_config: Mapping[str, Any]) -> frozenset[str]:
    """A container that may mount file systems is `privileged`, or has the capability for it, which may be enough."""
    if host_config.get("Privileged"):
        return frozenset({_PRIVILEGED})
    added = {each.upper().removeprefix("CAP_") for each in host_config.get("CapAdd") or ()}
    return frozenset({"SYS_ADMIN"}) if added & {"ALL", "SYS_ADMIN"} else frozenset()


@frozen
class Requirement:
    """What a server demands: of each of `settings`, one that must be there; or, without settings, the file `file`.

    Each of `only_with` is a setting, or several with `|` between them.

    It demands nothing where the file `unless` is (or the directory, if it ends in `/`), which the server makes when it
    has started, where something is mounted in one of `configured`, or where one of `only_with` is missing; nor of
    versions outside of `since` and `before`, of which a tag with fewer numbers names the latest.  Else it prints `text`
    (with a `stamp`: the time and the level before it) to standard error, and ends with `status`.
    """

    text: str
    settings: tuple[tuple[str, ...], ...] = ()
    file: str = ""
    unless: str = ""
    configured: tuple[str, ...] = ()
    only_with: tuple[str, ...] = ()
    since: str = ""
    before: str = ""
    status: int = 1
    stamp: bool = False

    def missing(self, given: StartSettings) -> list[tuple[str, ...]]:
        """Those of `settings` of which none is there."""
        return [names for names in self.settings if not any(map(given.has, names))]

    def is_met(self, given: StartSettings) -> bool:
        return not self.missing(given) and not self.file

    def applies(self, version: str, given: StartSettings) -> bool:
        """Whether it is one of this version, started so."""
        is_new = not self.since or reaches(version, self.since)
        is_old = not self.before or not reaches(version, self.before)
        return is_new and is_old and all(any(map(given.has, each.split("|"))) for each in self.only_with)


def reaches(version: str, wanted: str) -> bool:
    """Whether it is `wanted` or later; one with fewer numbers is the latest of those that begin so."""
    numbers = (*(map(int, version.split(".")) if version else ()), math.inf)
    return numbers >= tuple(map(int, wanted.split(".")))


def version_of(tag: str) -> str:
    """The version that a tag begins with: `5.9-alpine` -> `5.9`; "" for none, which is the latest."""
    found = _VERSION.match(tag)
    return found[1] if found else ""
