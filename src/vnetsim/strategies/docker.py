"""Docker hosts as strategies: networks, containers in them, and what people do to them.

    @given(docker_hosts())
    def test_isolation(host: DockerHost) -> None:
        lab = Lab()
        for line in host.commands():
            assert lab.run(line), host.session()

Everything drawn is a value that prints as `docker` commands.  A DockerHost works as it is drawn: every command of it
succeeds.  What is done to it afterwards (`docker_changes`) may be refused, as it may be in life.

Not drawn: macvlan, IPv6, links, what only swarms have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
from hypothesis import strategies as st

from vnetsim.values import frozen

#: Images, and the port at which each listens.
IMAGES: Final = {"nginx": 80, "postgres": 5432, "redis": 6379, "alpine": None}
_NETWORKS: Final = ("front", "back", "data")
_CONTAINERS: Final = ("web", "api", "db", "job", "cache")
_ICC: Final = "com.docker.network.bridge.enable_icc"
_MASQUERADE: Final = "com.docker.network.bridge.enable_ip_masquerade"
_MODE: Final = "com.docker.network.bridge.gateway_mode_ipv4"
_DEFAULT: Final = "bridge"


@frozen(kw_only=True)
class DrawnNetwork:
    """A bridge network; `options` are those of `docker network create -o`."""

    name: str
    internal: bool = False
    subnet: str | None = None
    options: tuple[tuple[str, str], ...] = ()

    def command(self) -> str:
        args = ["docker network create", *(["--internal"] if self.internal else [])]
        args += [f"--subnet {self.subnet}"] if self.subnet else []
        args += [f"-o {key}={value}" for key, value in self.options]
        return " ".join([*args, self.name])


@frozen(kw_only=True)
class DockerContainer:
    """A container on one or several networks, or of mode `host`, `none` or `container:OTHER`."""

    name: str
    image: str = "nginx"
    networks: tuple[str, ...] = (_DEFAULT,)
    published: tuple[str, ...] = ()
    mode: str = ""

    @property
    def port(self) -> int | None:
        """Where it listens."""
        return IMAGES[self.image]

    def run(self) -> str:
        first = self.mode or self.networks[0]
        args = [f"docker run -d --name {self.name}", *([] if first == _DEFAULT else [f"--network {first}"])]
        return " ".join([*args, *(f"-p {port}" for port in self.published), self.image])

    def commands(self) -> tuple[str, ...]:
        rest = () if self.mode else self.networks[1:]
        return (self.run(), *(f"docker network connect {network} {self.name}" for network in rest))


@frozen(kw_only=True)
class DockerHost:
    """Networks, and the containers in them."""

    networks: tuple[DrawnNetwork, ...]
    containers: tuple[DockerContainer, ...]

    def commands(self) -> tuple[str, ...]:
        """All that makes it, in order."""
        made = (line for container in self.containers for line in container.commands())
        return (*(network.command() for network in self.networks), *made)

    def session(self, title: str = "A host", after: Sequence[str] = ()) -> str:
        """The text of a `.session` file, without any output."""
        return f"# {title}.\n\n" + "".join(f"$ {line}\n" for line in (*self.commands(), *after))


def docker_networks(name: str = "front") -> st.SearchStrategy[DrawnNetwork]:
    """A network of this name; the simplest is a plain bridge."""
    options = st.sampled_from([(), (), ((_ICC, "false"),), ((_MASQUERADE, "false"),), ((_MODE, "routed"),)])
    return st.builds(
        DrawnNetwork,
        name=st.just(name),
        internal=st.sampled_from([False, False, True]),
        options=options.map(lambda chosen: chosen),
    ).map(_possible)


def _possible(network: DrawnNetwork) -> DrawnNetwork:
    """An internal network has no gateway mode of its own."""
    if network.internal and any(key == _MODE for key, _ in network.options):
        return attrs.evolve(network, options=())
    return network


@st.composite
def docker_containers(draw: st.DrawFn, name: str, networks: Sequence[str], port: int = 8080) -> DockerContainer:
    """A container on some of these networks; `port` of the host may lead to it."""
    image = draw(st.sampled_from(list(IMAGES)))
    chosen = draw(st.lists(st.sampled_from([*networks, _DEFAULT]), min_size=1, max_size=2, unique=True))
    inside = IMAGES[image]
    doors = ["", "", f"{port}:{inside}", f"127.0.0.1:{port}:{inside}"] if inside is not None else [""]
    door = draw(st.sampled_from(doors))
    # The default bridge has no names; as the second network it is joined as any other.
    return DockerContainer(name=name, image=image, networks=tuple(chosen), published=(door,) if door else ())


@st.composite
def docker_hosts(draw: st.DrawFn, max_networks: int = 3, max_containers: int = 4) -> DockerHost:
    """A host with up to so many networks and containers; the first container may be joined by the last."""
    names = _NETWORKS[: draw(st.integers(1, min(max_networks, len(_NETWORKS))))]
    networks = tuple(draw(docker_networks(name)) for name in names)
    count = draw(st.integers(1, min(max_containers, len(_CONTAINERS))))
    containers = [draw(docker_containers(name, names, 8080 + n)) for n, name in enumerate(_CONTAINERS[:count])]
    if count > 1 and draw(st.integers(0, 4)) == 4:
        mode = draw(st.sampled_from([f"container:{containers[0].name}", "host", "none"]))
        containers[-1] = attrs.evolve(containers[-1], image="alpine", mode=mode, published=())
    return DockerHost(networks=networks, containers=tuple(containers))


def docker_changes(host: DockerHost) -> st.SearchStrategy[str]:
    """One command that people type at such a host: networks, life cycles, rules; it may be refused."""
    containers = st.sampled_from([container.name for container in host.containers])
    networks = st.sampled_from([*(network.name for network in host.networks), _DEFAULT])
    verbs = st.sampled_from(["stop", "start", "restart", "kill", "pause", "unpause", "rm -f"])
    return st.one_of(
        st.builds("docker network connect {} {}".format, networks, containers),
        st.builds("docker network disconnect {} {}".format, networks, containers),
        st.builds("docker {} {}".format, verbs, containers),
        st.sampled_from(FIREWALL),
    )


def docker_sequences(host: DockerHost, max_size: int = 5) -> st.SearchStrategy[tuple[str, ...]]:
    """Changes in the order in which they are typed."""
    return st.lists(docker_changes(host), max_size=max_size).map(tuple)


#: What people do to the host's rules.
FIREWALL: Final = (
    "iptables -P FORWARD ACCEPT",
    "iptables -P FORWARD DROP",
    "iptables -P INPUT DROP",
    "iptables -I DOCKER-USER -j DROP",
    "iptables -I DOCKER-USER -j ACCEPT",
    "iptables -I DOCKER-USER -i docker0 -j REJECT",
    "iptables -F DOCKER-USER",
    "iptables -t raw -F",
    "sysctl -w net.ipv4.ip_forward=0",
)
