"""`tc qdisc`: who may replace whom, and how it is told (recorded on Linux 6.18 with iproute2 6.1)."""

from __future__ import annotations

import pytest

from tests.machines import typed
from vnetsim import Lab
from vnetsim.operations import ChangeQdisc, DeleteQdisc, Verb
from vnetsim.operations.qdisc import INGRESS, ROOT
from vnetsim.programs.iproute2.lib.arguments import usage_text

FIFO_USAGE, INGRESS_USAGE, NETEM_USAGE, TBF_USAGE = (
    usage_text(f"tc-{kind}").removesuffix("\n") for kind in ("fifo", "ingress", "netem", "tbf")
)
TBF = "tbf rate 1mbit burst 10kb latency 50ms"


def machine(*commands: str) -> Lab:
    """v0 and v1, up, with what `commands` made."""
    lab = Lab(docker=False)
    typed(lab, "ip link add v0 type veth peer name v1\nip link set v0 up\nip link set v1 up")
    for command in commands:
        assert lab.run(command), command
    return lab


def shown(lab: Lab, words: str = "dev v0") -> str:
    return lab.run(f"tc qdisc show {words}").stdout


def test_devices_that_are_up_have_a_discipline_that_does_not_queue() -> None:
    lab = machine(
        "ip link set lo up", "ip tuntap add tap0 mode tap", "ip link set tap0 up", "ip link add br0 type bridge"
    )
    assert shown(lab, "") == (
        "qdisc noqueue 0: dev lo root refcnt 2 \n"
        "qdisc noqueue 0: dev v1 root refcnt 2 \n"
        "qdisc noqueue 0: dev v0 root refcnt 2 \n"
        "qdisc pfifo_fast 0: dev tap0 root refcnt 2 bands 3 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1\n"
    )


def test_what_is_added_is_told_by_ip_link_and_stays_while_the_device_is_down() -> None:
    lab = machine(f"tc qdisc add dev v0 root {TBF}", "ip link set v0 down")
    assert " qdisc tbf state DOWN" in lab.run("ip link show v0").stdout


def test_a_device_that_moves_to_another_namespace_loses_it() -> None:
    lab = machine(
        f"tc qdisc add dev v0 root {TBF}", "ip netns add n", "ip link set v0 netns n", "ip -n n link set v0 up"
    )
    assert lab.run("tc -n n qdisc").stdout == "qdisc noqueue 0: dev v0 root refcnt 2 \n"


def test_the_kernel_counts_handles_from_8001() -> None:
    lab = machine("tc qdisc add dev v0 root pfifo", "tc qdisc add dev v1 root bfifo")
    assert (shown(lab), shown(lab, "dev v1")) == (
        "qdisc pfifo 8001: root refcnt 3 limit 1000p\n",
        "qdisc bfifo 8002: root refcnt 3 limit 1514000b\n",
    )


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("rate 1mbit burst 10kb latency 50ms", "rate 1Mbit burst 10Kb lat 50ms "),
        ("rate 80kbit burst 2000 latency 400ms", "rate 80Kbit burst 2000b lat 400ms "),
        ("rate 1gbit burst 100kb latency 1ms", "rate 1Gbit burst 102375b lat 1ms "),
        ("rate 2mbit burst 10kb limit 10000", "rate 2Mbit burst 10Kb limit 10000b "),
        (
            "rate 2mbit burst 10kb limit 10000 peakrate 3mbit mtu 2000",
            "rate 2Mbit burst 10Kb peakrate 3Mbit minburst 1999b lat 21.3ms ",
        ),
        (
            "rate 2mbit burst 10kb limit 10000 overhead 10 mpu 64 linklayer ethernet",
            "rate 2Mbit burst 10Kb limit 10000b overhead 10 ",
        ),
        ("rate 2mbit burst 1 limit 10000", "rate 2Mbit burst 0b lat 40ms "),
        ("rate 12345bit burst 5432 latency 1234us", "rate 12344bit burst 5431b lat 648us "),
        ("rate 10gbit burst 1mb latency 100ms", "rate 10Gbit burst 1047500b lat 100ms "),
        ("limit 100 burst 2000/8 rate 80kbit overhead 4", "rate 80Kbit burst 2004b limit 100b overhead 4 "),
    ],
)
def test_how_a_token_bucket_filter_is_told(words: str, text: str) -> None:
    assert shown(machine(f"tc qdisc add dev v0 root tbf {words}")) == f"qdisc tbf 8001: root refcnt 3 {text}\n"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("", "limit 1000"),
        ("delay 100ms", "limit 1000 delay 100ms"),
        ("delay 100ms 10ms 25%", "limit 1000 delay 100ms  10ms 25%"),
        ("delay 100us", "limit 1000 delay 99us"),
        ("loss 10% 25%", "limit 1000 loss 10% 25%"),
        ("loss random 0.3", "limit 1000 loss 0.3%"),
        ("duplicate 1%", "limit 1000 duplicate 1%"),
        ("delay 10ms reorder 25% 50%", "limit 1000 delay 10ms reorder 25% 50% gap 1"),
        ("delay 10ms reorder 25% gap 5", "limit 1000 delay 10ms reorder 25% gap 5"),
        ("corrupt 0.1% rate 1mbit 10 20 limit 5", "limit 5 corrupt 0.1% rate 1Mbit packetoverhead 10 cellsize 20"),
    ],
)
def test_how_a_network_emulator_is_told(words: str, text: str) -> None:
    assert shown(machine(f"tc qdisc add dev v0 root netem {words}")) == f"qdisc netem 8001: root refcnt 3 {text}\n"


