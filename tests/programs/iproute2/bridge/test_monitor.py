"""`bridge monitor`; the recording with all of it is tests/recorded/kernel-vm/brmon."""

from __future__ import annotations

from vnetsim import Lab


def test_ports_and_entries_are_told_of_as_they_change() -> None:
    lab = Lab()
    heard = lab.run(
        """
        ip link add br0 address 02:00:00:00:00:aa type bridge; ip link add d0 address 02:00:00:00:00:01 type dummy
        ip link set br0 up
        bridge monitor link fdb > out & bridge monitor fdb > fdb & ip monitor neigh > neigh & sleep 1
        ip link set d0 master br0; bridge fdb add 02:00:00:00:00:77 dev d0 master static
        bridge link set dev d0 cost 7; ip link set d0 nomaster; sleep 1
        grep -v '[0-9]: br0\\|vlan' out; echo ---; cat fdb neigh
        """
    ).stdout.split("---\n")
    assert heard[0].splitlines() == [
        "3: d0: <BROADCAST,NOARP> mtu 1500 master br0 ",
        "3: d0: <BROADCAST,NOARP> mtu 1500 master br0 ",
        "02:00:00:00:00:01 dev d0 master br0 permanent",
        "3: d0: <BROADCAST,NOARP> mtu 1500 master br0 state disabled priority 32 cost 100 ",
        "02:00:00:00:00:77 dev d0 master br0 static",
        "3: d0: <BROADCAST,NOARP> mtu 1500 master br0 state disabled priority 32 cost 7 ",
        "3: d0: <BROADCAST,NOARP> mtu 1500 master br0 ",
        "Deleted 3: d0: <BROADCAST,NOARP> mtu 1500 master br0 ",
        "Deleted 02:00:00:00:00:77 dev d0 master br0 static",
        "Deleted 02:00:00:00:00:01 dev d0 master br0 permanent",
        "3: d0: <BROADCAST,NOARP> mtu 1500 ",
    ]
    assert "02:00:00:00:00:77 dev d0 master br0 static\n" in heard[1]
    assert "dev d0 lladdr 02:00:00:00:00:77 NOARP \n" in heard[1]


def test_what_is_refused() -> None:
    lab = Lab()
    for command, status, said in (
        ("bridge monitor nonsense", 255, 'Argument "nonsense" is unknown, try "bridge monitor help".\n'),
        ("bridge monitor", 2, "vnetsim: not modelled: bridge monitor all\n"),
        ("bridge monitor link vlan", 2, "vnetsim: not modelled: bridge monitor vlan\n"),
    ):
        result = lab.run(command)
        assert (result.exit_code, result.stderr) == (status, said)
