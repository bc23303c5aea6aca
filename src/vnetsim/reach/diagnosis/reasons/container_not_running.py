"""CONTAINER_NOT_RUNNING and NO_ADDRESS: no sender, or no destination."""

from __future__ import annotations

from vnetsim.dropreason import DropReason
from vnetsim.reach.diagnosis.case import Diagnosis, DiagnosisCase
from vnetsim.reach.endpoints.endpoints import Endpoint, state_of
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
    return case.conclude(DropReason.NO_ADDRESS.code, sentence, decider, namespace=case.label(target))


def _last_output(case: DiagnosisCase, target: Endpoint) -> str:
    """The last output of the container, or the engine's message about it."""
    state = case.lab.docker.container_inspect(target.name)["State"]
    logged = [text for _, text in case.lab.docker.container_logs(target.name)]
    sentence = state.get("Error") or "".join(logged).strip().rpartition("\n")[2]
    return f" (it said: {sentence.strip()})" if sentence.strip() else ""
