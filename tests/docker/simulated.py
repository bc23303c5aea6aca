"""A simulated Docker host that tells what its engine does to it, as a shell script."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from typing import Any

import pytest

from vnetsim.docker.api.types import Json
from vnetsim.docker.engine import DockerEngine
from vnetsim.errors import EngineError
from vnetsim.kernel.rtnetlink.network import NetnsNetwork
from vnetsim.lab import Lab
from vnetsim.netfilter.operations import CheckRule, Deferred

#: What chance decides, and what it is called here.
RANDOM = (
    (re.compile(r"\bveth[0-9a-f]{7}\b"), "veth"),
    (re.compile(r"\bbr-[0-9a-f]{12}\b"), "br"),
    (re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b"), "mac"),
    (re.compile(r"\b(?<=netns )\d+\b"), "pid"),
    (re.compile(r"\b(?:3276[89]|32[89]\d\d|3[3-9]\d{3}|4\d{4}|5\d{4}|60\d{3})\b"), "port"),
)


class Simulated:
    """`engine` runs on a host with eth0 192.168.56.10/24; a second machine, `lan`, is 192.168.56.20."""

    def __init__(self, *flags: str, seed: int = 0) -> None:
        self.lab = Lab.docker_host(seed, docker_flags=flags, has_registry=False)
        engine = self.lab.docker.engine
        assert isinstance(engine, DockerEngine)
        self.engine = engine
        self._names: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    # --- asking the engine -----------------------------------------------------------------------------------------

    def do(self, doing: Generator[Any, Any, Any]) -> Any:
        return self.lab.do(doing)

    def refusal(self, doing: Generator[Any, Any, Any]) -> str:
        with pytest.raises(EngineError) as refused:
            self.lab.do(doing)
        return f"{refused.value.status} {refused.value.message}"

    def network(self, name: str, **body: Any) -> str:
        """Create a network; its id."""
        answer: Json = self.do(self.engine.network_create({"Name": name, **body}))
        return str(answer["Id"])

    def create(self, name: str, image: str = "alpine", networks: Sequence[str] = (), **host_config: Any) -> str:
        """A container on these networks; its id."""
        mode = {"NetworkMode": networks[0]} if networks else {}
        endpoints: Json | None = {"EndpointsConfig": {network: {} for network in networks}} if networks else None
        body = {"Image": image, "HostConfig": {**mode, **host_config}, "NetworkingConfig": endpoints}
        answer: Json = self.do(self.engine.container_create(body, name))
        return str(answer["Id"])

    def run(self, name: str, image: str = "alpine", networks: Sequence[str] = (), **host_config: Any) -> str:
        made = self.create(name, image, networks, **host_config)
        self.do(self.engine.container_start(name))
        return made

    def exec(self, name: str, *command: str) -> str:
        """What the command prints in the container."""
        return self.lab.run(f"docker exec {name} {' '.join(command)}").output

    def networks_of(self, name: str) -> Json:
        networks: Json = self.engine.container_inspect(name)["NetworkSettings"]["Networks"]
        return networks

    def address(self, name: str, network: str) -> str:
        return str(self.networks_of(name)[network]["IPAddress"])

    def rules(self, *options: str) -> list[str]:
        return self.lab.run(f"iptables {' '.join(options)}").stdout.splitlines()

    # --- what it does to the host ----------------------------------------------------------------------------------

    def script(self, doing: Generator[Any, Any, Any]) -> list[str]:
        """The commands that come to the same; those inside a container begin with `@`."""
        commands: list[str] = []
        execute = NetnsNetwork.execute
        root = self.lab.network()

        def told(network: NetnsNetwork, operation: Any) -> None:
            execute(network, operation)
            if not isinstance(operation, CheckRule):
                inside = "" if network is root else "@ "
                lines = operation.command().split("; ") if isinstance(operation, Deferred) else [operation.command()]
                commands.extend(self.named(f"{inside}{line}") for line in lines)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(NetnsNetwork, "execute", told)
            self.do(doing)
        return commands

    def named(self, text: str) -> str:
        """With what is random named in the order of its first appearance: veth1, br1, mac1 ..."""
        for pattern, kind in RANDOM:
            for token in pattern.findall(text):
                text = text.replace(token, self._name(kind, token))
        return text

    def _name(self, kind: str, token: str) -> str:
        if token not in self._names:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._names[token] = f"{kind}{self._counts[kind]}"
        return self._names[token]
