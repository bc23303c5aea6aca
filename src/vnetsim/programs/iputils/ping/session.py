"""Sending and listening: the main loop of ping, with its timing (iputils: ping_common.c, pinger and main_loop).

A wait for answers is a recvmsg(2) with a timeout, which the kernel rounds up to a tick of its timer wheel (so that
requests one second apart are 1.004 to 1.032 s apart), or, while waiting for less than an interval, an exact poll(2).
"""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MICROSECOND, MILLISECOND, SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.process import Coroutine, Interrupted, Process
from vnetsim.programs.iputils.ping.options import PingOptions
from vnetsim.programs.iputils.ping.report import PingReport
from vnetsim.programs.iputils.ping.statistics import TIMEVAL, PingStatistics, age, stamp
from vnetsim.protocols.jiffies import expiry
from vnetsim.sockets import IcmpMessage, PingSocket
from vnetsim.wire import icmp

#: Milliseconds below which ping does not wait (MININTERVAL), and above which it does not try a full device again.
_SHORTEST: Final = 10
_LONGEST_RETRY: Final = 500
#: An answer to "already sent enough": any time will do.
_LATER: Final = 1000
#: An ICMP error from this host is in the error queue when sendmsg(2) returns: softirqs run before that.  As long it
#: takes to wake up for a message, so that what comes in one batch is read in one go.
_SOFTIRQ: Final = 20 * MICROSECOND
_ECHO_REPLIES: Final = (icmp.ECHO_REPLY, 129)


