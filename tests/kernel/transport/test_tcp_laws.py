"""A law for the whole machine: whatever `tc netem` does to the frames between two namespaces, the bytes arrive."""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any

import attrs
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.kernel.servers import run
from tests.machines import pair, typed
from vnetsim.process import Process
from vnetsim.wire.inet import ANY4, IPv4

PORT = 7000


@attrs.define
class Conversation:
    """`a` says `there`, `b` says `back`; what each hears."""

    there: bytes
    back: bytes
    heard_there: bytes = b""
    heard_back: bytes = b""
    over: int = 0

    def serve(self, process: Process) -> Generator[Any, Any, int]:
        listener = process.network.tcp_socket(owner=process)
        listener.bind(ANY4, PORT)
        listener.listen(1)
        connection = yield listener.accept()
        process.fork(lambda child: self._say(child, connection, self.back))
        while data := (yield connection.receive(size=5000)):
            self.heard_there += data
        self.over += 1
        return 0

    def call(self, process: Process) -> Generator[Any, Any, int]:
        socket = process.network.tcp_socket(owner=process)
        yield socket.connect(IPv4.parse("10.0.0.2"), PORT)
        process.fork(lambda child: self._say(child, socket, self.there))
        while data := (yield socket.receive()):
            self.heard_back += data
        self.over += 1
        return 0

    @staticmethod
    def _say(process: Process, socket: Any, text: bytes) -> Generator[Any, Any, int]:
        del process
        for at in range(0, len(text), 7000):
            yield socket.send(text[at : at + 7000])
        socket.shutdown()
        return 0


WEATHER = st.builds(
    "netem delay {} loss {}% duplicate {}%{} limit 100000".format,
    st.sampled_from(["100us", "100us 90us", "3ms 1us", "3ms 2900us"]),
    st.sampled_from([0, 1, 5]),
    st.sampled_from([0, 3]),
    st.sampled_from(["", " reorder 10%"]),
)


#: Without shrinking: each example is a lab of its own, and tells all that there is to tell.
@settings(
    max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck)
)
@given(WEATHER, WEATHER, st.booleans(), st.sampled_from([0, 20_000, 120_000]), st.sampled_from(["cubic", "reno"]))
def test_what_was_written_is_read(there: str, back: str, whole: bool, size: int, control: str) -> None:
    lab = pair()
    typed(lab, f"ip netns exec a tc qdisc add dev eth0 root {there}\nip netns exec b tc qdisc add dev eth0 root {back}")
    for name in "ab":
        typed(lab, f"ip netns exec {name} sysctl -qw net.ipv4.tcp_congestion_control={control}")
        if not whole:
            typed(lab, f"ip netns exec {name} ethtool -K eth0 tso off gso off")
    chance = random.Random(f"{there} {size}")
    conversation = Conversation(chance.randbytes(size), chance.randbytes(size // 3))
    run(lab, "b", conversation.serve)
    run(lab, "a", conversation.call)
    for _ in range(40):
        lab.sleep(30)
        if conversation.over == 2:
            break
    assert conversation.heard_there == conversation.there
    assert conversation.heard_back == conversation.back
    assert conversation.over == 2
