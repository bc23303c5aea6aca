"""Bodies whose members have the wrong type: refused as encoding/json does, and never a fault."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from tests.serve.clients import served
from vnetsim.errors import EngineError
from vnetsim.serve.bodies import checked
from vnetsim.serve.messages import json_line


@pytest.mark.parametrize(
    ("body", "struct", "message"),
    [
        # Both as recorded.
        ({"Name": 3}, "CreateOptions", "number into Go struct field CreateOptions.Name of type string"),
        ({"HostConfig": "x"}, "", "string into Go struct field .HostConfig of type container.HostConfig"),
        ({"Env": "A=b"}, "", "string into Go struct field .Env of type []string"),
        ({"Env": [1]}, "", "number into Go struct field .Env of type string"),
        ({"Tty": 1}, "", "number into Go struct field .Tty of type bool"),
        ({"Labels": {"a": []}}, "", "array into Go struct field .Labels.a of type string"),
        ({"StopTimeout": True}, "", "bool into Go struct field .StopTimeout of type int"),
        ({"IPAM": {"Config": [[]]}}, "CreateRequest",
         "array into Go struct field CreateRequest.IPAM.Config of type network.IPAMConfig"),
    ],
)  # fmt: skip
def test_a_member_of_another_type_is_refused(body: Any, struct: str, message: str) -> None:
    with pytest.raises(EngineError) as refused:
        checked(body, struct)
    assert (refused.value.status, refused.value.message) == (400, f"invalid JSON: json: cannot unmarshal {message}")


@pytest.mark.parametrize(
    "body",
    [
        {}, {"Cmd": "sh"}, {"Cmd": ["sh"]}, {"Env": None}, {"HostConfig": {"PortBindings": {"80/tcp": None}}},
        {"ExposedPorts": {"80/tcp": {}}}, {"NetworkingConfig": {"EndpointsConfig": {"a": None}}},
    ],
)  # fmt: skip
def test_what_has_the_right_type_or_none_is_left_alone(body: Any) -> None:
    assert checked(body, "") == body


def test_members_are_found_whatever_the_case_of_their_names_and_others_dropped_from_a_creation() -> None:
    """As encoding/json does: docker-py sends detachKeys, and Runtime beside HostConfig."""
    assert checked({"detachKeys": "ctrl-p"}, "ExecOptions") == {"DetachKeys": "ctrl-p"}
    body = {"cmd": ["a"], "Runtime": "x", "hostConfig": {"networkmode": "none"}, "Labels": {"cmd": "b"}}
    assert checked(body, "") == {"Cmd": ["a"], "HostConfig": {"NetworkMode": "none"}, "Labels": {"cmd": "b"}}
    ipam = {"ipam": {"config": [{"subnet": "10.1.0.0/16"}]}}
    assert checked(ipam, "CreateRequest") == {"IPAM": {"Config": [{"Subnet": "10.1.0.0/16"}]}}
    with pytest.raises(EngineError, match="of type string"):
        checked({"detachkeys": 3}, "ExecOptions")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 70_000) | st.sampled_from(["", "a", "80/tcp", "bridge", "10.1.0.0/16"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "80/tcp", "Test"]), inner, max_size=2)
    ),
    max_leaves=4,
)
_PATHS = {
    "/containers/create": ("Cmd", "Env", "Labels", "ExposedPorts", "Healthcheck", "HostConfig", "NetworkingConfig"),
    "/networks/create": ("Name", "Driver", "IPAM", "Options", "Labels", "ConfigFrom", "EnableIPv6"),
    "/volumes/create": ("Name", "Driver", "DriverOpts", "Labels"),
}


@settings(max_examples=examples(60))
@given(st.data())
def test_no_body_is_a_fault(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(_PATHS)))
    body = data.draw(st.dictionaries(st.sampled_from(_PATHS[path]), _VALUES, max_size=3))
    body = {"Image": "busybox", **body} if path == "/containers/create" else body

    async def main() -> None:
        async with served() as client:
            reply = await client.ask("POST", path, json_line(body), {"content-type": "application/json"})
            assert reply.status != 500, (path, body, reply.body)

    asyncio.run(main())
