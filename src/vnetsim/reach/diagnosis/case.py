"""A question whose answer is to be explained, and what is found out about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vnetsim import dropreason
from vnetsim.reach.diagnosis.naming import Naming
from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.name_lookup import written
from vnetsim.reach.endpoints.netns import LabNamespaces
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.probing.verdict import ProbeVerdict
from vnetsim.reach.walks.loss import Decider, Loss
from vnetsim.reach.walks.packets import IpPacket, content, own
from vnetsim.reach.walks.resolution import Resolution
from vnetsim.trace import Event
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab


@frozen(kw_only=True)
class Diagnosis:
    """Why a question was answered as it was.

    `code` is one of dropreason.CODES; `packet` tells which one was lost (request, reply, error, "" for none);
    `namespace` and `device` where; `lost` all that was lost, the first being what decided; `route` is where the
    request went, as far as `address`.
    """

    verdict: ProbeVerdict
    code: str
    sentence: str
    decider: Decider | None = None
    packet: str = ""
    namespace: str = ""
    device: str = ""
    lost: tuple[Loss, ...] = ()
    resolution: Resolution | None = None
    from_hosts: bool = False  #: a name's address is that of a line in /etc/hosts

    @property
    def question(self) -> ReachQuestion:
        return self.verdict.question

    @property
    def arrives(self) -> bool:
        return self.code == dropreason.ARRIVES

    @property
    def spot(self) -> tuple[str, str, str, str]:
        """What tells this ending from another one."""
        return self.code, self.namespace, self.device, "" if self.decider is None else str(self.decider)


@frozen(eq=False)
class DiagnosisCase:
    """`namespaces` are those of `lab`, in which the question was probed with `watch` and `settle` to give `verdict`."""

    lab: BaseLab
    verdict: ProbeVerdict
    namespaces: LabNamespaces

    @property
    def question(self) -> ReachQuestion:
        return self.verdict.question

    def label(self, endpoint: Endpoint) -> str:
        netns = self.namespaces.of(endpoint)
        return endpoint.short if netns is None else netns.label

    def journey(self, packet: int) -> list[Event]:
        """What happened to one packet."""
        return own(self.verdict.events, packet)

    def packet(self, packet: int) -> IpPacket | None:
        """The IP packet as it was last seen."""
        return content(self.journey(packet))

    def conclude(self, code: str, sentence: str, decider: Decider | None = None, **more: Any) -> Diagnosis:
        """The diagnosis, with a remark on the destination's name."""
        address = self.verdict.address
        if self.question.target.kind == "name" and address is not None:
            sender, name = self.question.sender, self.question.target.name
            from_hosts = written(self.lab, sender, name, address)
            if not from_hosts:
                sentence += after("; ", Naming(self.lab, self.namespaces, sender, name).others(address))
            elif code != dropreason.ARRIVES:
                sentence += f"; that {name} is {address} says /etc/hosts of {sender.short}"
            more |= {"from_hosts": True} if from_hosts else {}
        return Diagnosis(verdict=self.verdict, code=code, sentence=sentence, decider=decider, **more)


def after(separator: str, text: str) -> str:
    """The text after a separator; nothing if it is empty."""
    return f"{separator}{text}" if text else ""
