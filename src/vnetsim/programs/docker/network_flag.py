"""`--network` of run and create (docker/cli, opts/network.go): a name, or `name=net,alias=web,ip=10.0.0.5,...`.

The long form is read in lower case, as the real client reads it.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from vnetsim.programs.docker.flags import BadValue, FlagType, read_csv
from vnetsim.values import define

#: The long form has fields with an equals sign.
_LONG: Final = re.compile(r"\w+=\w+(,\w+=\w+)*")


@define
class Attachment:
    """A network to attach to, and the endpoint's settings."""

    target: str
    aliases: list[str] = attrs.field(factory=list)
    driver_opts: dict[str, str] = attrs.field(factory=dict)
    links: list[str] = attrs.field(factory=list)
    ipv4: str = ""
    ipv6: str = ""
    link_local: list[str] = attrs.field(factory=list)
    mac: str = ""
    gw_priority: int = 0


def read_network(text: str) -> Attachment:
    """BadValue for an invalid long form."""
    if not _LONG.search(text):
        return Attachment(text)
    attachment = Attachment("")
    for field in read_csv(text):
        key, equals, value = field.lower().partition("=")
        if not equals:
            raise BadValue(f"invalid field {field}")
        _set(attachment, key.strip(), value.strip())
    if not attachment.target:
        raise BadValue("network name/id is not specified")
    return attachment


def _set(attachment: Attachment, key: str, value: str) -> None:
    if key == "name":
        attachment.target = value
    elif key == "alias":
        attachment.aliases.append(value)
    elif key == "driver-opt":
        _add_driver_option(attachment, value)
    elif key == "ip":
        attachment.ipv4 = value
    elif key == "ip6":
        attachment.ipv6 = value
    elif key == "mac-address":
        attachment.mac = value
    elif key == "link-local-ip":
        attachment.link_local.append(value)
    elif key == "gw-priority":
        attachment.gw_priority = _priority(value)
    else:
        raise BadValue(f"invalid field key {key}")


def _add_driver_option(attachment: Attachment, text: str) -> None:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadValue("invalid key value pair format in driver options")
    attachment.driver_opts[name.strip()] = value.strip()


def _priority(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d+", text):
        raise BadValue(f"invalid gw-priority ({text}): invalid syntax")
    number = int(text)
    if not -(1 << 63) <= number < 1 << 63:
        raise BadValue(f"invalid gw-priority ({text}): value out of range")
    return number


NETWORK: Final = FlagType("network", read_network, many=True)
