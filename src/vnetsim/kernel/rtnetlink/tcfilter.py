"""Requests about filters (net/sched/cls_api.c: tc_new_tfilter, tc_del_tfilter, tc_dump_tfilter).

Not modelled: chains, shared blocks, actions that are made by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.qdisc.classify import DROPPED, STOLEN, Classifier
from vnetsim.kernel.qdisc.tcaction import TcAction
from vnetsim.kernel.qdisc.tcfilter import Block, TcFilter, TcProto
from vnetsim.kernel.rtnetlink.qdisc import INGRESS_HANDLE, by_handle, disciplines, root_of
from vnetsim.observations.tcfilter import FilterAction, TrafficFilter
from vnetsim.operations import Verb
from vnetsim.operations.qdisc import CLSACT_EGRESS, CLSACT_INGRESS
from vnetsim.operations.tcfilter import (
    Action,
    ChangeFilter,
    DeleteFilter,
    Flower,
    FwMark,
    Mirred,
    Police,
    U32Match,
    VlanTag,
)

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace

#: The first preference that the kernel chooses, and the first number of a filter of u32.
_FIRST_PREFERENCE: Final = 0xC000
#: It chooses the one before the first of those that are higher than this (tcf_auto_prio).
_LATER: Final = 0x8000
_NODE: Final = 0x800
#: A table of rates has so many cells (TC_RTAB_SIZE), which are of more than one byte (qdisc_get_rtab).
_CELLS: Final = 256
_LAST_VLAN: Final = 4095


def _refuse(errno: Errno, message: str) -> KernelError:
    return KernelError(errno, message)


def block_of(device: Device, parent: int) -> Block | None:
    """The filters of a parent; None if there is no such discipline, KernelError if it has no filters."""
    if parent >> 16 == INGRESS_HANDLE >> 16:
        return _of_hook(device, parent)
    above = root_of(device) if not parent else by_handle(device, parent)
    if above is None:
        return None
    if not isinstance(above, Classifier):
        if above.kind in ("sfq", "fq_codel", "cake"):
            raise NotModelled(f"filters of {above.kind}")
        problem = "Class doesn't support blocks" if above.classful else "Qdisc not classful"
        raise _refuse(Errno.EOPNOTSUPP, problem)
    minor = parent & 0xFFFF
    if minor and minor not in above.blocks:
        try:
            above.find(minor)
        except KeyError:
            raise _refuse(Errno.EINVAL, "Specified class doesn't exist") from None
    return above.blocks.setdefault(minor, Block(device, parent or above.handle << 16, ingress=False))


def _of_hook(device: Device, parent: int) -> Block | None:
    """ingress_tcf_block, clsact_tcf_block: `ingress` has one block, for every class."""
    if device.ingress == "clsact" and parent not in (CLSACT_INGRESS, CLSACT_EGRESS):
        raise KernelError(Errno.EINVAL)
    hook = device.root_qdisc if device.ingress == "clsact" and parent == CLSACT_EGRESS else device.ingress_hook
    return getattr(hook, "block", None)


def _known(device: Device, parent: int) -> Block:
    block = block_of(device, parent)
    if block is None:
        raise _refuse(Errno.EINVAL, "Parent Qdisc doesn't exists")
    return block


def change_filter(namespace: NetworkNamespace, request: ChangeFilter) -> None:
    """RTM_NEWTFILTER"""
    device = namespace.device(request.device)
    kind = request.match.kind
    block = _known(device, request.parent)
    proto = next((each for each in block.protos if request.preference == each.preference), None)
    missing = namespace.host.missing_modules
    if f"cls_{kind}" in missing:
        raise _refuse(Errno.ENOENT, "TC classifier not found")
    if any(f"act_{each.kind}" in missing for each in request.actions):
        raise _refuse(Errno.ENOENT, "Failed to load TC action module")
    if proto is not None and proto.kind != kind:
        raise _refuse(Errno.EINVAL, "Specified filter kind does not match existing one")
    if proto is not None and proto.protocol != request.protocol:
        raise _refuse(Errno.EINVAL, "Protocol mismatch for filter with specified priority")
    if proto is None and request.verb is Verb.CHANGE:
        raise _refuse(Errno.ENOENT, "Need both RTM_NEWTFILTER and NLM_F_CREATE to create a new filter")
    if not request.has_options and (kind != "u32" or request.handle):
        raise KernelError(Errno.EINVAL)
    if request.parent:
        block.parent = request.parent
    proto = proto or _new_proto(block, request, kind)
    if request.has_options:
        _put(namespace, proto, request)
    _list(block, proto)
    _changed(device, request.parent)


def _new_proto(block: Block, request: ChangeFilter, kind: str) -> TcProto:
    """It is listed with its first filter (see _put)."""
    preference = request.preference
    if not preference:
        later = [each.preference for each in block.protos if each.preference >= _LATER]
        preference = min(later) - 1 if later else _FIRST_PREFERENCE
    table = block.new_table() if kind == "u32" else 0
    return TcProto(preference=preference, protocol=request.protocol, kind=kind, table=table)


def _put(namespace: NetworkNamespace, proto: TcProto, request: ChangeFilter) -> None:
    handle = _handle(proto, request)
    before = next((each for each in proto.filters if each.handle == handle), None)
    if before is not None and (request.verb is Verb.ADD or proto.kind == "matchall"):
        raise KernelError(Errno.EEXIST)
    if before is None and request.verb is Verb.CHANGE:
        raise KernelError(Errno.ENOENT)
    if isinstance(request.match, Flower):
        _check_flower(proto, before, request.match)
    actions = _made_all(namespace, request.actions)
    match = before.match if before is not None and isinstance(before.match, U32Match) else request.match
    added = TcFilter(handle=handle, match=match, classid=request.classid, actions=actions,
                     old_police=request.old_police)  # fmt: skip
    if isinstance(match, U32Match):
        added.key_successes = [0] * len(match.keys)
    if before is not None:
        proto.filters[proto.filters.index(before)] = added
    else:
        proto.filters.append(added)


def _list(block: Block, proto: TcProto) -> None:
    """tcf_chain_tp_insert"""
    if proto not in block.protos:
        block.protos = sorted([*block.protos, proto], key=lambda each: each.preference)


def _check_flower(proto: TcProto, before: TcFilter | None, match: Flower) -> None:
    """fl_change: no two filters are for the same packets, and none gets another mask."""
    if before is None and any(each.match == match for each in proto.filters):
        raise KernelError(Errno.EEXIST)
    if before is not None and isinstance(before.match, Flower) and before.match.mask() != match.mask():
        raise KernelError(Errno.EINVAL)


def _handle(proto: TcProto, request: ChangeFilter) -> int:
    """The number of the filter, the lowest free one if none is given."""
    if isinstance(request.match, FwMark):
        if not request.match.mark:
            raise KernelError(Errno.EINVAL)
        return request.match.mark
    if request.handle:
        return request.handle
    if proto.kind == "matchall":
        return 1
    taken = {each.handle for each in proto.filters}
    first = proto.table << 20 | _NODE if proto.kind == "u32" else 1
    return next(number for number in range(first, first + 0x7FF) if number not in taken)


def _made_all(namespace: NetworkNamespace, specs: Sequence[Action]) -> tuple[TcAction, ...]:
    """tcf_action_init: the lowest free number of its kind for each."""
    taken = {(each.spec.kind, each.index) for each in all_actions(namespace)}
    made = []
    for spec in specs:
        _check(spec)
        index = next(number for number in range(1, len(taken) + 2) if (spec.kind, number) not in taken)
        taken.add((spec.kind, index))
        made.append(_made(namespace, spec, index))
    namespace.tc_actions += tuple(made)
    return tuple(made)


def _check(spec: Action) -> None:
    if isinstance(spec, Police) and spec.mtu < _CELLS:
        raise KernelError(Errno.ENOMEM)
    if isinstance(spec, VlanTag) and spec.vlan > _LAST_VLAN:
        raise KernelError(Errno.ERANGE)


def _made(namespace: NetworkNamespace, spec: Action, index: int) -> TcAction:
    now = namespace.host.engine.now()
    action = TcAction(spec=spec, index=index, installed=now)
    if isinstance(spec, Mirred):
        action.target = namespace.device(spec.device)
    if isinstance(spec, Police):
        action.tokens, action.checked = spec.burst, now
    return action


def all_actions(namespace: NetworkNamespace) -> tuple[TcAction, ...]:
    """Those that filters of the namespace's devices have."""
    used = {id(action) for device in namespace.devices() for block in blocks(device) for action in block.actions()}
    namespace.tc_actions = tuple([each for each in namespace.tc_actions if id(each) in used])
    return namespace.tc_actions


