"""Requests about classes of queueing disciplines (net/sched/sch_api.c: tc_ctl_tclass).

Classes of htb just below the root are modelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.qdisc.htb import HierarchyTokenBucket, HtbClass
from vnetsim.observations import QdiscClass
from vnetsim.operations import ChangeClass, DeleteClass, Verb
from vnetsim.operations.qdisc import ROOT

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace


def change_class(namespace: NetworkNamespace, request: ChangeClass) -> None:
    """RTM_NEWTCLASS"""
    root = _root(namespace.device(request.device), request.classid, request.parent)
    minor = request.classid & 0xFFFF
    if request.parent not in (0, ROOT) and request.parent & 0xFFFF:
        raise NotModelled("a class of htb below another class")
    known = root.classes.get(minor)
    if known is not None and request.verb is Verb.ADD:
        raise KernelError(Errno.EEXIST)
    if known is None and request.verb is Verb.CHANGE:
        raise KernelError(Errno.ENOENT)
    if known is not None:
        known.configure(request.options)
    elif not request.parent:
        raise KernelError(Errno.EINVAL)
    else:
        root.classes[minor] = HtbClass(root, minor, request.options)


def _root(device: Device, classid: int, parent: int) -> HierarchyTokenBucket:
    """KernelError(ENOENT) if the device has no classful discipline of that number."""
    root = device.root_qdisc
    wanted = {number >> 16 for number in (classid, parent) if number not in (0, ROOT) and number >> 16}
    if not isinstance(root, HierarchyTokenBucket) or wanted - {root.handle}:
        raise KernelError(Errno.ENOENT)
    return root


def delete_class(namespace: NetworkNamespace, request: DeleteClass) -> None:
    """RTM_DELTCLASS: what waits in the class is dropped."""
    root = _root(namespace.device(request.device), request.classid, 0)
    known = root.classes.pop(request.classid & 0xFFFF, None)
    if known is None:
        raise KernelError(Errno.ENOENT)
    known.reset()


def dump_classes(namespace: NetworkNamespace, device: str) -> list[QdiscClass]:
    root = namespace.device(device).root_qdisc
    if not isinstance(root, HierarchyTokenBucket):
        return []
    return [_entry(device, root, each) for each in root.classes.values()]


def _entry(device: str, root: HierarchyTokenBucket, each: HtbClass) -> QdiscClass:
    return QdiscClass(
        kind=root.kind, device=device, classid=root.handle << 16 | each.minor, parent=ROOT,
        leaf=0 if each.leaf is None else each.leaf.handle << 16, options=each.options, bytes=each.bytes,
        packets=each.packets, drops=each.drops, overlimits=each.overlimits, backlog=each.backlog,
        length=each.length + (0 if each.leaf is None else each.leaf.length), tokens=each.tokens,
    )  # fmt: skip
