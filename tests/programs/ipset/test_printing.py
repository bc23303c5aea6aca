"""Sets as they are listed, as ipset 7.17 printed them on Linux 6.18."""

from __future__ import annotations

import pytest

from tests.netfilter.ipset.sets import Sets
from vnetsim.programs.ipset.printing import Printer, names_only


@pytest.fixture
def sets() -> Sets:
    found = Sets()
    found.create("h", "hash:ip", comment=True, counters=True, timeout=9, initval=1)
    found.add("h", "10.0.0.2", packets=3, bytes=4, comment="a b", timeout=0)
    found.create("p", "bitmap:port", within="1-1024")
    found.add("p", "22-23")
    found.create("m", "hash:ip,mark", markmask=0xFF, initval=1)
    found.create("s", "hash:ip", skbinfo=True, initval=1)
    found.add("s", "1.1.1.1", skbmark=(1, 0xFFFFFFFF), skbprio=(1, 2), skbqueue=3)
    return found


HEADER = "family inet hashsize 1024 maxelem 65536"
END = "bucketsize 12 initval 0x00000001"


def test_a_list_has_all_of_a_set(sets: Sets) -> None:
    assert Printer(sets.sets, "plain").text(["h"]) == (
        f"Name: h\nType: hash:ip\nRevision: 6\nHeader: {HEADER} timeout 9 counters comment {END}\n"
        "Size in memory: 348\nReferences: 0\nNumber of entries: 1\nMembers:\n"
        '10.0.0.2 timeout 0 packets 3 bytes 4 comment "a b"\n'
    )
    assert "Members" not in Printer(sets.sets, "plain", terse=True).text(["h"])
    assert Printer(sets.sets, "plain", terse=True).text(["h", "p"]).count("\n\n") == 1


def test_what_is_saved_creates_it(sets: Sets) -> None:
    assert Printer(sets.sets, "save").text(["p", "m", "s"]) == (
        "create p bitmap:port range 1-1024\nadd p 22\nadd p 23\n"
        "create m hash:ip,mark family inet markmask 0x000000ff hashsize 1024 maxelem 65536 "
        f"{END}\n"
        f"create s hash:ip {HEADER} skbinfo {END}\nadd s 1.1.1.1 skbmark 0x1 skbprio 1:2 skbqueue 3\n"
    )


def test_xml(sets: Sets) -> None:
    text = Printer(sets.sets, "xml").text(["h"])
    assert "<timeout>9</timeout><counters/><comment/><bucketsize>12</bucketsize>" in text
    assert (
        "<member><elem>10.0.0.2</elem><timeout>0</timeout><packets>3</packets><bytes>4</bytes>"
        '<comment>"a b"</comment></member>\n</members>\n</ipset>\n</ipsets>\n'
    ) in text
    assert names_only(["h", "p"], "xml") == '<ipsets>\n<ipset name="h"/>\n<ipset name="p"/>\n</ipsets>\n'
    assert names_only(["h", "p"], "plain") == "h\np\n"


def test_members_are_sorted_where_asked(sets: Sets) -> None:
    sets.create("n", "hash:ip", initval=0x12345678)
    sets.add("n", "10.0.0.1-10.0.0.4")
    assert Printer(sets.sets, "save").text(["n"]).split()[-10::3] != []
    lines = Printer(sets.sets, "save", ordered=True).text(["n"]).splitlines()[1:]
    assert lines == [f"add n 10.0.0.{n}" for n in range(1, 5)]
