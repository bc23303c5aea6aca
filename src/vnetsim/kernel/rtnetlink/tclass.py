"""Requests about classes of queueing disciplines (net/sched/sch_api.c: tc_ctl_tclass).

Classes of htb, drr and hfsc are made and deleted; those of prio, ets, mq, red, tbf and netem are there
with their discipline.  Not modelled: classes that fair queues show of the flows that wait in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, cast

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.qdisc.qdisc import QueueingDiscipline
from vnetsim.kernel.rtnetlink.qdisc import by_handle, disciplines
from vnetsim.observations import QdiscClass
from vnetsim.operations import ChangeClass, DeleteClass, Verb
from vnetsim.operations.qdisc import ROOT

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.kernel.qdisc.drr import Drr, RoundRobin, RoundRobinClass
    from vnetsim.kernel.qdisc.hfsc import Hfsc
    from vnetsim.kernel.qdisc.hfsc_class import HfscClass
    from vnetsim.kernel.qdisc.htb import HierarchyTokenBucket, HtbClass
    from vnetsim.kernel.qdisc.mq import Mq
    from vnetsim.kernel.qdisc.prio import Prio


def change_class(namespace: NetworkNamespace, request: ChangeClass) -> None:
    """RTM_NEWTCLASS"""
    root = _above(namespace.device(request.device), request.classid, request.parent)
    minor = request.classid & 0xFFFF
    known = _class_at(root, minor)
    if known is not None and request.verb is Verb.ADD:
        raise KernelError(Errno.EEXIST)
    if known is None and request.verb is Verb.CHANGE:
        raise KernelError(Errno.ENOENT)
    if request.kind != root.kind:
        raise KernelError(Errno.EINVAL)
    if root.kind == "hfsc" and known is not None:
        cast("Hfsc", root).change_class(minor, request.options)
    elif root.kind == "hfsc" and request.parent == ROOT:
        raise KernelError(Errno.EEXIST)
    elif known is not None:
        cast("HtbClass | RoundRobinClass", known).configure(request.options)
    elif root.kind == "ets":
        raise KernelError(Errno.EOPNOTSUPP, "Fine-grained class addition and removal is not supported")
    elif not request.parent:
        raise KernelError(Errno.EINVAL)
    else:
        makes = cast("HierarchyTokenBucket | Drr | Hfsc", root)
        makes.add_class(minor, 0 if request.parent == ROOT else request.parent & 0xFFFF, request.options)


def _above(device: Device, classid: int, parent: int) -> QueueingDiscipline:
    """The discipline that a class belongs to; KernelError(ENOENT) if the device has none of that number."""
    wanted = {number & 0xFFFF_0000 for number in (classid, parent) if number not in (0, ROOT) and number >> 16}
    found = by_handle(device, wanted.pop()) if len(wanted) == 1 else None
    if found is None:
        raise KernelError(Errno.ENOENT)
    if found.kind not in ("htb", "drr", "ets", "hfsc"):
        raise KernelError(Errno.EOPNOTSUPP)
    return found


def _class_at(root: QueueingDiscipline, minor: int) -> HtbClass | HfscClass | RoundRobinClass | None:
    if root.kind == "htb":
        return cast("HierarchyTokenBucket", root).classes.get(minor)
    if root.kind == "hfsc":
        return cast("Hfsc", root).classes.get(minor)
    return cast("RoundRobin", root).class_at(minor)


def delete_class(namespace: NetworkNamespace, request: DeleteClass) -> None:
    """RTM_DELTCLASS: what waits in the class is dropped."""
    root = _above(namespace.device(request.device), request.classid, 0)
    minor = request.classid & 0xFFFF
    known = _class_at(root, minor)
    if root.kind == "ets":
        raise KernelError(Errno.EOPNOTSUPP)
    if known is None:
        raise KernelError(Errno.ENOENT)
    if root.kind in ("drr", "hfsc"):
        cast("Drr | Hfsc", root).remove_class(minor)
        return
    htb = cast("HierarchyTokenBucket", root)
    if cast("HtbClass", known).below or htb.is_used(minor):
        raise KernelError(Errno.EBUSY, "HTB class in use")
    htb.remove_class(minor)


def dump_classes(namespace: NetworkNamespace, device: str) -> list[QdiscClass]:
    """Those of the root first, then those of the disciplines below it."""
    found = list(disciplines(namespace.device(device)))
    return [entry for each in found for entry in _of(each)]


def _of(each: QueueingDiscipline) -> Iterator[QdiscClass]:
    own = _CLASSES.get(each.kind)
    if own is not None:
        yield from own(each)
    elif each.kind == "cake" and each.packets:
        raise NotModelled("the classes of cake, which are its flows")
    elif each.classful:
        leaf = each.find(1)
        if leaf is not None:
            yield _plain(each, 1, leaf, of=None)


def _of_htb(each: QueueingDiscipline) -> Iterator[QdiscClass]:
    root = cast("HierarchyTokenBucket", each)
    return (_entry(root, known) for known in root.classes.values())


def _of_hfsc(each: QueueingDiscipline) -> Iterator[QdiscClass]:
    return (_curved(each, known) for known in cast("Hfsc", each).classes.values())


def _taking_turns(each: QueueingDiscipline) -> Iterator[QdiscClass]:
    return (_turn(each, known) for known in cast("RoundRobin", each).all_classes())


def _of_bands(each: QueueingDiscipline) -> Iterator[QdiscClass]:
    return (_plain(each, minor, band, of=band) for minor, band in enumerate(cast("Prio", each).bands, 1))


def _of_queues(each: QueueingDiscipline) -> Iterator[QdiscClass]:
    queues = enumerate(cast("Mq", each).queues, 1)
    return (attrs.evolve(_plain(each, minor, queue, of=queue), parent=ROOT) for minor, queue in queues)


_CLASSES: Final[Mapping[str, Callable[[QueueingDiscipline], Iterator[QdiscClass]]]] = {
    "htb": _of_htb, "hfsc": _of_hfsc, "drr": _taking_turns, "ets": _taking_turns, "prio": _of_bands, "mq": _of_queues,
}  # fmt: skip


def _turn(above: QueueingDiscipline, each: RoundRobinClass) -> QdiscClass:
    leaf = each.leaf
    return QdiscClass(
        kind=above.kind, device=above.device.name, classid=above.handle << 16 | each.minor, parent=ROOT,
        leaf=leaf.handle << 16, options={"quantum": each.quantum, "deficit": each.deficit if leaf.length else 0},
        bytes=each.bytes, packets=each.packets, drops=leaf.drops, overlimits=leaf.overlimits, backlog=leaf.backlog,
        length=leaf.length,
    )  # fmt: skip


def _curved(above: QueueingDiscipline, each: HfscClass) -> QdiscClass:
    """hfsc_dump_class, hfsc_dump_class_stats"""
    leaf = each.leaf
    slopes = {
        f"{name}_{key}": value
        for name, curve in each.curves.items()
        for key, value in zip(("m1", "d", "m2"), curve.shown(), strict=True)
    }
    return QdiscClass(
        kind=above.kind, device=above.device.name, classid=above.handle << 16 | each.minor,
        parent=ROOT if each.above is None else above.handle << 16 | each.above.minor, leaf=leaf.handle << 16,
        options={**slopes, "period": each.period, "work": each.work, "rtwork": each.served}, bytes=each.bytes,
        packets=each.packets, drops=each.drops, backlog=leaf.backlog, length=leaf.length, level=each.level,
    )  # fmt: skip


def _plain(
    above: QueueingDiscipline, minor: int, leaf: QueueingDiscipline | None, *, of: QueueingDiscipline | None
) -> QdiscClass:
    """A class with the counters of its discipline, or without."""
    plain = QdiscClass(kind=above.kind, device=above.device.name, classid=above.handle << 16 | minor,
                       parent=above.handle << 16, leaf=0 if leaf is None else leaf.handle << 16)  # fmt: skip
    if of is None:
        return plain
    return attrs.evolve(plain, bytes=of.bytes, packets=of.packets, drops=of.drops, overlimits=of.overlimits,
                        backlog=of.backlog, length=of.length)  # fmt: skip


def _entry(root: HierarchyTokenBucket, each: HtbClass) -> QdiscClass:
    leaf = each.leaf
    return QdiscClass(
        kind=root.kind, device=root.device.name, classid=root.handle << 16 | each.minor,
        parent=ROOT if each.above is None else root.handle << 16 | each.above.minor,
        leaf=leaf.handle << 16, options={**each.options, "quantum": each.quantum}, bytes=each.bytes,
        packets=each.packets, drops=each.drops, overlimits=each.overlimits, backlog=leaf.backlog, length=leaf.length,
        tokens=each.tokens, level=each.level, lends=each.lends, borrows=each.borrows,
    )  # fmt: skip
