"""Configuration files: what they say, what they reset, and the sentence of a wrong line (the recording wg_conf)."""

from __future__ import annotations

import pytest

from tests.kernel.drivers.wireguard.wireguard_lab import PRIVATE, PUBLIC
from tests.machines import typed
from vnetsim import Lab

CONF = (
    f"[Interface]\\nPrivateKey = {PRIVATE['a']}\\nListenPort = 7 # comment\\n\\n[peer]\\npublickey={PUBLIC['b']}\\n"
    f"AllowedIPs = 10.1.0.0/16, 10.2.0.0/16\\nAllowedIPs=fd00::/64\\nPersistentKeepalive = 15\\n"
)
PEER = f"[Peer]\\nPublicKey={PUBLIC['c']}\\n"
INTERFACE = "[Interface]\\n"


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab(docker=False)
    typed(lab, "ip link add wg0 type wireguard\nip link add d0 type dummy")
    return lab


def _written(lab: Lab, text: str) -> str:
    typed(lab, f"sh -c 'printf \"{text}\" > /tmp/conf'")
    return "/tmp/conf"


def test_a_file_is_read_and_written_as_real_wg_does(lab: Lab) -> None:
    typed(lab, f"wg setconf wg0 {_written(lab, CONF)}")
    lines = typed(lab, "wg showconf wg0").stdout.splitlines()
    assert "AllowedIPs = 10.1.0.0/16, 10.2.0.0/16, fd00::/64" in lines
    assert lines[1] == "ListenPort = 7"


def test_addconf_adds_and_setconf_resets_and_syncconf_changes_what_differs(lab: Lab) -> None:
    typed(lab, f"wg setconf wg0 {_written(lab, CONF)}")
    typed(lab, f"wg addconf wg0 {_written(lab, PEER)}")
    assert len(typed(lab, "wg show wg0 peers").stdout.split()) == 2
    typed(lab, f"wg syncconf wg0 {_written(lab, CONF.replace('PersistentKeepalive = 15', ''))}")
    assert typed(lab, "wg show wg0 persistent-keepalive").stdout == f"{PUBLIC['b']}\toff\n"
    typed(lab, f"wg setconf wg0 {_written(lab, INTERFACE)}")
    assert typed(lab, "wg showconf wg0").stdout == "[Interface]\n\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[Interface]\\nBogus = 1\\n", "Line unrecognized: `Bogus=1'\nConfiguration parsing error\n"),
        ("[Bogus]\\n", "Line unrecognized: `[Bogus]'\nConfiguration parsing error\n"),
        ("[Interface]\\nListenPort =\\n", "Line unrecognized: `ListenPort='\nConfiguration parsing error\n"),
        ("[Peer]\\nAllowedIPs = 10.0.0.0/8\\n", "A peer is missing a public key\nInvalid configuration\n"),
        (
            "[Interface]\\nPrivateKey = short\\n",
            "Key is not the correct length or format: `short'\nConfiguration parsing error\n",
        ),
    ],
)
def test_a_wrong_file_changes_nothing(lab: Lab, text: str, sentence: str) -> None:
    result = lab.run(f"wg setconf wg0 {_written(lab, text)}")
    assert (result.exit_code, result.stderr) == (1, sentence)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("bogus", "Invalid argument: bogus"),
        ("listen-port", "Invalid argument: listen-port"),
        ("remove", "Invalid argument: remove"),
        (f"peer {PUBLIC['b']} listen-port 7", "Invalid argument: listen-port"),
        (f"peer {PUBLIC['b']} endpoint 10.0.0.2", "Unable to find port of endpoint: `10.0.0.2'"),
        (f"peer {PUBLIC['b']} endpoint :5", "Name or service not known: `:5'"),
        (f"peer {PUBLIC['b']} endpoint [fe80::1", "Unable to find matching brace of endpoint: `[fe80::1'"),
        (f"peer {PUBLIC['b']} allowed-ips 1.2.3.4/99", "AllowedIP is not in the correct format: `1.2.3.4/99'"),
        ("private-key /nosuch", "fopen: No such file or directory"),
    ],
)
def test_wrong_arguments_of_set(lab: Lab, words: str, sentence: str) -> None:
    result = lab.run(f"wg set wg0 {words}")
    assert (result.exit_code, result.stderr) == (1, f"{sentence}\n")


def test_what_is_not_modelled_is_refused(lab: Lab) -> None:
    result = lab.run(f"wg set wg0 peer {PUBLIC['b']} endpoint [fe80::1%d0]:5")
    assert result.exit_code != 0
    assert "vnetsim: not modelled: an endpoint that belongs to one link" in result.stderr
