"""What a real engine answered to curl (Docker Engine 28.5.2, API 1.51) is answered here."""

from __future__ import annotations

import asyncio

import pytest

from tests.serve.clients import served
from tests.serve.recorded_requests import differences
from vnetsim import Lab

_MACHINE = "the machine is another: its kernel, its images, its volumes"
_MOMENT = "what it shows is of that machine and moment"
_ORDER = "standard output and error are two pipes, whose order is that of a race"
_NOTHING_USED = "a simulated program uses neither processor nor memory"
_REGISTRY = "no registry is modelled"
_FOLLOWED = "not sent: without end (a test of its own)"
_TEXT = "not modelled"
#: Requests that are answered otherwise, by the end of their command, with the reason.
KNOWN: dict[str, dict[str, str]] = {
    "api_system": {
        "/version": _MACHINE,
        "/info": _MACHINE,
        "/system/df": _MACHINE,
        "/v1.51/volumes": _MACHINE,
        "/swarm/join": _TEXT,
        "/auth": _REGISTRY,
        "/distribution/nginx/json": _REGISTRY,
    },
    "api_networks": {},
    "api_ports": {
        """"ExposedPorts":{"1-2/tcp":{}}}' '/v1.51/containers/create'""": "a range of exposed ports is refused",
    },
    "api_numbers": {
        '/images/json?filters={"until":["1h","2h"]}\'': _MACHINE,
    },
    "api_containers": {
        "/web/top": _MOMENT,
        "ps_args=aux": _TEXT,
        "one-shot=1": _NOTHING_USED,
        "/web/stats?stream=0": _NOTHING_USED,
        """"Memory":100000000}' "/v1.51/containers/web2/update""": _TEXT,
        "until=$(date +%s)": "the end of an exec in a container that is killed comes after that of the container",
    },
    "api_images": {
        "/images/json": _MACHINE,
        "/nginx/history": _TEXT,
        "/images/create": _TEXT,
        "term=nginx": _REGISTRY,
        "/nginx/push": _REGISTRY,
        "/images/load": _TEXT,
        "/build": _TEXT,
        "container=nope": _TEXT,
    },
    "api_files": {"?path=/mnt&noOverwriteDirNonDir=1": "what is in the way was made by a command"},
    "api_streams": {
        "tail=1": _ORDER,
        "attach?logs=1&stream=1&stdout=1": _FOLLOWED,
        "/cb/changes": _TEXT,
        "/web/wait": _FOLLOWED,
        "/web/stats": _FOLLOWED,
        "/events": _FOLLOWED,
        "/system/df": _MACHINE,
    },
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_recorded_request_is_answered_as_the_real_engine_answered_it(name: str) -> None:
    async def play() -> list[str]:
        async with served(Lab.docker_host(has_registry=False)) as client:
            return await differences(name, client, KNOWN[name])

    found = asyncio.run(play())
    assert found == [], "\n".join(found)
