"""The flags of `docker run` and `docker create` (docker/cli, cli/command/container/opts.go), from their tables."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.programs.docker.flag_table import read_flags
from vnetsim.programs.docker.flags import BadValue, FlagType, listing
from vnetsim.programs.docker.mount_opts import read_mount
from vnetsim.programs.docker.network_flag import NETWORK
from vnetsim.programs.docker.validators import (
    check_attach,
    check_dns_search,
    check_env,
    check_extra_host,
    check_ip,
    check_label,
    check_link,
    check_sysctl,
    check_ulimit,
)

_CGROUP_RULE: Final = re.compile(r"[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}")


def _check_cgroup_rule(text: str) -> str:
    if not _CGROUP_RULE.fullmatch(text):
        raise BadValue(f"invalid device cgroup format '{text}'")
    return text


#: The types of these flags, besides those of pflag.
_TYPES: Final = {
    "attach": listing(check_attach),
    "cgroup-rule": listing(_check_cgroup_rule),
    "dns-search": listing(check_dns_search),
    "env": listing(check_env),
    "extra-host": listing(check_extra_host),
    "gpu-request": FlagType("gpu-request", str, many=True),
    "ip": listing(check_ip),
    "label": listing(check_label),
    "link": listing(check_link),
    "mount": FlagType("mount", read_mount, many=True),
    "network": NETWORK,
    "sysctl": listing(check_sysctl, "map"),
    "ulimit": FlagType("ulimit", check_ulimit, many=True),
}
_CONTAINER_FLAGS: Final = read_flags("container", _TYPES)
CREATE_FLAGS: Final = (*_CONTAINER_FLAGS, *read_flags("create"))
RUN_FLAGS: Final = (*_CONTAINER_FLAGS, *read_flags("run"))
