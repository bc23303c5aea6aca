"""One probe by itself: it is asked as a question, and its verdict is an answer like that of a sweep."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.probing.arrivals import Arrivals
from vnetsim.reach.probing.probes import ask
from vnetsim.reach.probing.sweep import Answer, ProbeRequest
from vnetsim.reach.probing.verdict import Outcome, ProbeVerdict, error_text, socket_outcome

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab


def probed(lab: BaseLab, request: ProbeRequest, *, arrivals: Callable[[], Arrivals] | None) -> Answer:
    verdict = ask(lab, question_of(request), watch=request.probe.protocol == "udp" or arrivals is not None)
    return Answer(_outcome(verdict), _text(verdict)) if arrivals is None else answer_of(verdict, arrivals())


def answer_of(verdict: ProbeVerdict, arrivals: Arrivals) -> Answer:
    for event in verdict.events:
        arrivals(event)
    where = None if verdict.request is None else arrivals.of(verdict.request)
    return Answer(_outcome(verdict), _text(verdict), where)


def _outcome(verdict: ProbeVerdict) -> Outcome:
    """As the client knows it, who has no trace: what an ICMP error means to its socket.

    Datagrams are watched in any case.
    """
    if verdict.question.probe.protocol == "udp" or verdict.outcome is not Outcome.ERROR or verdict.errno is None:
        return verdict.outcome
    return socket_outcome(verdict.errno, made=bool(verdict.packets))


def _text(verdict: ProbeVerdict) -> str:
    return verdict.text or ("" if verdict.message is None else error_text(verdict.message))


def question_of(request: ProbeRequest) -> ReachQuestion:
    return ReachQuestion(request.sender, Endpoint("address", str(request.address)), request.probe)
