"""Sysctls: `sysctl -w` (Documentation/networking/ip-sysctl.rst)."""

from __future__ import annotations

from vnetsim.values import frozen


@frozen(kw_only=True)
class SetSysctl:
    """`key` as a path below /proc/sys with slashes (`net/ipv4/conf/eth0/forwarding`)."""

    key: str
    value: str

    def command(self) -> str:
        return f"sysctl -w {self.key}={self.value}"
