"""`docker network ls` (docker/cli, network/list.go): in natural order, numbers in names counting as numbers."""

from __future__ import annotations

import re
from typing import Any, Final

from vnetsim.digits import is_digits
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import ParsedFlags
from vnetsim.programs.docker.formatter import Column, Listing, label_text, short_id
from vnetsim.programs.docker.go.times import printed
from vnetsim.programs.docker.session import DockerSession
from vnetsim.values import frozen

_CHUNK: Final = re.compile(r"[0-9]+|.", re.DOTALL)


def natural_order(name: str) -> tuple[tuple[int, int, str, int], ...]:
    """A sort key: digits before other characters, numbers by their value, then by how few zeros they begin with."""
    return tuple(_chunk_order(chunk) for chunk in _CHUNK.findall(name))


def _chunk_order(chunk: str) -> tuple[int, int, str, int]:
    if not (chunk.isascii() and is_digits(chunk)):
        return 1, 0, chunk, 0
    digits = chunk.lstrip("0")
    return 0, len(digits), digits, len(chunk) - len(digits)


@frozen(eq=False)
class NetworkRow:
    network: dict[str, Any]
    short: bool

    def id(self) -> str:
        identity: str = self.network["Id"]
        return short_id(identity) if self.short else identity

    def value(self, key: str) -> str:
        value = self.network[key]
        return str(value).lower() if isinstance(value, bool) else str(value)

    def labels(self) -> dict[str, str]:
        return self.network["Labels"] or {}


LISTING: Final[Listing[NetworkRow]] = Listing(
    type_name="*network.networkContext",
    columns={
        "ID": Column("NETWORK ID", NetworkRow.id),
        "Name": Column("NAME", lambda row: row.value("Name")),
        "Driver": Column("DRIVER", lambda row: row.value("Driver")),
        "Scope": Column("SCOPE", lambda row: row.value("Scope")),
        "IPv4": Column("IPV4", lambda row: row.value("EnableIPv4")),
        "IPv6": Column("IPV6", lambda row: row.value("EnableIPv6")),
        "Internal": Column("INTERNAL", lambda row: row.value("Internal")),
        "Labels": Column("LABELS", lambda row: label_text(row.labels())),
        "CreatedAt": Column("CREATED AT", lambda row: printed(row.network["Created"])),
    },
    table="{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}",
    raw="network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n",
    raw_quiet="network_id: {{.ID}}",
    labels=NetworkRow.labels,
)


def run(session: DockerSession, options: ParsedFlags) -> Program:
    networks = sorted(
        session.engine.network_list(options.filters()), key=lambda network: natural_order(network["Name"])
    )
    rows = [NetworkRow(network, not options.switch("no-trunc")) for network in networks]
    session.process.write(LISTING.render(rows, options.text("format"), quiet=options.switch("quiet")))
    return 0