def blocks(device: Device) -> Iterator[Block]:
    """All blocks of a device."""
    for hook in (device.ingress_hook, device.root_qdisc):
        if (block := getattr(hook, "block", None)) is not None:
            yield block
    for each in disciplines(device):
        if isinstance(each, Classifier):
            yield from each.blocks.values()


def _changed(device: Device, parent: int) -> None:
    """The discipline sees its filters: none where there are none."""
    above = (
        None if parent >> 16 == INGRESS_HANDLE >> 16 else root_of(device) if not parent else by_handle(device, parent)
    )
    if isinstance(above, Classifier):
        filled = {minor: block for minor, block in above.blocks.items() if block.protos}
        above.filters = {minor: block.chooser(above.kind, DROPPED, STOLEN) for minor, block in filled.items()}
        above.chosen = frozenset[int]().union(*(block.chosen() for block in filled.values()))


def delete_filter(namespace: NetworkNamespace, request: DeleteFilter) -> None:
    """RTM_DELTFILTER"""
    device = namespace.device(request.device)
    block = _known(device, request.parent)
    if not request.preference:
        if request.protocol or request.handle or request.kind:
            raise _refuse(Errno.ENOENT, "Cannot flush filters with protocol, handle or kind set")
        block.protos = []
    else:
        _delete(block, request)
    _changed(device, request.parent)


