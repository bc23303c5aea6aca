"""Which files and which name: flags, environment, `.env`."""

from __future__ import annotations

import pytest

from tests.compose.compose_recordings import MemoryFiles
from vnetsim.compose.options import ProjectOptions
from vnetsim.compose.values import ComposeError
from vnetsim.errors import NotModelled

FILE = "services: {a: {image: x}}\n"


def options(files: dict[str, str], directory: str = "/p/dir", **environment: str) -> ProjectOptions:
    return ProjectOptions(directory=directory, files=MemoryFiles(files), environment=environment)


def test_a_file_is_searched_upwards_and_its_override_is_beside_it() -> None:
    files = {"/p/compose.yml": FILE, "/p/compose.override.yaml": "services: {a: {image: y}}", "/p/dir/x": ""}
    project = options(files).project()
    assert project.compose_files == ["/p/compose.yml", "/p/compose.override.yaml"]
    assert (project.name, project.services["a"].image) == ("p", "y")


def test_the_name_is_that_of_the_flag_of_the_environment_of_the_file_of_the_directory() -> None:
    files = {"/p/dir/compose.yaml": FILE + "name: file\n", "/p/dir/plain.yaml": FILE}
    flag = options(files, COMPOSE_PROJECT_NAME="env")
    flag.project_name = "flag"
    plain = options(files)
    plain.config_paths = ["plain.yaml"]
    found = (flag, options(files, COMPOSE_PROJECT_NAME="env"), options(files), plain)
    assert [one.project().name for one in found] == ["flag", "env", "file", "dir"]


def test_variables_of_the_process_go_before_those_of_dotenv() -> None:
    files = {"/p/dir/compose.yaml": "services: {a: {image: '$A$B'}}", "/p/dir/.env": "A=1\nB=2\n"}
    assert options(files, A="0").project().services["a"].image == "02"


def test_no_file() -> None:
    with pytest.raises(ComposeError, match="no configuration file provided: not found"):
        options({}).project()


def test_what_only_git_has_is_refused_by_name() -> None:
    remote = options({})
    remote.config_paths = ["https://github.com/docker/awesome-compose.git"]
    with pytest.raises(NotModelled, match=r"compose: -f https://github\.com"):
        remote.project()
