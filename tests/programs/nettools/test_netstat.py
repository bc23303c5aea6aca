"""`netstat`: captured from net-tools 2.10 on Linux 6.18."""

from __future__ import annotations

import pytest

from tests.programs.iproute2.test_ss import socket
from tests.programs.nettools.nettools_host import tool
from vnetsim.errors import NotModelled

SOCKETS = [
    socket("udp", "UNCONN", "0.0.0.0:53", process="nc", pid=1795),
    socket("udp", "ESTAB", "10.0.0.1:5353", "10.0.0.2:53", process="dig", pid=1800),
    socket("tcp", "ESTAB", "10.0.0.1:50438", "10.0.0.1:8080", process="nc", pid=2286),
    socket("tcp", "LISTEN", "0.0.0.0:8080", send_queue=1, process="nc", pid=1912),
    socket("tcp", "LISTEN", "0.0.0.0:8081", send_queue=1, dual_stack=True, process="nc", pid=2029),
    socket("tcp", "TIME-WAIT", "10.0.0.1:8080", "10.0.0.1:50440"),
]
HEAD = "Proto Recv-Q Send-Q Local Address           Foreign Address         State      "
LISTENS = "tcp        0      0 0.0.0.0:8080            0.0.0.0:*               LISTEN     "
LISTENS6 = "tcp6       0      0 :::8081                 :::*                    LISTEN     "
TALKS = "tcp        0      0 10.0.0.1:50438          10.0.0.1:8080           ESTABLISHED"
WAITS = "tcp        0      0 10.0.0.1:8080           10.0.0.1:50440          TIME_WAIT  "
HEARS = "udp        0      0 0.0.0.0:53              0.0.0.0:*                          "
ASKS = "udp        0      0 10.0.0.1:5353           10.0.0.2:53             ESTABLISHED"
UNIX = "Proto RefCnt Flags       Type       State         I-Node   Path"


def internet(which: str, *rows: str, head: str = HEAD) -> list[str]:
    return [f"Active Internet connections ({which})", head, *rows]


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("netstat -tln", internet("only servers", LISTENS, LISTENS6)),
        ("netstat -tn", internet("w/o servers", TALKS, WAITS)),
        ("netstat -tan", internet("servers and established", LISTENS, TALKS, WAITS, LISTENS6)),
        ("netstat -tuln", internet("only servers", LISTENS, LISTENS6, HEARS)),
        ("netstat -un", internet("w/o servers", ASKS)),
        ("netstat -lnt4", internet("only servers", LISTENS)),
        ("netstat -lnt6", internet("only servers", LISTENS6)),
        ("netstat -wn", internet("w/o servers")),
        ("netstat -x", ["Active UNIX domain sockets (w/o servers)", UNIX]),
        (
            "netstat -ln",
            [*internet("only servers", LISTENS, LISTENS6, HEARS), "Active UNIX domain sockets (only servers)", UNIX],
        ),
    ],
)
def test_sockets_are_listed_as_net_tools_lists_them(command: str, printed: list[str]) -> None:
    ended, _ = tool(command, sockets=SOCKETS)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines() == printed


def test_programs_have_a_column() -> None:
    ended, _ = tool("netstat -tunap", sockets=SOCKETS)
    programs = ("1912/nc", "2286/nc", "-", "2029/nc", "1800/dig", "1795/nc")
    order = (LISTENS, TALKS, WAITS, LISTENS6, ASKS, HEARS)
    rows = [f"{row} {owner:<20}" for row, owner in zip(order, programs, strict=True)]
    assert sorted(ended.out.splitlines()[2:]) == sorted(rows)
    assert ended.out.splitlines()[1] == f"{HEAD} PID/Program name    "


def test_ports_have_names_unless_numbers_are_wanted() -> None:
    lines = tool("netstat -tl", sockets=SOCKETS)[0].out.splitlines()
    assert lines[2].split()[3] == "0.0.0.0:http-alt"
    assert lines[3].split()[3:5] == ["[::]:tproxy", "[::]:*"]


def test_long_addresses_are_cut_unless_wide() -> None:
    far = socket("tcp", "ESTAB", "[fd00:aaaa:bbbb:cccc::1]:8080", "[fd00:aaaa:bbbb:cccc::2]:50000")
    assert tool("netstat -tn", sockets=[far])[0].out.splitlines()[2].split()[3:5] == [
        "fd00:aaaa:bbbb:ccc:8080",
        "fd00:aaaa:bbbb:cc:50000",
    ]
    assert "fd00:aaaa:bbbb:cccc::1:8080 " in tool("netstat -tnW", sockets=[far])[0].out


def test_interfaces_are_listed() -> None:
    head = (
        "Kernel Interface table\n"
        "Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n"
        "lo              65536        0      0      0 0             0      0      0      0 LRU\n"
        "v0               1500       18      0      0 0            26      0      0      0 BMRU\n"
    )
    assert tool("netstat -i")[0].out == head
    assert tool("netstat -ia")[0].out.startswith(head + "v10 ")
    assert tool("netstat -ie")[0].out == "Kernel Interface table\n" + tool("ifconfig")[0].out


def test_how_to_use_it() -> None:
    unknown, _ = tool("netstat -bogus")
    assert (unknown.status, unknown.out) == (3, "")
    assert unknown.err.startswith("netstat: invalid option -- 'b'\nusage: netstat [-vWeenNcCF] [<Af>] -r ")
    assert tool("netstat -h")[0].status == 0
    assert tool("netstat -Z")[0].err == "SELinux is not enabled on this machine.\n"
    assert tool("netstat -V")[0].out.splitlines()[2].startswith("+NEW_ADDRT +RTF_IRTT +RTF_REJECT +FW_MASQUERADE +I18N")


@pytest.mark.parametrize("words", ["-s", "-g4", "-c", "-tlne", "-r -6"])
def test_what_is_not_modelled_is_said(words: str) -> None:
    with pytest.raises(NotModelled):
        tool(f"netstat {words}", sockets=SOCKETS)
