"""The rules and connections of one namespace, of both families (net/netfilter/core.c, nf_conntrack_ecache.c)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from vnetsim.errors import NotModelled
from vnetsim.kernel.netdev.notifier import NetdevEvent
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netfilter.hooks import Hooks
from vnetsim.netfilter.errors import NetfilterError
from vnetsim.netfilter.nft.compat import CompatTables
from vnetsim.netfilter.operations import Batch, BridgeRuleOperation, Deferred, IptablesOperation
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.values import made_on_first_use
from vnetsim.wire import ipv4

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.kernel.netdev.notifier import Before
    from vnetsim.kernel.netfilter.conntrack import Connections
    from vnetsim.kernel.netfilter.ebtables import EbtablesHooks
    from vnetsim.kernel.netfilter.ip_ops import NfIpOps
    from vnetsim.kernel.netfilter.nft_chain_filter import FrameChains
    from vnetsim.netfilter.ipset.ipsets import IpSets
    from vnetsim.netfilter.nft.numbers import TableKey
    from vnetsim.netfilter.nft.ruleset import NftRuleset
    from vnetsim.netfilter.nft.tables import NftTable
    from vnetsim.netfilter.packet import IpPacket
    from vnetsim.netfilter.rules import Rule
    from vnetsim.protocols.conntrack import NfConn


class CtEventListener(Protocol):
    """struct nf_ct_event_notifier; `by` is the process and its name that delete connections at the moment."""

    by: tuple[int, str]

    def saw(self, version: int, kind: str, connection: NfConn) -> None: ...


class Netfilter:
    """Rules of both families, and the walk through them."""

    def __init__(self, namespace: Netns) -> None:
        self._families = {version: Hooks(namespace, version, self._sets) for version in (4, 6)}
        #: The hooks of each family.
        self.run4: Callable[..., bool] = self._families[4].run
        self.run6: Callable[..., bool] = self._families[6].run
        #: Whether any hook has a step, for IPv4 and for IPv6 packets.
        self.active = self.active6 = False
        #: The first rules of the namespace, as long as neither a packet nor a program came to them.
        self._deferred: Deferred | None = None
        #: Listeners to the events of connections (nf_conntrack_ecache.c).
        self.ct_listeners: tuple[CtEventListener, ...] = ()
        self._namespace = namespace
        self._native: NftRuleset | None = None
        self._framed = False
        #: Who hears of packets that nft traces.
        self.tracers: list[Callable[..., None]] = []
        for family in self._families.values():
            family.tracers = self.tracers

    @made_on_first_use
    def _foreign(self) -> CompatTables:
        """The tables of iptables as nf_tables numbers them."""
        return CompatTables()

    @made_on_first_use
    def ipsets(self) -> IpSets:
        """The sets that rules refer to."""
        from vnetsim.netfilter.ipset.ipsets import IpSets  # noqa: PLC0415 -- most networks have none

        host = self._namespace.host
        return IpSets(host.engine.now, host.random, self._set_names)

    @made_on_first_use
    def ebtables(self) -> EbtablesHooks:
        """The rules for frames of bridges."""
        from vnetsim.kernel.netfilter.ebtables import EbtablesHooks  # noqa: PLC0415 -- most networks have none

        return EbtablesHooks(self._namespace)

    @made_on_first_use
    def frames(self) -> FrameChains:
        """The chains of nft for bridges, devices and ARP; once there are tables of nft."""
        from vnetsim.kernel.netfilter.nft_chain_filter import FrameChains  # noqa: PLC0415 -- most networks have none

        self._framed = True
        return FrameChains(self._namespace, self._families)

    def bridge_hook(self, hook: str, skb: Skb, bridge: Device, ingress: Device | None, egress: Device | None) -> bool:
        """The rules of ebtables, or those of nft, at a hook of a bridge."""
        if self.ebtables.tables.active and not self.ebtables.run(hook, skb, bridge, ingress, egress):
            return False
        return not self._framed or self.frames.bridge(hook, skb, bridge, ingress, egress)

    def apply_bridge(self, operation: BridgeRuleOperation) -> None:
        """An operation of ebtables: EbtablesRefusal as ebtables says it."""
        if self._framed and self.frames.bridged:
            raise NotModelled("ebtables beside tables of nft of the family bridge")
        self.ebtables.execute(operation)
        self._namespace.bridge_rules = self.ebtables.tables.active

    def _sets(self) -> IpSets:
        return self.ipsets

    def _set_names(self) -> Iterator[str]:
        """Of the sets in all rules."""
        return (
            name
            for ruleset in self.rulesets.values()
            for table in ruleset.tables.values()
            for chain in table.chains.values()
            for entry in chain.entries
            for extension in entry.rule.extensions
            for name in extension.sets
        )

    @property
    def rulesets(self) -> dict[int, Ruleset]:
        """The rules by family, with their counters up to date."""
        self._settle()
        return {version: family.ruleset for version, family in self._families.items()}

    def _settle(self) -> None:
        if self._deferred is not None:
            self._carry_out(self._deferred)
        for family in self._families.values():
            family.flows.settle()

    def _defer(self, operation: Deferred) -> None:
        """If these are the first rules: until a packet comes to a hook, or a program reads or changes the rules."""
        if self._native is not None or any(family.ruleset.tables for family in self._families.values()):
            for single in operation.operations():
                with suppress(NetfilterError):
                    self.apply(single)
            return
        self._deferred = operation
        self._namespace.hooks_needed = True
        if operation.version == 4:
            self.run4, self.active = self._run_first, True
        else:
            self.run6, self.active6 = self._run_first, True

    def _run_first(self, hook: str, skb: Skb, in_device: Device | None, out_device: Device | None) -> bool:
        self._settle()
        return self.run(hook, skb, in_device, out_device)

    def _carry_out(self, deferred: Deferred) -> None:
        self._deferred = None
        self.run4, self.run6 = self._families[4].run, self._families[6].run
        for operation in deferred.operations():
            with suppress(NetfilterError):
                self._apply(operation)
        self._rebuild(self._families)

    def sysctls_changed(self) -> None:
        """A sysctl was written."""
        for family in self._families.values():
            family.sysctls_changed()

    def register_ip_ops(self, version: int, ops: NfIpOps) -> None:
        self._families[version].register_ip_ops(ops)

    netdev_events: ClassVar = (NetdevEvent.REGISTER, NetdevEvent.CHANGENAME, NetdevEvent.DOWN)

    def netdev_event(self, event: NetdevEvent, device: Device, _before: Before) -> None:
        """Cached flows are stale after a change of names, because rules match devices by name."""
        if event is NetdevEvent.DOWN:
            if self._framed:
                self.frames.device_down(device)
            return
        for family in self._families.values():
            family.flows.forget()
        if self._framed:
            self.frames.attach(device)

    def register_socket_lookup(self, lookup: Callable[[IpPacket, Device | None], str]) -> None:
        """Who knows the sockets of the namespace (NetContext.socket)."""
        for family in self._families.values():
            family.socket_lookup = lookup

    @property
    def native(self) -> NftRuleset:
        """The tables of nft; the code for them is loaded on first use."""
        self._settle()
        if self._native is None:
            from vnetsim.netfilter.nft.ruleset import NftRuleset  # noqa: PLC0415 -- most networks have none

            self._native = NftRuleset(self._foreign)
        return self._native

    def native_tables(self) -> Mapping[TableKey, NftTable]:
        """The tables of `native`, to be read only; the code for them is not loaded to find none."""
        return self.native.tables if self._native is not None else {}

    def apply(self, operation: IptablesOperation) -> None:
        """Apply an operation of iptables: NetfilterError with its message."""
        self._settle()
        if isinstance(operation, Deferred):
            self._defer(operation)
            return
        if self._native is not None:
            self._native.check_foreign(operation)
        self._check_sets(operation)
        if self._native is not None:
            self._native.foreign_changed()
        if self._apply(operation):
            self._rebuild(self._families if self._native is not None else (operation.version,))

    def _check_sets(self, operation: IptablesOperation) -> None:
        """set_match_v4_checkentry: NetfilterError where a rule refers to a set that there is not."""
        for single in operation.operations if isinstance(operation, Batch) else (operation,):
            rule: Rule | None = getattr(single, "rule", None)
            for extension in () if rule is None else rule.extensions:
                for name in extension.sets:
                    if self.ipsets.find(name) is None:
                        raise NetfilterError(f"Set {name} doesn't exist.", 2)

    def _apply(self, operation: IptablesOperation) -> bool:
        """Whether it changed anything."""
        ruleset = self._families[operation.version].ruleset
        generation = ruleset.generation
        ruleset.apply(operation)
        if ruleset.generation == generation:
            return False
        self._foreign.note(ruleset, operation)
        return True

    def apply_native(self, operation: Any) -> None:
        """Apply a batch of nft: BatchRefused with the kernel's message."""
        for foreign in self.native.apply(operation, self._namespace.host.engine.now()):
            self._apply(foreign)
        self._rebuild(self._families)
        tables = self.native.tables
        if self._framed or any(key[0] not in ("ip", "ip6") or table.flowtables for key, table in tables.items()):
            self.frames.rebuild(self.native)
            self._namespace.bridge_rules = self.frames.bridged or (
                self._namespace.bridge_rules and self.ebtables.tables.active
            )

    def _rebuild(self, versions: Iterable[int]) -> None:
        for version in versions:
            self._families[version].rebuild(self._native)
        self.active, self.active6 = self._families[4].active, self._families[6].active
        self._namespace.hooks_needed = self.active or self.active6

    def connections(self, version: int) -> Connections:
        return self._families[version].connections

    def memory(self, version: int) -> dict[tuple[str, str], Any]:
        """The state that rules of a family share."""
        return self._families[version].memory

    def connection_count(self) -> int:
        return sum(family.connection_count() for family in self._families.values())

    def run(
        self, hook: str, skb: Skb, in_device: Device | None, out_device: Device | None, *,
        bridge_out: Device | None = None,
    ) -> bool:  # fmt: skip
        """Walk the steps of a hook; False if the packet ended here (dropped, or rejected and reported).

        For bridged packets the devices are the bridge, `skb.port` is the port the frame came in by and `bridge_out`
        the one it leaves by.
        """
        if self._deferred is not None:
            self._settle()
        family = self._families[4 if isinstance(skb.frame.payload, ipv4.Packet) else 6]
        return family.run(hook, skb, in_device, out_device, bridge_out)
