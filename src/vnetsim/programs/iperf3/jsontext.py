"""The JSON of `iperf3 -J`, as cJSON prints it.  Of a processor's load there is none here: it is 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vnetsim.programs.http.messages import date
from vnetsim.programs.iperf3.report import Figures, together

if TYPE_CHECKING:
    from vnetsim.programs.iperf3.client import Test


def dumps(value: object, depth: int = 0) -> str:
    """Tabs, and numbers with fifteen digits where these are enough, else with seventeen."""
    if isinstance(value, dict):
        if not value:
            return "{\n" + "\t" * depth + "}"
        inner = "\t" * (depth + 1)
        lines = [f'{inner}"{name}":\t{dumps(each, depth + 1)}' for name, each in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + "\t" * depth + "}"
    if isinstance(value, list):
        return "[" + ", ".join(dumps(each, depth + 1) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        short = f"{value:.15g}"
        return short if float(short) == value else f"{value:.17g}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def result(test: Test, sent: Sequence[Figures], received: Sequence[Figures]) -> dict[str, Any]:
    end: dict[str, Any] = {"streams": [_stream(test, *pair) for pair in zip(test.streams, sent, received, strict=True)]}
    if test.options.udp:
        end["sum"] = _figures(together(received), sender=not test.options.reverse)
    end["sum_sent"] = _figures(together(sent), sender=True if test.options.udp else not test.options.reverse)
    end["sum_received"] = _figures(together(received), sender=False if test.options.udp else not test.options.reverse)
    end["cpu_utilization_percent"] = dict.fromkeys(
        ("host_total", "host_user", "host_system", "remote_total", "remote_user", "remote_system"), 0
    )
    if not test.options.udp:
        own = test.streams[0].socket.info().congestion_control
        theirs = test.server_results.get("congestion_used", own)
        end["sender_tcp_congestion"], end["receiver_tcp_congestion"] = (
            (theirs, own) if test.options.reverse else (own, theirs)
        )
    return {"start": _start(test), "intervals": _intervals(test), "end": end}


def _start(test: Test) -> dict[str, Any]:
    options, process = test.options, test.process
    machine = process.machine
    document: dict[str, Any] = {
        "connected": [
            {"socket": stream.number, "local_host": str(stream.local[0]), "local_port": stream.local[1],
             "remote_host": str(stream.remote[0]), "remote_port": stream.remote[1]}
            for stream in test.streams
        ],
        "version": "iperf 3.12",
        "system_info": f"Linux {process.context.hostname} 6.18.0 #1 SMP x86_64",
        "timestamp": {"time": date(machine.wall_clock()), "timesecs": machine.wall_clock() // 1_000_000_000},
        "connecting_to": {"host": options.client, "port": options.port},
        "cookie": test.cookie[:-1].decode(),
    }  # fmt: skip
    if not options.udp:
        document["tcp_mss_default"] = test.socket.info().mss
    document |= {"target_bitrate": options.bits_per_second, "sock_bufsize": 0}
    document |= {
        "sndbuf_actual": 212_992 if options.udp else 16_384,
        "rcvbuf_actual": 212_992 if options.udp else 131_072,
    }
    timed = not (options.size or options.blocks)
    document["test_start"] = {
        "protocol": "UDP" if options.udp else "TCP", "num_streams": options.parallel, "blksize": test.block, "omit": 0,
        "duration": options.seconds if timed else 0, "bytes": options.size, "blocks": options.blocks,
        "reverse": int(options.reverse), "tos": 0, "target_bitrate": options.bits_per_second,
    }  # fmt: skip
    return document


def _intervals(test: Test) -> list[dict[str, Any]]:
    assert test.meter is not None
    sends = not test.options.reverse
    found = []
    for interval in test.meter.intervals:
        streams = [_interval(test.streams[index].number, each, sends=sends) for index, each in enumerate(interval)]
        whole = _figures(together(interval), sender=None)
        found.append({"streams": streams, "sum": whole | {"omitted": False, "sender": sends}})
    return found


def _interval(number: int, it: Figures, *, sends: bool) -> dict[str, Any]:
    document: dict[str, Any] = {"socket": number, **_figures(it, sender=None)}
    if it.window is not None:
        document["snd_cwnd"] = it.window
    return document | {"omitted": False, "sender": sends}


def _figures(it: Figures, *, sender: bool | None) -> dict[str, Any]:
    document: dict[str, Any] = {"start": _plain(it.start), "end": _plain(it.end), "seconds": _plain(it.end - it.start)}
    document |= {"bytes": it.size, "bits_per_second": it.bits_per_second}
    if it.resent is not None:
        document["retransmits"] = it.resent
    if it.jitter is not None:
        document |= {"jitter_ms": it.jitter * 1000, "lost_packets": it.lost}
    if it.datagrams is not None:
        document["packets"] = it.datagrams
    if it.jitter is not None:
        document["lost_percent"] = it.lost_percent
    return document if sender is None else {**document, "sender": sender}


def _plain(seconds: float) -> float | int:
    return int(seconds) if seconds == int(seconds) else seconds


def _stream(test: Test, stream: Any, sent: Figures, received: Figures) -> dict[str, Any]:
    sends = not test.options.reverse
    if test.options.udp:
        document = _figures(received, sender=None)
        return {"udp": {"socket": stream.number, **document, "out_of_order": stream.late, "sender": sends}}
    return {
        "sender": {"socket": stream.number, **_figures(sent, sender=sends)},
        "receiver": {"socket": stream.number, **_figures(received, sender=sends)},
    }
