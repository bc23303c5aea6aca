"""A service that starts from another one."""

from __future__ import annotations

import pytest

from tests.compose.compose_recordings import MemoryFiles
from vnetsim.compose.options import ProjectOptions
from vnetsim.compose.values import ComposeError


def project_of(**files: str) -> ProjectOptions:
    texts = {f"/p/{name.replace('__', '/')}.yaml": text for name, text in files.items()}
    return ProjectOptions(directory="/p", files=MemoryFiles(texts))


def test_a_service_of_another_file_brings_its_paths_with_it() -> None:
    other = "services: {b: {image: b, volumes: ['./d:/d'], environment: {A: 1, B: 1}}}"
    main = "services: {a: {extends: {file: sub/o.yaml, service: b}, environment: {B: 2}}}"
    service = project_of(compose=main, sub__o=other).project().services["a"]
    assert (service.image, service.volumes[0].source) == ("b", "/p/sub/d")
    assert service.environment == {"A": "1", "B": "2"}


@pytest.mark.parametrize(
    ("main", "message"),
    [
        ("{a: {extends: b}}", 'cannot extend service "a" in /p/compose.yaml: service "b" not found'),
        ("{a: {extends: b}, b: {extends: a}}", "Circular reference:"),
        ("{a: {extends: {file: none.yaml, service: b}}}", "open /p/none.yaml: no such file or directory"),
    ],
)
def test_what_cannot_be_extended(main: str, message: str) -> None:
    with pytest.raises(ComposeError) as refused:
        project_of(compose=f"services: {main}").project()
    assert str(refused.value).startswith(message)