class PingSession:
    """One run; times are nanoseconds of the machine's clock, intervals milliseconds as iputils counts them."""

    def __init__(
        self, process: Process, options: PingOptions, socket: PingSocket, report: PingReport, *, raw: bool
    ) -> None:
        self._process = process
        self._options = options
        self._socket = socket
        self._report = report
        self._raw = raw
        self._count = PingStatistics()
        self._interval = options.interval
        self._slowdown = 0
        self._tokens = 0
        self._refusals = 0
        self._started = process.now()
        self._last_sent: int | None = None
        self._alarm: int | None = self._started + options.deadline * SECOND if options.deadline else None
        self._lingers = False
        self._exiting = False
        self._skip_wait = False

    def run(self) -> Coroutine[int]:
        """Until there are enough answers, time is over, or Ctrl-C; then the statistics.  Yields the exit status."""
        try:
            while not self._is_over():
                delay = 0
                while delay <= 0:
                    delay = yield from self._pinger()
                    delay = self._schedule_exit(delay)
                if self._skip_wait:
                    self._skip_wait = False
                else:
                    yield from self._listen(delay)
        except Interrupted:
            pass
        return self._finish()

    def _is_over(self) -> bool:
        options, count = self._options, self._count
        self._check_alarm()
        if self._exiting or (options.count and count.received + count.errors >= options.count):
            return True
        return bool(options.deadline and count.errors)

    def _check_alarm(self) -> None:
        if self._alarm is not None and self._process.now() >= self._alarm:
            self._exiting = True

    def _finish(self) -> int:
        options, count = self._options, self._count
        elapsed = 0 if self._last_sent is None else self._last_sent - self._started
        self._process.write("\n" + count.lines(self._report.name, options, self._interval, elapsed))
        return int(not count.received or bool(options.deadline and count.received < options.count))

    # --- sending ------------------------------------------------------------------------------------------------

    def _has_sent_enough(self) -> bool:
        options = self._options
        return bool(options.count and self._count.transmitted >= options.count and not options.deadline)

    def _pinger(self) -> Coroutine[int]:
        """Send a request if it is time; milliseconds until the next one."""
        self._check_alarm()
        if self._exiting or self._has_sent_enough():
            return _LATER
        early = self._take_token()
        if early is not None:
            return early
        if self._options.outstanding and self._count.transmitted and not self._is_answered(self._count.transmitted):
            self._report.no_answer_yet(self._count.transmitted)
        try:
            self._socket.send((self._count.transmitted + 1) & 0xFFFF, self._data())
        except KernelError as error:
            return (yield from self._failed(error.errno))
        self._refusals = 0
        self._count.sent()
        if self._options.flood and not self._options.quiet:
            self._process.write(".")
        return self._interval - self._tokens

    def _take_token(self) -> int | None:
        """Requests are paced by tokens; milliseconds to wait if there is none yet."""
        now, interval, preload = self._process.now(), self._interval, self._options.preload
        if self._last_sent is None:
            self._last_sent = now
            self._tokens = interval * (preload - 1)
            return None
        tokens = (now - self._last_sent) // MILLISECOND
        if not interval and tokens < _SHORTEST and self._count.in_flight >= preload:
            return _SHORTEST - tokens
        tokens = min(tokens + self._tokens, interval * preload)
        if tokens < interval:
            return interval - tokens
        self._last_sent = now
        self._tokens = tokens - interval
        return None

    def _is_answered(self, sequence: int) -> bool:
        return sequence % 0x10000 in self._count.seen

    def _data(self) -> bytes:
        """The time of sending, if it fits, and the pattern."""
        options = self._options
        pattern = options.pattern or bytes(range(256))
        data = (pattern * (options.size // len(pattern) + 1))[: options.size]
        if options.size < TIMEVAL.size:
            return data
        return stamp(self._process.machine.wall_clock()) + data[TIMEVAL.size :]

    def _failed(self, errno: Errno) -> Coroutine[int]:
        """sendmsg(2) refused: try again soon if the device was full, else count it as sent."""
        answered = False
        if errno is Errno.ENOBUFS:
            retry = self._retry()
            if retry is not None:
                return retry
            answered = True
        elif self._options.newer and errno is Errno.EMSGSIZE:
            yield self._socket.receive(0)
            self._count.errors += 1
            answered = True
        else:
            answered = yield from self._read_queue()
        self._count.sent()
        if answered and not self._options.quiet:
            if self._options.flood:
                self._process.write("E")
            else:
                self._report.complain(f"sendmsg: {errno.strerror}")
        self._tokens = 0
        return max(_SHORTEST, self._interval)

    def _retry(self) -> int | None:
        """Milliseconds until a full device is tried again; None when it was tried long enough."""
        self._tokens = 0
        self._slowdown += min(self._count.rtt // 8, 50_000)
        if self._options.adaptive:
            self._adapt()
        wait = min(max(_SHORTEST, self._interval // 2), _LONGEST_RETRY)
        self._refusals += 1
        return wait if self._refusals * wait < self._options.linger else None

    def _read_queue(self) -> Coroutine[bool]:
        """The error queue after a refusal: whether an ICMP error is in it, for only then ping reports the refusal."""
        answer: IcmpMessage | None = yield self._socket.receive(_SOFTIRQ)
        if answer is None:
            return False
        if answer.error and not answer.local:
            # A raw socket gets the error as a message as well, so that it does not wait for anything.
            self._skip_wait = self._raw and self._socket.source.version == 4
        yield from self._heard(answer)
        return answer.error and not answer.local

    def _schedule_exit(self, delay: int) -> int:
        """Once everything is sent, wait for twice the longest round trip time; for a first answer the time of `-W`."""
        if not self._has_sent_enough() or self._lingers:
            return delay
        if self._count.received:
            wait = max(2 * self._count.longest, 1000 * self._interval)
        else:
            wait = 1000 * self._options.linger
        if wait:
            self._lingers = True
            self._alarm = self._process.now() + wait * MICROSECOND
        return max(delay, wait // 1000)

    # --- listening ----------------------------------------------------------------------------------------------

    def _listen(self, delay: int) -> Coroutine[None]:
        """Wait for an answer, `delay` milliseconds at most, and take what else has arrived with it."""
        now = self._process.now()
        until = self._patience(now, delay)
        if self._alarm is not None:
            until = min(until, max(now, self._alarm))
        answer: IcmpMessage | None = yield self._socket.receive(until - now)
        while answer is not None:
            yield from self._heard(answer)
            if not self._count.in_flight:
                return
            answer = yield self._socket.receive(_SOFTIRQ)

    def _patience(self, now: int, delay: int) -> int:
        """When the wait ends: poll(2) is exact, SO_RCVTIMEO is not."""
        shortest = max(_SHORTEST, self._interval)
        polls = self._options.adaptive or delay < shortest
        if polls and delay <= _SHORTEST and self._count.in_flight:
            delay = _SHORTEST
        if polls and (self._options.adaptive or self._interval or not self._count.in_flight):
            return now + delay * MILLISECOND
        return expiry(now, shortest * MILLISECOND)

    def _heard(self, answer: IcmpMessage) -> Coroutine[None]:
        message = answer.message
        if answer.local:
            self._heard_locally(answer)
        elif answer.error or (message.type == icmp.REDIRECT and not self._raw):
            yield from self._heard_error(answer)
        elif message.type in _ECHO_REPLIES:
            yield from self._heard_reply(answer)
        elif message.type == icmp.REDIRECT and not self._options.quiet and not self._options.flood:
            yield from self._report.redirect(answer)

    def _heard_locally(self, answer: IcmpMessage) -> None:
        if self._options.quiet:
            return
        if self._options.flood:
            self._process.write("E")
        else:
            self._report.too_long(answer.info)
        self._count.errors += 1

    def _heard_error(self, answer: IcmpMessage) -> Coroutine[None]:
        if self._socket.source.version == 4:
            self._count.acknowledge(answer.sequence)
        self._count.errors += 1
        if self._options.quiet:
            return
        if self._options.flood:
            self._process.write("\bE")
        else:
            yield from self._report.error(answer)

    def _heard_reply(self, answer: IcmpMessage) -> Coroutine[None]:
        data = answer.message.data
        first = self._count.replied(answer.sequence)
        microseconds = None
        if len(data) >= TIMEVAL.size and self._options.size >= TIMEVAL.size:
            microseconds = age(data, self._process.machine.wall_clock())
            self._count.timed(microseconds)
            if self._options.adaptive:
                self._adapt()
        if self._options.quiet:
            return
        if self._options.flood:
            self._process.write("\b \b")
        else:
            yield from self._report.reply(answer, microseconds=microseconds, first=first)

    def _adapt(self) -> None:
        """update_interval(): the next request follows a reply at about the distance of the round trip time."""
        estimate = self._count.rtt // 8 if self._count.rtt else self._interval * 1000
        self._interval = (estimate + self._slowdown + 500) // 1000
