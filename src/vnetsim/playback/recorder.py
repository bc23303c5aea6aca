"""Who watches a lab for the player: events of packets, commands, and each change of the tables.

    recorder = PlayerRecorder(lab, "a firewall")
    lab.watch(recorder.take)
    lab.run("ip netns add red")
    recorder.timeline.chunk()

Tables are read when all that happens at an instant has happened (`Softirq.observer`), and of those namespaces only in
which something did: a packet (the trace), a device (netdev_chain), a route (route_caches), a request (Host.on_change).
What ends by time alone is read at its end, and everything at the end of each command.  Nothing of the machine is
changed: it prints the same bytes as one that is not watched.

While packets are watched they walk (`kernel.netdev.flow_path`), so that each frame is seen.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from vnetsim.journal import JournalRequest, Ran, Rebooted, Slept, Started
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent
from vnetsim.kernel.netns import NetworkNamespace
from vnetsim.lab.base_lab import BaseLab
from vnetsim.playback.namespace import RecordedNamespace
from vnetsim.process import Context
from vnetsim.trace import Event
from vnetsim.views.player.timeline import NONE, Timeline

if TYPE_CHECKING:
    from vnetsim.kernel.host import Host

_NEVER: Final = 1 << 62
_SHELLS: Final = ("bash", "sh", "dash", "ash")


class _Touch:
    """A subscriber of a namespace: of its devices and of its routes."""

    def __init__(self, touched: Callable[[], None]) -> None:
        self.flush = touched

    def netdev_event(self, _event: NetdevEvent, _device: Device, _before: Before) -> None:
        self.flush()


class PlayerRecorder:
    """`timeline` gets what happens from now on."""

    def __init__(self, lab: BaseLab, title: str, timeline: Timeline | None = None) -> None:
        self._lab = lab
        self.timeline = timeline or Timeline(title, lab.now())
        self._namespaces: dict[NetworkNamespace, RecordedNamespace] = {}
        self._by_label: dict[str, list[RecordedNamespace]] = {}
        self._dirty: dict[RecordedNamespace, None] = {}
        self._next_end = _NEVER
        self._count = 0
        self._enter()
        lab.journal.observer = self._requested
        lab.clock.softirq.observer = self._before
        self._settle()

    def finish(self) -> None:
        """Read what is to be read at the end."""
        self._settle()

    def _enter(self) -> None:
        """The kernel that runs now: its first, or one after a reboot, which has the subscribers of the one before."""
        self._host: Host = self._lab.network().namespace.host
        if self._host.on_change != self._changing:
            self._before_change = self._host.on_change
            self._host.on_change = self._changing
        self._lab.machine.started = self._started
        self._look()

    def _changing(self, namespace: NetworkNamespace | None, what: object) -> None:
        if self._before_change is not None:
            self._before_change(namespace, what)
        if namespace is not None:
            self._touch(namespace)

    # --- namespaces ------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Namespaces that came and went."""
        if self._host is not self._lab.network().namespace.host:
            self._enter()
            return
        outside = None if self._host.first is self._host.root else self._host.first
        for namespace in self._host.namespaces:
            if namespace not in self._namespaces and namespace is not outside:
                self._meet(namespace)
        for namespace in [known for known in self._namespaces if not known.alive or known.host is not self._host]:
            gone = self._namespaces.pop(namespace)
            self._by_label[namespace.label].remove(gone)
            self._dirty.pop(gone, None)
            self.timeline.changes(self._lab.now(), gone.gone(), ())

    def _meet(self, namespace: NetworkNamespace) -> None:
        kind = "host" if namespace is self._host.root else "namespace"
        node = self.timeline.node(kind, NONE, namespace.label)
        recorded = RecordedNamespace(namespace, node, self.timeline, self._place)
        self._namespaces[namespace] = recorded
        self._by_label.setdefault(namespace.label, []).append(recorded)
        touch = _Touch(lambda: self._touch(namespace))
        namespace.netdev_chain += (touch,)
        namespace.route_caches += (touch,)
        self._touch(namespace)

    def _place(self, device: Device) -> int:
        """The node of a device, whichever namespace it is in."""
        namespace = device.namespace
        assert isinstance(namespace, NetworkNamespace)
        if namespace not in self._namespaces:
            self._meet(namespace)
        return self._namespaces[namespace].place(device)

    def _touch(self, namespace: NetworkNamespace) -> None:
        recorded = self._namespaces.get(namespace)
        if recorded is not None:
            recorded.touched = True
            self._dirty[recorded] = None

    # --- what happens ----------------------------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """An event of a packet: for `lab.watch`."""
        recorded = self._find(event)
        if recorded is None:
            return
        self._dirty[recorded] = None
        device = recorded.namespace.by_name.get(event.device)
        node = recorded.node if device is None else recorded.place(device)
        peer = None if device is None else device.peer
        self.timeline.event(event, node, NONE if peer is None or not _is_cable(device) else self._place(peer))

    def _find(self, event: Event) -> RecordedNamespace | None:
        """The namespace of that name; of several, the one that has the device."""
        found = self._by_label.get(event.namespace)
        if not found:
            self._look()
            found = self._by_label.get(event.namespace)
        if not found:
            return None
        return next((each for each in found if event.device in each.namespace.by_name), found[-1])

    def _before(self, due: int) -> None:
        """Something happens at `due`: if time passes until then, all has happened that happens now."""
        now = self._lab.now()
        if due > now and self._dirty:
            self._flush(now)
        while self._next_end < due:
            self._expire(self._next_end)

    def _flush(self, now: int) -> None:
        if self._count != len(self._host.namespaces):
            self._count = len(self._host.namespaces)
            self._look()
        dirty, self._dirty = self._dirty, {}
        rows: list[Any] = []
        counters: list[Any] = []
        for recorded in dirty:
            recorded.read(now, rows, counters)
        self.timeline.changes(now, rows, counters)
        self._next_end = min((each.next_end for each in self._namespaces.values()), default=_NEVER)

    def _expire(self, at: int) -> None:
        """Entries that last until `at` are gone."""
        rows: list[Any] = []
        for recorded in self._namespaces.values():
            if recorded.next_end <= at:
                recorded.read_timed(at, rows)
        self.timeline.changes(at, rows, ())
        self._next_end = min((each.next_end for each in self._namespaces.values()), default=_NEVER)

    # --- commands --------------------------------------------------------------------------------------------------

    def _requested(self, request: JournalRequest) -> Callable[[JournalRequest], object]:
        self._settle()
        line = _line(request)
        command = None if line is None else self.timeline.begin(self._lab.now(), line)

        def ended(met: JournalRequest) -> None:
            self._settle()
            # What is typed at a prompt may go on when the next line is read.
            status: int | None = getattr(met, "status", 0)
            if command is not None and status is not None:
                self.timeline.end(self._lab.now(), command, met.output if isinstance(met, Ran) else "", status)

        return ended

    def _started(self, argv: Sequence[str], context: Context) -> None:
        """A program of the machine itself starts, from a script for example: not those of containers, and no shells."""
        if context.network is self._lab.machine.host.network and argv[0].rpartition("/")[2] not in _SHELLS:
            self.timeline.begin(self._lab.now(), shlex.join(argv), depth=1)

    def _settle(self) -> None:
        """Read everything."""
        self._look()
        for namespace in self._namespaces:
            self._touch(namespace)
        self._flush(self._lab.now())


def _is_cable(device: Device | None) -> bool:
    """Whether what it transmits arrives at its peer."""
    return device is not None and device.kind == "veth"


def _line(request: JournalRequest) -> str | None:
    """The request as it is shown; None for one that is no command."""
    if isinstance(request, Ran):
        return request.line
    if isinstance(request, Started):
        return f"{request.line} &"
    if isinstance(request, Slept):
        return f"# {request.seconds:g} s pass"
    if isinstance(request, Rebooted):
        return "# the machine is switched off and on" if request.forced else "# the machine reboots"
    # What is typed at a prompt (vnetsim.prompt, which is above).
    shown: str | None = getattr(request, "shown", None)
    return shown