def _delete(block: Block, request: DeleteFilter) -> None:
    if not block.protos:
        raise _refuse(Errno.EINVAL, "Cannot find specified filter chain")
    found = [each for each in block.protos if each.preference == request.preference
             and request.protocol in (0, each.protocol)]  # fmt: skip
    if not found:
        raise _refuse(Errno.ENOENT, "Filter with specified priority/protocol not found")
    (proto,) = found
    if request.kind and proto.kind != request.kind:
        raise _refuse(Errno.EINVAL, "Specified filter kind does not match existing one")
    if not request.handle:
        block.protos = [each for each in block.protos if each is not proto]
        return
    kept = [each for each in proto.filters if each.handle != request.handle]
    if len(kept) == len(proto.filters):
        raise _refuse(Errno.ENOENT, "Specified filter handle not found")
    proto.filters = kept
    if not kept and proto.kind != "u32":
        block.protos = [each for each in block.protos if each is not proto]


def dump_filters(namespace: NetworkNamespace, device: str, parent: int) -> list[TrafficFilter]:
    """Of each preference an entry without a filter first, for u32 one of its table, too."""
    try:
        block = block_of(namespace.device(device), parent)
    except KernelError:
        block = None
    if block is None:
        return []
    entries = []
    for proto in block.protos:
        head = TrafficFilter(device=device, parent=block.parent, protocol=proto.protocol, kind=proto.kind,
                             preference=proto.preference)  # fmt: skip
        entries.append(head)
        entries += _of_proto(namespace, head, proto)
    return entries


def _of_proto(namespace: NetworkNamespace, head: TrafficFilter, proto: TcProto) -> Iterator[TrafficFilter]:
    if proto.table:
        yield attrs.evolve(head, table=proto.table)
    for each in proto.filters:
        yield attrs.evolve(
            head, table=proto.table, handle=each.handle, match=each.match, classid=each.classid, hits=each.hits,
            successes=each.successes, key_successes=tuple(each.key_successes), old_police=each.old_police,
            actions=tuple(_action(namespace, action) for action in each.actions),
        )  # fmt: skip


def _action(namespace: NetworkNamespace, action: TcAction) -> FilterAction:
    now = namespace.host.engine.now()
    target = action.target
    device = target.name if target is not None and target.registered else "*"
    return FilterAction(
        spec=action.spec, index=action.index, device=device, bytes=action.bytes, packets=action.packets,
        drops=action.drops, overlimits=action.overlimits, installed=now - action.installed,
        used=now - (action.last_used or action.installed),
        first_used=now - action.first_used if action.first_used else 0,
    )  # fmt: skip
