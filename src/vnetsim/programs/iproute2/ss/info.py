"""What `ss -i`, `-m` and `-o` print of a TCP socket (iproute2 6.1, misc/ss.c: tcp_stats_print, tcp_timer_print)."""

from __future__ import annotations

from vnetsim.clock import MICROSECOND, MILLISECOND, SECOND
from vnetsim.observations import SocketEntry, TcpInfo

#: It is not written when it is as it always is.
_USUAL_REORDERING = 3
#: Minutes and seconds up to which the smaller unit is printed, too.
_SHORT = 9


def timer(socket: SocketEntry) -> str:
    """` timer:(on,200ms,0)`."""
    timer = None if socket.info is None else socket.info.timer
    if timer is None:
        return ""
    name, left, tries = timer
    return f" timer:({name},{_time(left)},{tries})"


def _time(nanoseconds: int) -> str:
    """print_ms_timer: `1min9sec`, `9.200ms`, `200ms`."""
    minutes, milliseconds = divmod(nanoseconds // MILLISECOND, 60_000)
    seconds, milliseconds = divmod(milliseconds, 1000)
    if minutes or seconds > _SHORT:
        milliseconds = 0
    text = f"{minutes}min" if minutes else ""
    if seconds and minutes <= _SHORT:
        text += f"{seconds}{'.' if milliseconds else 'sec'}"
    return text + (f"{milliseconds:03}ms" if milliseconds else "")


def more(socket: SocketEntry, *, info: bool, memory: bool, numeric: bool, options: bool) -> str:
    """The line below a socket, "" if there is none; with `options` also the TCP options."""
    if socket.info is None or not (info or memory):
        return ""
    text = ""
    if memory:
        buffers = f"r0,rb{socket.info.receive_buffer},t0,tb{socket.info.send_buffer}"
        text += f" skmem:({buffers},f0,w0,o0,bl0,d0)"
    if info and socket.state not in ("TIME-WAIT", "SYN-RECV"):
        args = ["ts"] * socket.info.timestamps + ["sack"] * socket.info.sack if options else []
        args += ["ecn"] * socket.info.ecn + ["ecnseen"] * socket.info.ecn_seen if options else []
        args += _args(socket.info, numeric=numeric, listening=socket.state == "LISTEN")
        text += "".join(f" {arg}" for arg in args)
    return f"\t{text}\n" if text else ""


def _args(info: TcpInfo, *, numeric: bool, listening: bool) -> list[str]:
    if listening:
        return [info.congestion_control, f"cwnd:{info.window}"]
    args = [info.congestion_control]
    if info.scales is not None:
        args.append(f"wscale:{info.scales[0]},{info.scales[1]}")
    args.append(f"rto:{_milliseconds(info.timeout // MILLISECOND * MILLISECOND)}")
    if info.backoff:
        args.append(f"backoff:{info.backoff}")
    if info.trip:
        args.append(f"rtt:{_milliseconds(info.trip)}/{_milliseconds(info.trip_deviation)}")
    args += _counted({"ato": info.ato // MILLISECOND, "mss": info.mss, "pmtu": info.path_mtu})
    args += _counted({"rcvmss": info.receive_mss, "advmss": info.advertised_mss, "cwnd": info.window})
    args += _traffic(info)
    if info.trip:
        rate = info.mss * info.window * 8 * SECOND / info.trip
        args.append(f"send {_rate(rate, numeric=numeric)}")
    args += _since(info)
    if info.pacing_rate:
        args.append(f"pacing_rate {_rate(info.pacing_rate * 8, numeric=numeric)}")
    return args + _losses(info) + _receiving(info)


def _traffic(info: TcpInfo) -> list[str]:
    return _counted({
        "ssthresh": info.threshold or 0, "bytes_sent": info.bytes_sent, "bytes_retrans": info.bytes_resent,
        "bytes_acked": info.bytes_acknowledged, "bytes_received": info.bytes_received,
        "segs_out": info.segments_out, "segs_in": info.segments_in, "data_segs_out": info.data_segments_out,
        "data_segs_in": info.data_segments_in,
    })  # fmt: skip


def _since(info: TcpInfo) -> list[str]:
    events = {"lastsnd": info.since_sent, "lastrcv": info.since_received, "lastack": info.since_acknowledged}
    return _counted({name: time // MILLISECOND for name, time in events.items()})


def _losses(info: TcpInfo) -> list[str]:
    args = _counted({"delivered": info.delivered, "unacked": info.in_flight})
    if info.resent or info.total_resent:
        args.append(f"retrans:{info.resent}/{info.total_resent}")
    args += _counted({"lost": info.lost, "sacked": info.sacked})
    return args if info.reordering == _USUAL_REORDERING else [*args, f"reordering:{info.reordering}"]


def _receiving(info: TcpInfo) -> list[str]:
    spaces = {"rcv_space": info.receive_space, "rcv_ssthresh": info.receive_threshold, "notsent": info.not_sent}
    args = _counted(spaces)
    if info.shortest_trip:
        args.append(f"minrtt:{_milliseconds(info.shortest_trip)}")
    return args + _counted({"snd_wnd": info.send_window})


def _counted(numbers: dict[str, int]) -> list[str]:
    return [f"{name}:{number}" for name, number in numbers.items() if number]


def _milliseconds(nanoseconds: int) -> str:
    """%g of milliseconds, of which the kernel knows three digits."""
    return f"{nanoseconds // MICROSECOND / 1000:g}"


def _rate(bits: float, *, numeric: bool) -> str:
    """sprint_bw."""
    if numeric:
        return f"{bits:.0f}bps"
    for unit, name in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if bits > unit:
            return f"{bits / unit:.3g}{name}bps"
    return f"{bits:g}bps"
