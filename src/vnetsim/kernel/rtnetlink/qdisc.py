"""Requests about queueing disciplines (net/sched/sch_api.c: tc_modify_qdisc, tc_get_qdisc, tc_dump_qdisc).

The tree of a device's disciplines and classes, and the hooks for filters (ingress, clsact).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, cast

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.qdisc.qdisc import QueueingDiscipline
from vnetsim.observations import Qdisc
from vnetsim.operations import ChangeQdisc, DeleteQdisc, Verb
from vnetsim.operations.qdisc import CLSACT_EGRESS, CLSACT_INGRESS, INGRESS, ROOT

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device, QdiscOps
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.kernel.qdisc.hooks import EgressFilters

#: The classes of all kinds, by their modules in kernel/qdisc, which are imported on first use.
_MODULES: Final = {
    "noqueue": "fifo.NoQueue", "pfifo_fast": "fifo.PfifoFast", "pfifo": "fifo.Pfifo", "bfifo": "fifo.Bfifo",
    "pfifo_head_drop": "fifo.PfifoHeadDrop", "tbf": "tbf.TokenBucketFilter", "netem": "netem.Netem",
    "htb": "htb.HierarchyTokenBucket", "prio": "prio.Prio", "sfq": "fair.Sfq", "fq_codel": "fair.FqCodel",
    "fq": "fair.Fq", "codel": "codel.Codel", "drr": "drr.Drr", "ets": "ets.Ets", "pie": "pie.Pie",
    "red": "red.Red", "mq": "mq.Mq", "hfsc": "hfsc.Hfsc", "cake": "cake.Cake",
}  # fmt: skip
#: Kinds that Linux has and vnetsim has not.
_ABSENT_NAMES: Final = """
    cbq cbs choke dualpi2 etf fq_pie gred hhf mqprio multiq plug qfq sfb skbprio taprio
    teql0
