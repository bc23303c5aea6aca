"""The matrix is what `ping` and `nc -z` say pair by pair, and says it for people and programs."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reach.typed import disagreements
from vnetsim.lab import Lab
from vnetsim.reach.matrix.diff import changes
from vnetsim.reach.matrix.matrix import Matrix
from vnetsim.reach.probing.sweep import Backlog, batches
from vnetsim.reports.matrix import present
from vnetsim.scenario import tutorial
from vnetsim.scenario.checkpoint import load_checkpoint
from vnetsim.strategies import DockerHost, Scenario, docker_hosts, docker_sequences, scenarios

CALM = settings(deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def changed_hosts(draw: st.DrawFn) -> tuple[DockerHost, tuple[str, ...]]:
    host = draw(docker_hosts())
    return host, draw(docker_sequences(host, 3))


def docker_lab(host: DockerHost, changes: tuple[str, ...]) -> Lab:
    lab = Lab.docker_host()
    lab.accept_failures()
    for line in (*host.commands(), *changes):
        lab.run(line)
    return lab


def kernel_lab(scenario: Scenario) -> Lab:
    lab = Lab(docker=False)
    lab.accept_failures()
    for line in (*scenario.setup, *scenario.changes):
        lab.run(line)
    return lab


@settings(CALM, max_examples=3)
@given(changed_hosts())
def test_the_matrix_of_a_docker_host_is_what_is_typed(drawn: tuple[DockerHost, tuple[str, ...]]) -> None:
    lab = docker_lab(*drawn)
    assert disagreements(lab, Matrix.of(lab)) == []


@settings(CALM, max_examples=4)
@given(scenarios())
def test_the_matrix_of_namespaces_is_what_is_typed(scenario: Scenario) -> None:
    lab = kernel_lab(scenario)
    assert disagreements(lab, Matrix.of(lab, ports=["icmp", "tcp/80"])) == []


@pytest.mark.parametrize("path", tutorial.paths(), ids=lambda path: path.stem)
def test_the_matrix_of_a_lesson_is_what_is_typed(path: Path) -> None:
    lab = load_checkpoint(str(path))
    assert disagreements(lab, Matrix.of(lab)) == []


SHOP = (
    "docker network create front",
    "docker network create --internal back",
    "docker run -d --name web --network front -p 8080:80 nginx",
    "docker run -d --name api --network front alpine nc -lk -p 8000",
    "docker network connect back api",
    "docker run -d --name db --network back -e POSTGRES_PASSWORD=secret postgres",
)


def shop() -> Lab:
    lab = Lab.docker_host(hostname="vm")
    for line in SHOP:
        assert lab.run(line), line
    return lab


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return Matrix.of(shop())


def test_text_shows_names_and_what_is_open_to_the_lan(matrix: Matrix) -> None:
    assert present(matrix, "text") == (
        "from \\ to  host           lan   web            api              db\n"
        "host                      icmp  icmp tcp/80    icmp tcp/8000    icmp tcp/5432\n"
        "lan        icmp tcp/8080        -              -                -\n"
        "web        icmp tcp/8080  icmp                 icmp@ tcp/8000@  -\n"
        "api        icmp tcp/8080  icmp  icmp@ tcp/80@                   icmp@ tcp/5432@\n"
        "db         icmp           -     -              icmp@ tcp/8000@\n"
        "\n"
        "@: by its name as well\n"
        "open to the LAN: host 192.168.56.10 tcp/8080, published for web tcp/80, past the INPUT rules of the host"
        " (it meets only FORWARD)\n"
    )


def test_a_published_port_is_open_though_the_host_drops_everything() -> None:
    lab = shop()
    assert lab.run("iptables -P INPUT DROP")
    matrix = Matrix.of(lab, senders=["lan"], receivers=["host"])
    assert not matrix.reaches("lan", "host")
    (door,) = matrix.open_to_lan()
    assert (str(door.probe), door.published, door.firewall) == ("tcp/8080", "web tcp/80", "FORWARD")


def test_rows_are_plain_values_with_the_same_keys(matrix: Matrix) -> None:
    rows = matrix.rows()
    assert {tuple(row) for row in rows} == {tuple(rows[0])}
    assert {type(value) for row in rows for value in row.values()} == {str, int, bool}
    assert json.loads(present(matrix, "json"))["rows"] == rows


@pytest.mark.parametrize("form", ["csv", "markdown", "html"])
def test_every_form_names_everybody(matrix: Matrix, form: str) -> None:
    text = present(matrix, form)
    assert all(name in text for name in ("host", "lan", "web", "api", "db", "tcp/8000" if form != "csv" else ",8000,"))


def test_the_graph_has_an_edge_for_what_is_reached(matrix: Matrix) -> None:
    graph = matrix.graph()
    assert nx.has_path(graph, "web", "db")
    assert not graph.has_edge("web", "db")
    assert graph.nodes["web"]["kind"] == "container"


def test_asking_leaves_the_lab_as_it_was() -> None:
    lab = shop()
    now = lab.now()
    Matrix.of(lab, ports=["icmp"])
    assert lab.now() == now
    assert lab.run("conntrack -L").stdout == shop().run("conntrack -L").stdout


def test_a_server_for_one_client_answers_each_as_the_first() -> None:
    lab = Lab()
    for name in ("aa", "bb", "cc"):
        assert lab.run(f"docker run -d --name {name} nettools{' nc -l -p 7' if name == 'cc' else ''}")
    matrix = Matrix.of(lab, ports=["tcp/7"])
    assert matrix.reaches("aa", "cc", "tcp/7")
    assert matrix.reaches("bb", "cc", "tcp/7")
    assert disagreements(lab, matrix) == []


def test_a_counting_rule_counts_each_probe_alone() -> None:
    lab = Lab()
    for name in ("aa", "bb", "cc"):
        assert lab.run(f"docker run -d --name {name} alpine sleep infinity")
    assert lab.run("iptables -I DOCKER-USER -m limit --limit 1/hour --limit-burst 1 -j ACCEPT")
    assert lab.run("iptables -A DOCKER-USER -j DROP")
    matrix = Matrix.of(lab, ports=["icmp"], receivers=["cc"], senders=["aa", "bb"])
    assert disagreements(lab, matrix) == []


def test_a_bridge_that_does_not_flood_lets_nobody_profit_from_others() -> None:
    lab = Lab(docker=False)
    for name in ("a", "b"):
        lab.run(f"ip netns add {name} && ip link add eth0 netns {name} type veth peer name p{name}")
    lab.run("ip link add br0 type bridge && ip link set br0 up")
    for name, number in (("a", 1), ("b", 2)):
        lab.run(f"ip -n {name} addr add 10.0.0.{number}/24 dev eth0 && ip -n {name} link set eth0 up")
        lab.run(f"ip link set p{name} master br0 up")
    assert lab.run("bridge link set dev pb bcast_flood off")
    matrix = Matrix.of(lab, ports=["icmp"], senders=["a", "b"], receivers=["a", "b"])
    assert not matrix.reaches("a", "b")
    assert matrix.reaches("b", "a")


def test_what_changed_between_two_moments() -> None:
    before, after = Matrix.of(shop()), shop()
    assert after.run("docker network disconnect back api")
    found = [str(change) for change in changes(before, Matrix.of(after)) if change.port == "tcp/5432"]
    assert found == ["- api -> db: tcp/5432 by its name", "- api -> db: tcp/5432"]


@pytest.mark.parametrize(("checkpoint", "containers"), [("1", 0), ("3", 1), ("later", 1), ("The shop", 0)])
def test_a_moment_is_a_number_or_a_label(tmp_path: Path, checkpoint: str, containers: int) -> None:
    path = tmp_path / "shop.session"
    first, second, third, *rest = SHOP
    path.write_text("\n".join(["# The shop", *(f"$ {line}" for line in (first, second, third)), "", "# later",
                               *(f"$ {line}" for line in rest)]))  # fmt: skip
    lab = load_checkpoint(f"{path}@{checkpoint}")
    assert (len(lab.docker.container_list()) if lab.has_engine else 0) == containers


@given(st.lists(st.none() | st.builds(Backlog, st.sampled_from("ab"), st.integers(1, 3)), max_size=40))
def test_no_wave_is_too_large_for_itself_or_for_a_server(backlogs: list[Backlog | None]) -> None:
    made = batches(backlogs, size=7)
    assert sorted(place for batch in made for place in batch) == list(range(len(backlogs)))
    for batch in made:
        assert 0 < len(batch) <= 7
        for server in "ab":
            same = [backlog for place in batch if (backlog := backlogs[place]) is not None and backlog.server == server]
            assert all(before < backlog.clients for before, backlog in enumerate(same))


def test_a_routed_port_is_none_of_the_host() -> None:
    lab = Lab()
    for line in (
        "docker network create -o com.docker.network.bridge.gateway_mode_ipv4=routed front",
        "docker run -d --name web --network front -p 8080:80 nginx",
    ):
        assert lab.run(line), line
    matrix = Matrix.of(lab, senders=["host"], receivers=["web"])
    assert matrix.reaches("host", "web", "tcp/80")
    assert not any(cell.published for cell in matrix.cells)


def test_a_paused_container_is_reached_and_reaches_nobody() -> None:
    lab = Lab.docker_host()
    for line in (
        "docker network create app",
        "docker run -d --name web --network app nginx",
        "docker run -d --name job --network app alpine sleep infinity",
        "docker pause web",
    ):
        assert lab.run(line)
    matrix = Matrix.of(lab)
    assert "web" not in {cell.source.short for cell in matrix.cells}
    reached = {cell.reached for cell in matrix.cells if (cell.source.short, cell.destination.short) == ("job", "web")}
    assert True in reached
    assert not disagreements(lab, matrix)


def test_the_queue_of_a_paused_server_is_as_long_for_each_as_for_the_first() -> None:
    lab = Lab()
    for line in (
        "docker run -d --name web alpine nc -lk -p 7",
        "docker run -d --name one alpine sleep infinity",
        "docker run -d --name two alpine sleep infinity",
        "docker pause web",
    ):
        assert lab.run(line)
    matrix = Matrix.of(lab, ports=["tcp/7"], receivers=["web"])
    assert all(matrix.reaches(name, "web", "tcp/7") for name in ("host", "one", "two"))
    assert not disagreements(lab, matrix)
