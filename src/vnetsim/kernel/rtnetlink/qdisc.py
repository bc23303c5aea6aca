"""Requests about queueing disciplines (net/sched/sch_api.c: tc_modify_qdisc, tc_get_qdisc, tc_dump_qdisc).

Root qdiscs, those below classes of htb (netem and queues), and empty ingress ones (ingress, clsact) are modelled;
filters are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.qdisc.fifo import Bfifo, NoQueue, Pfifo, PfifoFast, PfifoHeadDrop
from vnetsim.kernel.qdisc.htb import HierarchyTokenBucket, HtbClass
from vnetsim.kernel.qdisc.netem import Netem
from vnetsim.kernel.qdisc.qdisc import RootQdisc
from vnetsim.kernel.qdisc.tbf import TokenBucketFilter
from vnetsim.observations import Qdisc
from vnetsim.operations import ChangeQdisc, DeleteQdisc, Verb
from vnetsim.operations.qdisc import INGRESS, ROOT

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace

KINDS: Final[dict[str, type[RootQdisc]]] = {
    kind.kind: kind
    for kind in (NoQueue, PfifoFast, Pfifo, PfifoHeadDrop, Bfifo, TokenBucketFilter, Netem, HierarchyTokenBucket)
}
#: Kinds that Linux has and vnetsim has not.
_ABSENT_NAMES: Final = """
    cake cbq cbs choke codel drr dualpi2 ets etf fq fq_codel fq_pie gred hfsc hhf mq mqprio multiq pie plug prio qfq
    red sfb sfq skbprio taprio teql0
