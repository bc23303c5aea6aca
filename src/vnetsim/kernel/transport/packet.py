"""Packet sockets (net/packet/af_packet.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent
from vnetsim.kernel.transport.sock import ReceiveQueue
from vnetsim.sockets import Captured
from vnetsim.wire.ethernet import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns


class PacketSock:
    """Sees the frames of one device, or of all devices of its namespace."""

    def __init__(self, table: PacketSockets, device: Device | None) -> None:
        self._engine = table.namespace.host.engine
        self._table = table
        self.device = device
        self.gone = False
        self._queue = ReceiveQueue(self._engine)
        self.seen: Callable[[Captured], None] | None = None

    def saw(self, frame: Frame, device: Device, *, outgoing: bool) -> None:
        captured = Captured(self._engine.now(), device.name, frame, outgoing, device.link_type)
        if self.seen is not None:
            self.seen(captured)
        else:
            self._queue.put(captured)

    def send(self, frame: Frame) -> None:
        if self.device is None:
            raise KernelError(Errno.ENXIO)
        if not self.device.up:
            raise KernelError(Errno.ENETDOWN)
        failed = self.device.transmit(self.device.new_skb(frame))
        if failed is not None:
            raise KernelError(failed)

    def receive(self, timeout: int | None = None) -> Any:
        return self._queue.get(timeout)

    def lose(self, device: Device) -> None:
        """A device is unregistered: a reader of that device alone is woken."""
        if device is self.device:
            self.gone = True
            self._queue.wake()

    def close(self) -> None:
        self._table.close(self)


class PacketSockets:
    """Those of one namespace."""

    def __init__(self, namespace: Netns) -> None:
        self.namespace = namespace
        self._sockets: tuple[PacketSock, ...] = ()

    def open(self, device: Device | None, *, receives: bool = True) -> PacketSock:
        """One that does not receive has the protocol 0."""
        socket = PacketSock(self, device)
        if not receives:
            return socket
        self._sockets = (*self._sockets, socket)
        for target in [device] if device is not None else self.namespace.devices():
            target.add_tap(socket)
        self._count()
        return socket

    def close(self, socket: PacketSock) -> None:
        if socket not in self._sockets:
            return
        self._sockets = tuple(known for known in self._sockets if known is not socket)
        for device in self.namespace.devices() if socket.device is None else [socket.device]:
            device.remove_tap(socket)
        self._count()

    def _count(self) -> None:
        self.namespace.taps = len(self._sockets)
        self.namespace.update_nit()

    netdev_events: ClassVar = (NetdevEvent.REGISTER, NetdevEvent.UNREGISTER)

    def netdev_event(self, event: NetdevEvent, device: Device, _before: Before) -> None:
        """packet_notifier: a socket of all devices sees a new one too."""
        if event is NetdevEvent.REGISTER:
            device.taps += tuple(socket for socket in self._sockets if socket.device is None)
        elif event is NetdevEvent.UNREGISTER:
            for socket in self._sockets:
                if socket in device.taps:
                    socket.lose(device)
            device.taps = ()