"""
_ABSENT: Final = frozenset(_ABSENT_NAMES.split())
#: Kinds whose classes are flows, below which nothing can be.
_WITHOUT_LEAVES: Final = ("sfq", "fq_codel", "cake")
_ARRIVALS: Final = ("ingress", "clsact")
INGRESS_HANDLE: Final = 0xFFFF_0000
#: The queue length of a device that had none, with its first qdisc (DEFAULT_TX_QUEUE_LEN).
_QUEUE_LENGTH: Final = 1000
#: hash_32 with four bits (include/linux/hash.h).
_GOLDEN_RATIO: Final = 0x61C8_8647
_HASH_SHIFT: Final = 28
_HASH_MASK: Final = 15


def _refuse(errno: Errno, message: str) -> KernelError:
    return KernelError(errno, message)


def change_qdisc(namespace: NetworkNamespace, request: ChangeQdisc) -> None:
    """RTM_NEWQDISC"""
    device = namespace.device(request.device)
    if request.parent == INGRESS:
        _change_arrivals(device, request)
        return
    if request.parent not in (ROOT, 0):
        _change_leaf(device, class_above(device, request.parent), request)
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


def queues_of(device: Device) -> int:
    """dev->num_tx_queues"""
    return device.queue_counts.get("num_tx_queues", device.queues)


def disciplines(device: Device) -> Iterator[QueueingDiscipline]:
    """Those that are shown, from the root down: with a handle, and the defaults of mq."""
    found = [] if (root := root_of(device)) is None else [root]
    for each in found:
        yield each
        found += each.children()


def by_handle(device: Device, number: int) -> QueueingDiscipline | None:
    """qdisc_lookup: the discipline with the major number of `number`."""
    major = number >> 16
    return next((each for each in disciplines(device) if major and each.handle == major), None)


def class_above(device: Device, parent: int) -> QueueingDiscipline:
    """The discipline with the class `parent`: KernelError if there is none (qdisc_leaf)."""
    above = by_handle(device, parent)
    if above is None:
        raise _refuse(Errno.ENOENT, "Failed to find specified qdisc")
    if above.kind in _WITHOUT_LEAVES:
        raise _refuse(Errno.ENOENT, "Specified class not found")
    if not above.classful:
        raise _refuse(Errno.EOPNOTSUPP, "Parent qdisc is not classful")
    _leaf(above, parent)
    return above


def _leaf(above: QueueingDiscipline, parent: int) -> QueueingDiscipline | None:
    """The discipline with a handle below a class; KernelError(ENOENT) if there is no such class."""
    try:
        leaf = above.find(parent & 0xFFFF)
    except KeyError:
        raise _refuse(Errno.ENOENT, "Specified class not found") from None
    return leaf if leaf is not None and leaf.handle else None


def _change_leaf(device: Device, above: QueueingDiscipline, request: ChangeQdisc) -> None:
    """A discipline below a class."""
    leaf = _leaf(above, request.parent)
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
    if request.kind == "noqueue":
        raise NotModelled(f"{request.kind} below a class")
    if request.handle and (leaf is None or leaf.handle != request.handle >> 16):
        _refuse_taken(device, request)
    added = _made(device, request)
    added.parent = request.parent
    above.graft(request.parent & 0xFFFF, added)


def _refuse_taken(device: Device, request: ChangeQdisc) -> None:
    """Another discipline of the device has the handle."""
    if by_handle(device, request.handle) is not None:
        raise _refuse(Errno.EINVAL, "Cannot move an existing qdisc to a different parent")


def root_of(device: Device) -> QueueingDiscipline | None:
    """The root qdisc of a device, if it has one with a handle."""
    root = at_root(device)
    return root if isinstance(root, QueueingDiscipline) and root.handle else None


def at_root(device: Device) -> QdiscOps | None:
    """The root qdisc behind the filters."""
    filters = _egress_filters(device)
    return device.root_qdisc if filters is None else filters.below


def _egress_filters(device: Device) -> EgressFilters | None:
    """Those that stand before the root qdisc."""
    return cast("EgressFilters", device.root_qdisc) if device.ingress == "clsact" else None


def _graft_root(device: Device, discipline: QueueingDiscipline | None) -> None:
    """dev_graft_qdisc, behind the filters."""
    filters = _egress_filters(device)
    if filters is None:
        device.graft_qdisc(discipline)
        return
    device.root_qdisc = filters.below
    device.graft_qdisc(discipline)
    filters.below, device.root_qdisc = device.root_qdisc, filters


def _root_by(device: Device, request: ChangeQdisc) -> QueueingDiscipline | None:
    """The requested qdisc; None if a new one is to be created."""
    root = root_of(device)
    if not request.parent:
        if not request.handle:
            raise _refuse(Errno.EINVAL, "Handle cannot be zero")
        if root is None or root.handle != request.handle >> 16:
            raise _refuse(Errno.ENOENT, "Specified qdisc not found")
        return root
    if root is None or not request.handle or root.handle == request.handle >> 16:
        return root
    if request.verb is not Verb.REPLACE:
        raise _refuse(Errno.EEXIST, "NLM_F_REPLACE needed to override")
    return None


def _change(known: QueueingDiscipline, request: ChangeQdisc) -> None:
    if request.verb is Verb.ADD:
        raise _refuse(Errno.EEXIST, "Exclusivity flag on, cannot modify")
    if request.kind is not None and request.kind != known.kind:
        raise _refuse(Errno.EINVAL, "Invalid qdisc name: must match existing qdisc")
    if not known.changeable:
        raise _refuse(Errno.EINVAL, "Change operation not supported by specified qdisc")
    if request.options or (request.kind is not None and known.kind == "netem"):
        # tc sends the limit, delay and loss of netem always.
        known.configure(request.options)


def _create(device: Device, request: ChangeQdisc) -> None:
    """qdisc_graft"""
    _graft_root(device, _made(device, request))


def _class_of(kind: str) -> type[QueueingDiscipline]:
    module, name = _MODULES[kind].split(".")
    found: type[QueueingDiscipline] = getattr(importlib.import_module(f"vnetsim.kernel.qdisc.{module}"), name)
    return found


def _made(device: Device, request: ChangeQdisc) -> QueueingDiscipline:
    """qdisc_create"""
    host = device.namespace.host
    kind = request.kind
    if kind is None or kind in host.missing_modules or kind not in (*_MODULES, *_ABSENT):
        raise _refuse(Errno.ENOENT, "Specified qdisc kind is unknown")
    if kind in _ABSENT:
        raise NotModelled(f"the queueing discipline {kind}")
    if not device.qlen:
        device.qlen = _QUEUE_LENGTH
    handle = request.handle >> 16 or host.new_qdisc_handle()
    discipline = _class_of(kind)(device, handle)
    discipline.number = host.new_qdisc_number()
    discipline.configure(request.options)
    for leaf in discipline.children():
        leaf.number = host.new_qdisc_number()
    return discipline


def _change_arrivals(device: Device, request: ChangeQdisc) -> None:
    if device.ingress is not None:
        if request.verb is Verb.ADD:
            raise _refuse(Errno.EEXIST, "Exclusivity flag on, cannot modify")
        if request.kind != device.ingress:
            raise _refuse(Errno.EINVAL, "Invalid qdisc name: must match existing qdisc")
        return
    if request.verb is Verb.CHANGE:
        raise _refuse(Errno.ENOENT, "Qdisc not found. To create specify NLM_F_CREATE flag")
    if request.kind not in _ARRIVALS:
        raise _refuse(Errno.ENOENT, "Specified qdisc kind is unknown")
    device.ingress = request.kind
    device.had_ingress = True
    two = request.kind == "clsact"
    hooks = importlib.import_module("vnetsim.kernel.qdisc.hooks")
    device.set_ingress(hooks.IngressFilters(device, CLSACT_INGRESS if two else INGRESS_HANDLE))
    if two:
        filters = hooks.EgressFilters(device, CLSACT_EGRESS)
        filters.below, device.root_qdisc = device.root_qdisc, filters


def delete_qdisc(namespace: NetworkNamespace, request: DeleteQdisc) -> None:
    """RTM_DELQDISC"""
    device = namespace.device(request.device)
    if request.parent == INGRESS:
        _delete_arrivals(device, request)
        return
    root = root_of(device)
    if request.parent not in (0, ROOT):
        _delete_leaf(device, request)
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
    _graft_root(device, None)


def _delete_leaf(device: Device, request: DeleteQdisc) -> None:
    if by_handle(device, request.parent) is None:
        raise _refuse(Errno.ENOENT, "Failed to find qdisc with specified classid")
    above = class_above(device, request.parent)
    leaf = _leaf(above, request.parent)
    if leaf is None:
        raise _refuse(Errno.ENOENT, "Cannot delete qdisc with handle of zero")
    if request.handle and request.handle >> 16 != leaf.handle:
        raise _refuse(Errno.EINVAL, "Invalid handle")
    if request.kind not in (None, leaf.kind):
        raise _refuse(Errno.EINVAL, "Invalid qdisc name: must match existing qdisc")
    above.graft(request.parent & 0xFFFF, None)


def _refuse_to_delete(root: QueueingDiscipline | None, request: DeleteQdisc) -> None:
    """A discipline is deleted by its parent, not by its handle alone."""
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
    _remove_hooks(device)


def _remove_hooks(device: Device) -> None:
    """ingress_destroy, clsact_destroy"""
    device.root_qdisc = at_root(device)
    device.ingress = None
    device.set_ingress(None)


def shutdown(device: Device) -> None:
    """dev_shutdown: a device that moves to another namespace loses its disciplines and filters."""
    _remove_hooks(device)
    device.graft_qdisc(None)


# --- listing ---------------------------------------------------------------------------------------------------------


def dump_qdiscs(namespace: NetworkNamespace) -> list[Qdisc]:
    """Device by device; the qdisc of a device that was never up is built in and not shown."""
    entries: list[Qdisc] = []
    for device in namespace.devices():
        root = at_root(device)
        if isinstance(root, QueueingDiscipline):
            entries.append(_explicit(device, root))
            entries += (_explicit(device, each) for each in _by_hash(disciplines(device)) if each is not root)
        elif device.qdisc != "noop":
            entries.append(Qdisc(kind=device.qdisc, device=device.name, parent=ROOT, references=2))
        if device.ingress is not None:
            entries.append(
                Qdisc(kind=device.ingress, device=device.name, handle=INGRESS_HANDLE, parent=INGRESS, references=1)
            )
    return entries


def _by_hash(found: Iterable[QueueingDiscipline]) -> list[QueueingDiscipline]:
    """As they are in net_device.qdisc_hash: by hash_32 of the handle; of one bucket the newest first."""
    newest = sorted(found, key=lambda each: -each.number)
    return sorted(newest, key=lambda each: (each.handle << 16) * _GOLDEN_RATIO >> _HASH_SHIFT & _HASH_MASK)


def _explicit(device: Device, discipline: QueueingDiscipline) -> Qdisc:
    parent = discipline.parent
    discipline.add_up()
    return Qdisc(
        kind=discipline.kind, device=device.name, handle=discipline.handle << 16, parent=parent,
        references=1 + queues_of(device) if parent == ROOT and discipline.kind != "mq" else 1,
        options=discipline.details(), bytes=discipline.bytes, packets=discipline.packets, drops=discipline.drops,
        overlimits=discipline.overlimits, requeues=discipline.requeues, backlog=discipline.backlog,
        length=discipline.length,
    )  # fmt: skip