"""
_ABSENT: Final = frozenset(_ABSENT_NAMES.split())
#: Kinds that are modelled below a class.
_LEAVES: Final = ("pfifo", "bfifo", "netem")
_ARRIVALS: Final = ("ingress", "clsact")
_ARRIVAL_HANDLE: Final = 0xFFFF_0000
#: The queue length of a device that had none, with its first qdisc (DEFAULT_TX_QUEUE_LEN).
_QUEUE_LENGTH: Final = 1000


def _refuse(errno: Errno, message: str) -> KernelError:
    return KernelError(errno, message)


def change_qdisc(namespace: NetworkNamespace, request: ChangeQdisc) -> None:
    """RTM_NEWQDISC"""
    device = namespace.device(request.device)
    if request.parent == INGRESS:
        _change_arrivals(device, request)
        return
    if (above := class_above(device, request.parent)) is not None:
        _change_leaf(device, above, request)
        return
    known = _root_by(device, request)
    if known is None:
        if request.verb is Verb.CHANGE:
            raise _refuse(Errno.ENOENT, "Qdisc not found. To create specify NLM_F_CREATE flag")
        _create(device, request)
    elif request.kind is not None and request.kind != known.kind and not request.handle:
        _create(device, request)
    else:
        _change(known, request)


def class_above(device: Device, parent: int) -> HtbClass | None:
    """The class of that number; KernelError(ENOENT) for one that a classful root has not, None without such a root."""
    root = _root(device)
    if parent in (ROOT, 0) or not isinstance(root, HierarchyTokenBucket):
        return None
    if root.handle != parent >> 16:
        leaves = (each.leaf for each in root.classes.values() if each.leaf is not None)
        leaf = next((each for each in leaves if each.handle == parent >> 16), None)
        raise (
            _refuse(Errno.ENOENT, "Failed to find specified qdisc")
            if leaf is None
            else NotModelled(f"a queueing discipline below {leaf.kind}")
        )
    if parent & 0xFFFF not in root.classes:
        raise _refuse(Errno.ENOENT, "Specified class not found")
    return root.classes[parent & 0xFFFF]


def _change_leaf(device: Device, above: HtbClass, request: ChangeQdisc) -> None:
    """A discipline below a class."""
    leaf = above.leaf
    if leaf is not None and (not request.handle or leaf.handle == request.handle >> 16):
        if request.kind in (None, leaf.kind):
            _change(leaf, request)
            return
        if request.verb is Verb.ADD:
            raise _refuse(Errno.EEXIST, "Exclusivity flag on, cannot modify")
    elif leaf is not None and request.verb is not Verb.REPLACE:
        raise _refuse(Errno.EEXIST, "NLM_F_REPLACE needed to override")
    elif leaf is None and request.verb is Verb.CHANGE:
        raise _refuse(Errno.ENOENT, "Qdisc not found. To create specify NLM_F_CREATE flag")
    if request.kind not in _LEAVES and request.kind in KINDS:
        raise NotModelled(f"{request.kind} below a class")
    above.root.graft(above.minor, _made(device, request))


def _root(device: Device) -> RootQdisc | None:
    """The root qdisc of a device, if it has one with a handle."""
    root = device.root_qdisc
    return root if isinstance(root, RootQdisc) else None


def _root_by(device: Device, request: ChangeQdisc) -> RootQdisc | None:
    """The requested qdisc; None if a new one is to be created."""
    root = _root(device)
    if not request.parent:
        if not request.handle:
            raise _refuse(Errno.EINVAL, "Handle cannot be zero")
        if root is None or root.handle != request.handle >> 16:
            raise _refuse(Errno.ENOENT, "Specified qdisc not found")
        return root
    if request.parent != ROOT:
        if root is None or root.handle != request.parent >> 16:
            raise _refuse(Errno.ENOENT, "Failed to find specified qdisc")
        if root.kind in ("tbf", "netem"):
            raise NotModelled(f"a queueing discipline below {root.kind}")
        raise _refuse(Errno.EOPNOTSUPP, "Parent qdisc is not classful")
    if root is None or not request.handle or root.handle == request.handle >> 16:
        return root
    if request.verb is not Verb.REPLACE:
        raise _refuse(Errno.EEXIST, "NLM_F_REPLACE needed to override")
    return None


def _change(known: RootQdisc, request: ChangeQdisc) -> None:
    if request.verb is Verb.ADD:
        raise _refuse(Errno.EEXIST, "Exclusivity flag on, cannot modify")
    if request.kind is not None and request.kind != known.kind:
        raise _refuse(Errno.EINVAL, "Invalid qdisc name: must match existing qdisc")
    if isinstance(known, HierarchyTokenBucket):
        raise _refuse(Errno.EINVAL, "Change operation not supported by specified qdisc")
    if request.options:
        known.configure(request.options)


def _create(device: Device, request: ChangeQdisc) -> None:
    """qdisc_graft"""
    device.graft_qdisc(_made(device, request))


def _made(device: Device, request: ChangeQdisc) -> RootQdisc:
    """qdisc_create"""
    host = device.namespace.host
    kind = request.kind
    if kind is None or kind in host.missing_modules or kind not in (*KINDS, *_ABSENT):
        raise _refuse(Errno.ENOENT, "Specified qdisc kind is unknown")
    if kind in _ABSENT:
        raise NotModelled(f"the queueing discipline {kind}")
    if not device.qlen:
        device.qlen = _QUEUE_LENGTH
    handle = request.handle >> 16 or host.new_qdisc_handle()
    discipline = KINDS[kind](device, handle)
    discipline.configure(request.options)
    return discipline


def _change_arrivals(device: Device, request: ChangeQdisc) -> None:
    if device.ingress is not None:
        raise _refuse(Errno.EEXIST, "Exclusivity flag on, cannot modify")
    if request.verb is Verb.CHANGE:
        raise _refuse(Errno.ENOENT, "Qdisc not found. To create specify NLM_F_CREATE flag")
    if request.kind not in _ARRIVALS:
        raise _refuse(Errno.ENOENT, "Specified qdisc kind is unknown")
    device.ingress = request.kind
    device.had_ingress = True


def delete_qdisc(namespace: NetworkNamespace, request: DeleteQdisc) -> None:
    """RTM_DELQDISC"""
    device = namespace.device(request.device)
    if request.parent == INGRESS:
        _delete_arrivals(device, request)
        return
    root = _root(device)
    if request.parent not in (0, ROOT) and (root is None or root.handle != request.parent >> 16):
        raise _refuse(Errno.ENOENT, "Failed to find qdisc with specified classid")
    if (above := class_above(device, request.parent)) is not None:
        if above.leaf is None:
            raise _refuse(Errno.ENOENT, "Cannot find specified qdisc on specified device")
        above.root.graft(above.minor, None)
        return
    if request.parent != ROOT:
        _refuse_to_delete(root, request)
    handle, kind = (0, device.qdisc) if root is None else (root.handle, root.kind)
    if request.handle and request.handle >> 16 != handle:
        raise _refuse(Errno.EINVAL, "Invalid handle")
    if request.kind is not None and request.kind != kind:
        raise _refuse(Errno.EINVAL, "Invalid qdisc name: must match existing qdisc")
    if root is None:
        raise _refuse(Errno.ENOENT, "Cannot delete qdisc with handle of zero")
    device.graft_qdisc(None)


def _refuse_to_delete(root: RootQdisc | None, request: DeleteQdisc) -> None:
    """Only root qdiscs exist, so no other can be deleted."""
    if request.parent:
        raise _refuse(Errno.ENOENT, "Cannot find specified qdisc on specified device")
    if root is None or not request.handle or root.handle != request.handle >> 16:
        raise _refuse(Errno.ENOENT, "Failed to find qdisc with specified handle")
    raise _refuse(Errno.EINVAL, "Classid cannot be zero")


def _delete_arrivals(device: Device, request: DeleteQdisc) -> None:
    if not device.had_ingress:
        raise _refuse(Errno.ENOENT, "Cannot find specified qdisc on specified device")
    if device.ingress is None:
        raise _refuse(Errno.EINVAL, "Invalid handle")
    if request.kind != device.ingress:
        raise _refuse(Errno.EINVAL, "Invalid qdisc name: must match existing qdisc")
    device.ingress = None


# --- listing ---------------------------------------------------------------------------------------------------------


def dump_qdiscs(namespace: NetworkNamespace) -> list[Qdisc]:
    """Device by device; the qdisc of a device that was never up is built in and not shown."""
    entries: list[Qdisc] = []
    for device in namespace.devices():
        if (root := _root(device)) is not None:
            entries.append(_explicit(device, root))
            entries += _leaves(device, root)
        elif device.qdisc != "noop":
            entries.append(Qdisc(kind=device.qdisc, device=device.name, parent=ROOT, references=2))
        if device.ingress is not None:
            entries.append(
                Qdisc(kind=device.ingress, device=device.name, handle=_ARRIVAL_HANDLE, parent=INGRESS, references=1)
            )
    return entries


def _leaves(device: Device, root: RootQdisc) -> list[Qdisc]:
    if not isinstance(root, HierarchyTokenBucket):
        return []
    return [
        _explicit(device, each.leaf, root.handle << 16 | each.minor)
        for each in root.classes.values()
        if each.leaf is not None
    ]


def _explicit(device: Device, discipline: RootQdisc, parent: int = ROOT) -> Qdisc:
    return Qdisc(
        kind=discipline.kind, device=device.name, handle=discipline.handle << 16, parent=parent,
        references=1 + device.queues if parent == ROOT else 1, options=discipline.details(), bytes=discipline.bytes,
        packets=discipline.packets, drops=discipline.drops, overlimits=discipline.overlimits,
        requeues=discipline.requeues, backlog=discipline.backlog, length=discipline.length,
    )  # fmt: skip
