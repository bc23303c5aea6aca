"""Refusals of the kernel, by the names of their codes (IPSET_ERR_*); what they say is the tool's."""

from __future__ import annotations

from vnetsim.errors import VnetsimError
from vnetsim.values import define


@define(auto_exc=True, str=False)
class IpsetRefusal(VnetsimError):
    """`code` is without IPSET_ERR_, or an errno's name."""

    code: str

    def __str__(self) -> str:
        return f"ipset: {self.code}"
