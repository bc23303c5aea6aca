"""What a device does for the protocols: `ethtool -K` (net/ethtool/features.c)."""

from __future__ import annotations

from collections.abc import Mapping

from vnetsim.operations.verb import command_line
from vnetsim.values import frozen


@frozen(kw_only=True)
class SetFeatures:
    """`features` by the kernel's names (`tx-tcp-segmentation`)."""

    device: str
    features: Mapping[str, bool]

    def command(self) -> str:
        return command_line(
            "ethtool -K", self.device, *(f"{name} {'on' if on else 'off'}" for name, on in self.features.items())
        )
