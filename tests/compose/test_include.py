"""Projects within a project."""

from __future__ import annotations

import pytest

from tests.compose.compose_recordings import MemoryFiles
from vnetsim.compose.options import ProjectOptions
from vnetsim.compose.values import ComposeError
from vnetsim.errors import NotModelled


def project_of(files: dict[str, str]) -> ProjectOptions:
    return ProjectOptions(directory="/p", files=MemoryFiles(files))


def test_an_included_project_has_its_own_directory_and_dotenv() -> None:
    files = {
        "/p/compose.yaml": "include: [sub/compose.yaml]\nservices: {a: {image: '$TAG'}}",
        "/p/.env": "TAG=main",
        "/p/sub/compose.yaml": "services: {b: {image: 'x:${TAG}$ONLY', volumes: ['./d:/d']}}",
        "/p/sub/.env": "TAG=sub\nONLY=y",
    }
    services = project_of(files).project().services
    assert (services["a"].image, services["b"].image) == ("main", "x:mainy")
    assert services["b"].volumes[0].source == "/p/sub/d"


def test_two_that_differ_are_a_conflict() -> None:
    files = {
        "/p/compose.yaml": "include: [b.yaml]\nservices: {a: {image: x}}",
        "/p/b.yaml": "services: {a: {image: y}}",
    }
    with pytest.raises(ComposeError, match=r"services\.a conflicts with imported resource"):
        project_of(files).project()


def test_a_cycle() -> None:
    with pytest.raises(ComposeError, match=r"include cycle detected:\n/p/compose\.yaml\n include /p/compose\.yaml"):
        project_of({"/p/compose.yaml": "include: [compose.yaml]"}).project()


def test_what_is_elsewhere_is_refused_by_name() -> None:
    with pytest.raises(NotModelled, match="compose: include of oci://x"):
        project_of({"/p/compose.yaml": "include: ['oci://x']"}).project()