def test_json() -> None:
    lab = machine(f"tc qdisc add dev v0 root handle 1: {TBF}", "tc qdisc add dev v1 root netem delay 100ms loss 30%")
    assert lab.run("tc -j qdisc show dev v0").stdout == (
        '[{"kind":"tbf","handle":"1:","root":true,"refcnt":3,"options":{"rate":125000,"burst":10240,"lat":50000}}]\n'
    )
    assert lab.run("tc -j qdisc show dev v1").stdout == (
        '[{"kind":"netem","handle":"8001:","root":true,"refcnt":3,"options":{"limit":1000,"delay":{"delay":0.1,'
        '"jitter":0,"correlation":0},"loss-random":{"loss":0.3,"correlation":0},"ecn":false,"gap":0}}]\n'
    )
    assert lab.run("tc -s -d -j qdisc show dev v0").stdout == (
        '[{"kind":"tbf","handle":"1:","root":true,"refcnt":3,"options":{"rate":125000,"burst":"10Kb/1","mpu":0,'
        '"lat":50000,"linklayer":"ethernet"},"bytes":0,"packets":0,"drops":0,"overlimits":0,"requeues":0,"backlog":0,'
        '"qlen":0}]\n'
    )


@pytest.mark.parametrize(
    ("command", "status", "message"),
    [
        ("bogus", 255, 'Command "bogus" is unknown, try "tc qdisc help".'),
        ("show bogus", 255, 'What is "bogus"? Try "tc qdisc help".'),
        ("show dev nosuch", 1, 'Cannot find device "nosuch"'),
        ("add dev nosuch root pfifo", 1, 'Cannot find device "nosuch"'),
        ("add dev v0 root handle xyz pfifo", 255, 'Error: argument "xyz" is wrong: invalid qdisc ID'),
        ("add dev v0 parent xyz pfifo", 255, 'Error: argument "xyz" is wrong: invalid parent ID'),
        ("add dev v0 root root pfifo", 255, 'Error: "root" is duplicate parent ID'),
        ("add dev v0 root ingress", 255, 'Error: "ingress" is a duplicate parent ID'),
        ("add dev v0 dev v1 root pfifo", 255, 'Error: duplicate "dev": "v1" is the second value.'),
        ("add dev v0 root handle", 255, 'Command line is not complete. Try option "help"'),
        ("add dev v0 root bogus thing", 1, 'Unknown qdisc "bogus", hence option "thing" is unparsable'),
        ("add dev v0 root pfifo_fast thing", 255, "qdisc 'pfifo_fast' does not support option parsing"),
        ("add dev v0 ingress thing", 1, f'What is "thing"?\n{INGRESS_USAGE}'),
        ("add dev v0 root pfifo limit abc", 1, 'pfifo: Illegal value for "limit": "abc"'),
        ("add dev v0 root pfifo bogus", 1, f'pfifo: unknown parameter "bogus"\n{FIFO_USAGE}'),
        ("add dev v0 root tbf rate abc burst 10kb limit 3000", 1, 'tbf: illegal value for "rate": "abc"'),
        ("add dev v0 root tbf rate 2mbit burst abc limit 3000", 1, 'tbf: illegal value for "burst": "abc"'),
        ("add dev v0 root tbf rate 2mbit rate 3mbit", 1, 'tbf: duplicate "rate" specification'),
        ("add dev v0 root tbf latency 50ms limit 3000", 1,
         'tbf: specifying both "latency" and "limit" is not allowed'),
        ("add dev v0 root tbf limit 3000 latency 50ms", 1,
         'tbf: specifying both "limit" and "/latency" is not allowed'),
        ("add dev v0 root tbf bogus", 1, f'tbf: unknown parameter "bogus"\n{TBF_USAGE}'),
        ("add dev v0 root tbf", 1,
         ('tbf: the "rate" parameter is mandatory.\ntbf: the "burst" parameter is mandatory.\n'
          f'tbf: either "limit" or "latency" is required.\n{TBF_USAGE}')),
        ("add dev v0 root tbf rate 2mbit burst 10kb limit 3000 peakrate 3mbit", 1,
         f'tbf: when "peakrate" is specified, "mtu" must also be specified.\n{TBF_USAGE}'),
        ("add dev v0 root netem delay abc", 1, 'Illegal "latency"'),
        ("add dev v0 root netem delay 3000s", 1, 'Illegal 3000000000 time (too large)\nIllegal "latency"'),
        ("add dev v0 root netem delay 10ms abc", 1, f'What is "abc"?\n{NETEM_USAGE}'),
        ("add dev v0 root netem delay", 255, 'Command line is not complete. Try option "help"'),
        ("add dev v0 root netem loss abc", 1, "Unknown loss parameter: abc"),
        ("add dev v0 root netem loss 101%", 1, 'Illegal "loss percent"'),
        ("add dev v0 root netem loss state abc", 1, 'Illegal "loss p13"'),
        ("add dev v0 root netem gap abc", 1, 'Illegal "gap"'),
        ("add dev v0 root netem slot abc", 1, "Unknown slot parameter: abc"),
        ("add dev v0 root netem reorder 25% 50%", 1,
         f"reordering not possible without specifying some delay\n{NETEM_USAGE}"),
        ("add dev v0 root netem delay 10ms gap 5", 1, f"gap specified without reorder probability\n{NETEM_USAGE}"),
        ("add dev v0 root netem ecn", 1, f"ecn requested without loss model\n{NETEM_USAGE}"),
        ("add dev v0 root netem delay 10ms distribution normal", 1,
         f"distribution specified but no latency and jitter values\n{NETEM_USAGE}"),
        ("add dev v0 root netem delay 10ms 2ms distribution bogus", 1,
         "No distribution data for bogus (/usr/lib/x86_64-linux-gnu/tc//bogus.dist: No such file or directory)"),
    ],
)  # fmt: skip
def test_what_tc_does_not_understand(command: str, status: int, message: str) -> None:
    result = machine().run(f"tc qdisc {command}")
    assert (result.exit_code, result.stderr) == (status, f"{message}\n")


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (ChangeQdisc(device="v0", kind="netem",
                     options={"latency": 100_000_000, "jitter": 10_000_000, "loss": 429496730}),
         "tc qdisc add dev v0 root netem latency 100000us 10000us loss 10%"),
        (ChangeQdisc(device="v0", kind="tbf", handle=0x10000, verb=Verb.REPLACE,
                     options={"rate": 125000, "burst": 10240, "limit": 16490}),
         "tc qdisc replace dev v0 root handle 1: tbf rate 125000bps burst 10240 limit 16490"),
        (ChangeQdisc(device="v0", kind="ingress", parent=INGRESS, handle=0xFFFF0000), "tc qdisc add dev v0 ingress"),
        (DeleteQdisc(device="v0", parent=ROOT), "tc qdisc del dev v0 root"),
    ],
)  # fmt: skip
def test_an_operation_prints_as_the_command_that_asks_for_it(command: ChangeQdisc | DeleteQdisc, text: str) -> None:
    assert command.command() == text
    lab = machine("tc qdisc add dev v0 root handle 7: pfifo") if "del" in text or "replace" in text else machine()
    assert lab.run(text)
