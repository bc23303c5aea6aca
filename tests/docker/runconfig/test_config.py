"""Containers keep of their configuration what is not as by default."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vnetsim import Lab
from vnetsim.docker.runconfig.config import CONFIG, HOST_CONFIG, compact, host_config

VALUES = st.sampled_from([None, 0, False, True, 1, "", "bridge", [], {}, [0, 0], {"Name": "no"}])


@given(st.dictionaries(st.sampled_from(list(HOST_CONFIG)), VALUES))
def test_what_is_kept_reads_as_the_whole(changed: dict[str, Any]) -> None:
    config = {**HOST_CONFIG, **changed}
    kept = compact(HOST_CONFIG, config)
    assert repr(dict(kept)) == repr(config)
    assert [kept.get(key, "none") for key in (*config, "Other")] == [*config.values(), "none"]
    kept["Memory"] = 7
    assert (kept["Memory"], HOST_CONFIG["Memory"]) == (7, 0)


def test_requests_do_not_change_the_defaults() -> None:
    before = copy.deepcopy(HOST_CONFIG)
    for body in ({"Privileged": True}, {"IpcMode": "host"}, {"LogConfig": {"Config": {"a": "b"}}}, {"Memory": 1}):
        assert host_config({"HostConfig": body}) != before
    assert before == HOST_CONFIG


def emptied(value: Any) -> None:
    """Clear all objects and lists in it, the innermost first."""
    if isinstance(value, (dict, list)):
        for each in list(value.values() if isinstance(value, dict) else value):
            emptied(each)
        value.clear()


def test_defaults_are_nobodys_to_change() -> None:
    before = copy.deepcopy((CONFIG, HOST_CONFIG))
    lab = Lab()
    for command in (
        "docker run -d --name aa -p 80:80 --label x=y nginx", "docker run -d --name bb --restart always nginx",
        "docker run -d --privileged --name cc nginx", "docker update --restart no bb", "docker rename aa dd",
        "docker inspect dd cc", "docker commit dd", "docker restart bb",
    ):  # fmt: skip
        lab.run(command)
    answer = lab.docker.container_inspect("dd")
    emptied(lab.docker.container_inspect("dd"))
    assert lab.docker.container_inspect("dd") == answer
    assert before == (CONFIG, HOST_CONFIG)
