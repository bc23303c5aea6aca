"""vnetsim.testing: tests that need Docker, without Docker."""

from __future__ import annotations

import http.client
import json
import os
import threading
from typing import Any

import pytest

from vnetsim import Lab
from vnetsim.errors import UsageError
from vnetsim.testing import docker_host


def asked(host: str, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
    client = http.client.HTTPConnection(host.removeprefix("tcp://"), timeout=30)
    data = None if body is None else json.dumps(body)
    client.request(method, path, data, {} if data is None else {"Content-Type": "application/json"})
    response = client.getresponse()
    found = response.read()
    client.close()
    return response.status, found


def test_a_test_has_an_engine_of_its_own(docker_engine: str) -> None:
    assert os.environ["DOCKER_HOST"] == docker_engine
    assert asked(docker_engine, "POST", "/networks/create", {"Name": "shop"})[0] == 201


def test_the_next_test_has_another_one(docker_engine: str) -> None:
    assert asked(docker_engine, "GET", "/networks/shop")[0] == 404


def test_a_lab_is_served_and_belongs_to_the_test_again_afterwards() -> None:
    lab = Lab(docker=True)
    with docker_host(lab) as host:
        assert asked(host, "POST", "/networks/create", {"Name": "shop"})[0] == 201
    assert "shop" in lab.run("docker network ls").stdout


def test_a_container_starts_and_time_is_not_waited_for() -> None:
    with docker_host() as host:
        body = {"Image": "busybox", "Cmd": ["sleep", "1000"]}
        assert asked(host, "POST", "/containers/create?name=web", body)[0] == 201
        assert asked(host, "POST", "/containers/web/start")[0] == 204
        assert asked(host, "POST", "/containers/web/wait") == (200, b'{"StatusCode":0}\n')


def test_nothing_is_left_behind() -> None:
    before = threading.active_count()
    with docker_host() as host:
        pass
    assert threading.active_count() == before
    with pytest.raises(OSError, match="refused"):
        asked(host, "GET", "/_ping")


def test_what_cannot_be_served_is_an_error_of_the_caller() -> None:
    lab = Lab(docker=False, docker_flags=["--nosuch"])
    with pytest.raises(UsageError, match="nosuch"), docker_host(lab):
        pass
