"""Group addresses that a user adds to a device: `ip maddress` (SIOCADDMULTI, SIOCDELMULTI)."""

from __future__ import annotations

from vnetsim.values import frozen
from vnetsim.wire.mac import Mac


@frozen(kw_only=True)
class AddGroup:
    device: str
    mac: Mac

    def command(self) -> str:
        return f"ip maddress add {self.mac} dev {self.device}"


@frozen(kw_only=True)
class DeleteGroup:
    device: str
    mac: Mac

    def command(self) -> str:
        return f"ip maddress del {self.mac} dev {self.device}"
