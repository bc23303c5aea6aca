"""Which containers are orphans of a project."""

from __future__ import annotations

import pytest

from vnetsim.compose.model import Project
from vnetsim.compose.service import ServiceConfig
from vnetsim.programs.compose.containers import is_orphan, project_from
from vnetsim.programs.docker.cobra import CommandError


@pytest.mark.parametrize(
    ("service", "one_off", "state", "orphan"),
    [
        ("web", "False", "exited", False),
        ("off", "False", "running", False),
        ("gone", "False", "running", True),
        ("web", "True", "running", False),
        ("gone", "True", "running", False),
        ("web", "True", "exited", True),
    ],
)
def test_an_orphan_is_of_no_service_or_a_one_off_that_has_ended(
    service: str, one_off: str, state: str, *, orphan: bool
) -> None:
    project = Project(name="p", services={"web": ServiceConfig()}, disabled={"off": ServiceConfig()})
    labels = {"com.docker.compose.service": service, "com.docker.compose.oneoff": one_off}
    assert is_orphan(project, {"Labels": labels, "State": state}) == orphan


def test_a_project_without_containers_is_none() -> None:
    with pytest.raises(CommandError, match='no container found for project "p": not found'):
        project_from(None, "p", [])  # type: ignore[arg-type]
