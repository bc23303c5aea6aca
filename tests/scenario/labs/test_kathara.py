"""A lab of Kathará is a scenario: its devices are namespaces, and its startup files run in them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main
from vnetsim.errors import UsageError
from vnetsim.failures import IncompleteLab
from vnetsim.lab import Lab
from vnetsim.scenario.build import load
from vnetsim.scenario.checkpoint import load_checkpoint
from vnetsim.scenario.script import ScenarioScript
from vnetsim.scenario.session import run_files

EXTERNAL = "lab.ext: a collision domain that is joined to an interface of the host"
ROUTING = "no routing daemon runs here, add its routes with `ip route`"
SYNTAX = 'expected DEVICE[NUMBER]="DOMAIN", DEVICE[OPTION]="VALUE" or a comment'
ROUTED = {
    "lab.conf": 'LAB_NAME="routed"\n# two networks\npc1[0]="A"\nr1[0]="A"\nr1[1]="B" # the other side\npc2[0]=B\n',
    "pc1.startup": "ip address add 10.0.1.2/24 dev eth0\nip route add default via 10.0.1.1\n",
    "pc2.startup": "ifconfig eth0 10.0.2.2/24 up\nroute add default gw 10.0.2.1\n",
    "r1.startup": "ip address add 10.0.1.1/24 dev eth0\nip address add 10.0.2.1/24 dev eth1\n",
}


def written(folder: Path, *others: dict[str, str]) -> Path:
    for files in others:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return folder


def conf(folder: Path, *lines: str) -> Path:
    return written(folder, {"lab.conf": "\n".join(lines) + "\n"})


def output(lab: Lab, line: str) -> str:
    return lab.run(line).stdout.strip()


def refusal(folder: Path) -> str:
    with pytest.raises(UsageError) as caught:
        load(folder)
    return str(caught.value).replace(f"{folder}/", "")


def failures(folder: Path) -> list[str]:
    with pytest.raises(IncompleteLab) as caught:
        load(folder)
    return [str(failure).replace(f"{folder}/", "") for failure in caught.value.failures]


def test_a_folder_is_a_scenario_for_every_question(tmp_path: Path) -> None:
    lab = str(written(tmp_path, ROUTED))
    assert load(lab).run("ip netns exec pc1 ping -c 1 10.0.2.2").exit_code == 0
    run = CliRunner().invoke(main, ["run", lab])
    assert (run.exit_code, run.output) == (0, "")
    reach = CliRunner().invoke(main, ["reach", lab, "--jobs", "1"])
    assert "\npc1              icmp  icmp\n" in reach.output
    assert CliRunner().invoke(main, ["why", lab, "netns:pc1", "netns:pc2"]).exit_code == 0
    policy = tmp_path / "lab.policy"
    policy.write_text("pc1 -> pc2: icmp\n")
    assert CliRunner().invoke(main, ["check", lab, str(policy), "--jobs", "1"]).exit_code == 0


def test_its_commands_make_the_same_lab_again(tmp_path: Path) -> None:
    script = ScenarioScript.load(str(written(tmp_path, ROUTED)))
    lab = script.play(script.lines)
    assert not lab.failures
    assert lab.run("ip netns exec pc2 ping -c 1 10.0.1.2").exit_code == 0


def test_a_lab_has_no_moments(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a lab is brought up whole"):
        load_checkpoint(f"{written(tmp_path, ROUTED)}@2")


def test_a_collision_domain_is_a_bridge_of_the_host_without_an_address(tmp_path: Path) -> None:
    lab = load(conf(tmp_path, 'pc1[0]="A/02:00:00:00:00:11"', 'pc2[0]="A"', 'a_device_with_a_name[0]="A"'))
    assert "02:00:00:00:00:11" in output(lab, "ip -n pc1 link show eth0")
    assert output(lab, "bridge link show").count("master cd-A") == 3
    assert output(lab, "ip -br addr show cd-A").split() == ["cd-A", "UP"]


def test_devices_have_the_settings_of_kathara(tmp_path: Path) -> None:
    lab = load(
        conf(tmp_path, 'pc1[0]="A"', 'pc2[0]="A"', 'pc2[ipv6]="true"', 'pc1[sysctl]="net.ipv4.conf.eth0.proxy_arp=1"')
    )
    assert output(lab, "ip netns exec pc1 sysctl -n net.ipv4.ip_forward net.ipv4.conf.eth0.rp_filter") == "1\n0"
    assert output(lab, "ip netns exec pc1 sysctl -n net.ipv4.conf.eth0.proxy_arp") == "1"
    assert "inet6" not in output(lab, "ip -n pc1 addr show eth0")
    assert "inet6 fe80" in output(lab, "ip -n pc2 addr show eth0")


def test_files_startups_and_options_of_a_device(tmp_path: Path) -> None:
    files = {
        "lab.conf": 'pc1[0]="A"\npc1[env]="WHO=me"\npc1[exec]="ip addr add 10.0.0.9/24 dev eth0"\npc2[0]="A"\n',
        "pc1/etc/resolv.conf": "nameserver 10.0.0.1\n",
        "pc1/etc/demo/name": "one\n",
        "pc2/etc/demo/name": "two\n",
        "pc1/var/www/html/index.html": "page of pc1\n",
        "pc2/var/www/html/index.html": "page of pc2\n",
        "pc1/note.txt": "note\n",
        "shared/readme": "for all\n",
        "shared.startup": "ip link set eth0 mtu 1400\ncat /var/www/html/index.html >> /shared/pages\n",
        "pc1.startup": "ip link set eth0 alias $WHO\ncat /note.txt >> /shared/pages; systemctl start apache2\n",
        "pc2.startup": "ip addr add 10.0.0.10/24 dev eth0; /etc/init.d/apache2 start\n",
        "pc1.shutdown": "ip link set eth0 down\n",
    }
    lab = load(written(tmp_path, files))
    link = output(lab, "ip -n pc1 link show eth0")
    assert "mtu 1400" in link
    assert "alias me" in link
    assert "inet 10.0.0.9/24" in output(lab, "ip -n pc1 addr show eth0")
    assert "mtu 1400" in output(lab, "ip -n pc2 link show eth0")
    assert output(lab, "ip netns exec pc1 cat /etc/resolv.conf /etc/demo/name") == "nameserver 10.0.0.1\none"
    assert output(lab, "ip netns exec pc2 cat /etc/demo/name /shared/readme") == "two\nfor all"
    assert output(lab, "cat /shared/pages") == "page of pc1\nnote\npage of pc2"
    assert output(lab, "ip netns exec pc1 curl -s 10.0.0.10 10.0.0.9") == "page of pc2\npage of pc1"
    assert output(lab, "ip netns exec pc2 getent hosts pc2") == "127.0.1.1       pc2"
    assert lab.run("ip netns exec pc1 sh /hostlab/pc1.shutdown").exit_code == 0


def test_a_bridged_device_publishes_ports_on_the_host(tmp_path: Path) -> None:
    lab = load(
        written(
            tmp_path,
            {
                "lab.conf": 'web[0]="A"\nweb[bridged]="true"\nweb[port]="8080:80/tcp"\n',
                "web.startup": "python3 -m http.server 80 >/dev/null 2>&1 &\n",
            },
        )
    )
    assert "default via 172.17.0.1 dev eth1" in output(lab, "ip -n web route")
    assert lab.run("curl -s http://172.17.0.1:8080/").exit_code == 0


def test_devices_start_in_the_order_of_their_dependencies(tmp_path: Path) -> None:
    files = {
        "lab.conf": 'a[0]="A"\nb[0]="A"\n',
        "a.startup": "cat /tmp/order\n",
        "b.startup": "echo b > /tmp/order\n",
        "lab.dep": "# b first\na: b\n",
    }
    assert load(written(tmp_path, files)).failures == ()
    (tmp_path / "lab.dep").write_text("a: b\nb: a\n")
    assert refusal(tmp_path) == "lab.dep: a, b wait for each other: expected dependencies without a loop"


def test_what_is_not_modelled_is_named_with_its_line(tmp_path: Path) -> None:
    files = {
        "lab.conf": 'r1[0]="A"\nr1[volume]="/home|/mnt"\n',
        "r1.startup": "# routing\nsystemctl start frr\n/etc/init.d/zebra start\nsimple_switch &\n",
        "lab.ext": "A enp1s0\n",
    }
    written(tmp_path, files)
    (tmp_path / "r1" / "root").mkdir(parents=True)
    (tmp_path / "r1" / "root" / "data").write_bytes(b"\xff\x00")
    assert failures(tmp_path) == [
        'lab.conf:2: `r1[volume]="/home|/mnt"`: vnetsim: not modelled: the option volume of lab.conf',
        f"lab.ext:1: `A enp1s0`: vnetsim: not modelled: {EXTERNAL}",
        "r1/root/data:1: `cp r1/root/data /root/data`: vnetsim: not modelled: a file that is no UTF-8 text",
        f"r1.startup:2: `systemctl start frr`: vnetsim: not modelled: the unit frr: {ROUTING}",
        f"r1.startup:3: `/etc/init.d/zebra start`: vnetsim: not modelled: the unit zebra: {ROUTING}",
        "r1.startup:4: `simple_switch`: vnetsim: not modelled: the program simple_switch",
    ]
    assert load(tmp_path, incomplete=True).failures


def test_a_command_of_a_startup_that_fails_makes_the_lab_incomplete(tmp_path: Path) -> None:
    written(tmp_path, {"lab.conf": 'r1[0]="A"\n', "r1.startup": "\nip route add default via 9.9.9.9\n"})
    assert failures(tmp_path) == [
        "r1.startup:2: `ip route add default via 9.9.9.9` ended with 2: Error: Nexthop has invalid gateway."
    ]


def test_routing_daemons_are_refused_with_what_to_use(tmp_path: Path) -> None:
    written(tmp_path, {"lab.conf": 'r1[0]="A"\n', "r1.startup": "ip link set lo up\n/etc/init.d/frr start\n"})
    assert failures(tmp_path)[0].startswith(
        "r1.startup:2: `/etc/init.d/frr start`: vnetsim: not modelled: the unit frr: no"
    )


def test_another_image_starts_no_daemon_of_kathara(tmp_path: Path) -> None:
    files = {"lab.conf": 'w[0]="A"\nw[image]="ubuntu"\n', "w.startup": "service apache2 start\n"}
    assert "systemd would start it on the host" in failures(written(tmp_path, files))[0]


def test_images_of_others_are_assumed_to_start_nothing(tmp_path: Path) -> None:
    lab = load(conf(tmp_path, 'w[image]="lscr.io/linuxserver/wireshark"', 'w[port]="3000:3000"', 'w[mem]="64m"'))
    assert list(lab.shortfall.assumptions) == [
        "assumed: image lscr.io/linuxserver/wireshark of w starts nothing that answers",
        "assumed: port 3000:3000 of w has no effect: it is not bridged",
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["pc1 eth0 A"], f":1: {SYNTAX}, found 'pc1 eth0 A'"),
        (["", 'pc1[0]="A,B"'], ":2: expected a collision domain, as A or A/02:42:ac:11:00:02, found 'A,B'"),
        (['pc1[0]="A/zz"'], ":1: expected a MAC address like 02:42:ac:11:00:02, found 'zz'"),
        (['pc1[0]="A"', 'pc1[2]="B"'], ":2: pc1 has eth2 and no eth1: expected 1"),
        (['pc1[0]="A"', 'pc1[0]="B"'], ":2: eth0 of pc1 is in a collision domain already, by line 1"),
        (['pc1[0]="A"', 'pc1[1]="A"'], ":2: pc1 is in A already, by line 1: expected another collision domain"),
        (['shared[0]="A"'], ":1: shared is a name that Kathará reserves: expected another one"),
        (['pc1[0]="A"', 'pc1[ipv6]="maybe"'], ":2: expected true or false for ipv6, found 'maybe'"),
        (['pc1[sysctl]="kernel.x=1"'], ":1: expected net.KEY=VALUE, found 'kernel.x=1'"),
        (['pc1[env]="X"'], ":1: expected NAME=VALUE, found 'X'"),
        (['pc1[bridged]="yes"', 'pc1[port]="http"'], ":2: expected [HOST:]GUEST[/tcp|/udp], found 'http'"),
        (['pc1[99999]="A"'], ":1: expected the number of an interface, found 99999"),
        (["# nothing"], ': there is no device in this file: no line like pc1[0]="A"'),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_in_one_sentence(tmp_path: Path, lines: list[str], expected: str) -> None:
    assert refusal(conf(tmp_path, *lines)) == f"lab.conf{expected}"
    result = CliRunner().invoke(main, ["reach", str(tmp_path)])
    assert (result.exit_code, result.output.count("\n")) == (2, 1)


def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("no\n")
    lab = conf(tmp_path / "lab", 'pc1[0]="A"')
    (lab / "pc1").mkdir()
    (lab / "pc1" / "file").symlink_to(secret)
    assert "no file outside it is read" in refusal(lab)
    (lab / "pc1" / "file").unlink()
    (lab / "pc1.startup").symlink_to(secret)
    assert "no file outside it is read" in refusal(lab)


def test_output_of_startups_is_shown(tmp_path: Path) -> None:
    shown = io.StringIO()
    written(tmp_path, {"lab.conf": 'a[0]="A"\n', "a.startup": "echo ready\n"})
    assert run_files([tmp_path], shown.write) == 0
    assert shown.getvalue() == "ready\n"
