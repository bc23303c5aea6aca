"""A loss as a sentence: its reason, what decided it, and what the lab adds about that reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.dropreason import DropReason
from vnetsim.reach.diagnosis.case import DiagnosisCase, after
from vnetsim.reach.diagnosis.reasons import (
    bridge_ingress_stp_state,
    ip_inaddrerrors,
    ip_innoroutes,
    ip_invalid_source,
    netfilter_drop,
    no_socket,
    no_tx_target,
    otherhost,
    pkt_too_big,
    ttl_exceeded,
)
from vnetsim.reach.diagnosis.refusing_routes import KINDS, refusing_rule
from vnetsim.reach.diagnosis.sysctls import about_sysctl
from vnetsim.reach.walks.loss import Loss

#: What the lab adds to the sentence of a reason: which host sent the packet there, by which entry, and the setting
#: behind it.  It decides nothing; "" where nothing more is known.
ANNOTATIONS: Final[dict[DropReason, Callable[[DiagnosisCase, Loss], str]]] = {
    DropReason.BRIDGE_INGRESS_STP_STATE: bridge_ingress_stp_state.explain,
    DropReason.IP_INADDRERRORS: ip_inaddrerrors.explain,
    DropReason.IP_INNOROUTES: ip_innoroutes.explain,
    DropReason.IP_INVALID_SOURCE: ip_invalid_source.explain,
    DropReason.NETFILTER_DROP: netfilter_drop.explain,
    DropReason.NETFILTER_REJECT: netfilter_drop.explain,
    DropReason.NO_PEER: no_tx_target.explain_no_peer,
    DropReason.NO_SOCKET: no_socket.explain,
    DropReason.NO_TX_TARGET: no_tx_target.explain,
    DropReason.OTHERHOST: otherhost.explain,
    DropReason.PKT_TOO_BIG: pkt_too_big.explain,
    DropReason.TTL_EXCEEDED: ttl_exceeded.explain,
}


def described(case: DiagnosisCase, loss: Loss) -> str:
    """The reason, what decided it, and behind a semicolon what is known besides."""
    about = ANNOTATIONS.get(loss.reason)
    return _decided(case, loss) + after("; ", "" if about is None else about(case, loss))


def _decided(case: DiagnosisCase, loss: Loss) -> str:
    if loss.reason is DropReason.IP_INVALID_SOURCE:
        return f"{ip_invalid_source.named(loss)} ({loss.decider})"
    if loss.reason is DropReason.NO_SOCKET:
        return f"{loss.reason.value}: {loss.decider}"
    if loss.decider.kind == "sysctl":
        return f"{loss.reason.value} ({about_sysctl(case, loss)})"
    text = str(loss.decider)
    if loss.decider.kind == "device" and loss.event.detail and loss.reason is not DropReason.ICMP_FRAG_NEEDED:
        text = loss.event.detail
    if loss.reason in KINDS and not loss.event.detail:
        text = refusing_rule(case.namespaces.find(loss.event.namespace), KINDS[loss.reason]) or text
    return f"{loss.reason.value} ({text})" if text and text != loss.event.device else loss.reason.value
