"""CONTAINER_NOT_RUNNING and NO_ADDRESS: no sender, or no destination."""

from __future__ import annotations

from vnetsim.dropreason import DropReason
from vnetsim.reach.diagnosis.case import Diagnosis, DiagnosisCase, after
from vnetsim.reach.endpoints.endpoints import Endpoint, state_of
from vnetsim.reach.endpoints.name_lookup import left_behind
from vnetsim.reach.walks.loss import Decider


def diagnose(case: DiagnosisCase) -> Diagnosis:
    sender, target = case.question.sender, case.question.target
    decider = Decider("container" if target.kind == "container" else "address", case.verdict.text)
    for end in (sender, target):
        if state_of(case.lab, end) != "running":
            return case.conclude(
                DropReason.CONTAINER_NOT_RUNNING.code, case.verdict.text + _last_output(case, end), decider
            )
    netns = case.namespaces.of(target)
    sentence = case.verdict.text + ("; it has no device but lo" if netns is not None and not netns.links() else "")
    sentence += after("; ", _joined(case, target))
    return case.conclude(DropReason.NO_ADDRESS.code, sentence, decider, namespace=case.label(target))


def _joined(case: DiagnosisCase, end: Endpoint) -> str:
    """That it has the network of another container, which has none any more, or another one now."""
    owner = dict(left_behind(case.lab)).get(end.name) if end.kind == "container" else None
    if owner is None:
        return ""
    state = state_of(case.lab, Endpoint("container", owner))
    return f"it has the network that {owner} had before it " + ("was started again" if state == "running" else "ended")


def _last_output(case: DiagnosisCase, target: Endpoint) -> str:
    """What the engine says about the container, or the first line of its output with an error, or the last line."""
    state = case.lab.docker.container_inspect(target.name)["State"]
    logged = [text for _, text in case.lab.docker.container_logs(target.name)]
    lines = [line.strip() for line in (state.get("Error") or "".join(logged)).splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return f" (it said: {(errors or lines[-1:])[0]})" if lines else ""
