"""The HostConfig of lines whose flags say nothing of it is that of one without flags."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vnetsim import Lab
from vnetsim.programs.docker import container_opts
from vnetsim.programs.docker.container_opts import OF_CONFIG, complete_host_config

#: Values for the flags that take another one than a word.
VALUES = {"env": "A=b", "env-file": "/etc/hostname", "expose": "81", "publish": "80:81", "volume": "/data",
          "network": "n", "ip": "10.9.0.9", "stop-timeout": "3", "attach": "stdout", "pull": "missing"}  # fmt: skip
SWITCHES = {"detach", "interactive", "no-healthcheck", "tty"}


def test_flags_that_say_nothing_of_it_leave_it_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[set[str], Any, Any]] = []
    usual = container_opts._host_config

    def both(process: Any, options: Any, binds: Any, bindings: Any) -> Any:
        made = usual(process, options, binds, bindings)
        seen.append((set(options.given), made, complete_host_config(process, options, binds, bindings)))
        return made

    monkeypatch.setattr(container_opts, "_host_config", both)
    lab = Lab.docker_host()
    assert lab.run("docker network create --subnet 10.9.0.0/24 n")
    for flag in sorted(OF_CONFIG):
        given = "" if flag in SWITCHES else VALUES.get(flag, "word")
        more = {"network-alias": "--network n", "ip": "--network n"}.get(flag, "")
        lab.run(f"docker create {more} --{flag} {given} alpine")
    lab.run("docker create -v /a:/b --network host alpine")
    lab.run("docker create --memory 64m --cap-add NET_ADMIN -p 80 alpine")
    assert set().union(*(given for given, *_ in seen)) >= OF_CONFIG - {"detach"}
    for flags, made, whole in seen:
        assert json.dumps(made) == json.dumps(whole), flags
    assert [one["CapAdd"] for _, one, _ in seen[-2:]] == [None, ["CAP_NET_ADMIN"]]
