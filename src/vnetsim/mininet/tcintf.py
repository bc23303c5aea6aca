"""Interfaces with `tc`: bandwidth by htb or tbf, delay, jitter, loss and the length of the queue by netem.

Not modelled: hfsc, RED and ECN (tc refuses them), `speedup`.
"""

from __future__ import annotations

from typing import Any

from vnetsim.mininet.emulation import current
from vnetsim.mininet.interfaces import Intf
from vnetsim.mininet.log import error, info


class TCIntf(Intf):
    """Mininet's commands of tc, in its order."""

    bwParamMax = 1000

    def bwCmds(self, bw: float | None = None, speedup: float = 0, use_hfsc: bool = False, use_tbf: bool = False,
               latency_ms: float | None = None, enable_ecn: bool = False,
               enable_red: bool = False) -> tuple[list[str], str]:  # fmt: skip
        if bw and (bw < 0 or bw > self.bwParamMax):
            error("Bandwidth limit", bw, f"is outside supported range 0..{self.bwParamMax}", "- ignoring\n")
            return [], " root "
        if bw is None:
            return [], " root "
        if speedup > 0 and self.node.name[:1] == "s":
            bw = speedup
        if use_hfsc:
            rates = f"sc rate {bw:f}Mbit ul rate {bw:f}Mbit"
            commands = ["%s qdisc add dev %s root handle 5:0 hfsc default 1",
                        f"%s class add dev %s parent 5:0 classid 5:1 hfsc {rates}"]  # fmt: skip
        elif use_tbf:
            latency = 15.0 * 8 / bw if latency_ms is None else latency_ms
            commands = [f"%s qdisc add dev %s root handle 5: tbf rate {bw:f}Mbit burst 15000 latency {latency:f}ms"]
        else:
            commands = ["%s qdisc add dev %s root handle 5:0 htb default 1",
                        f"%s class add dev %s parent 5:0 classid 5:1 htb rate {bw:f}Mbit burst 15k"]  # fmt: skip
        if not (enable_ecn or enable_red):
            return commands, " parent 5:1 "
        red = (f"%s qdisc add dev %s parent 5:1 handle 6: red limit 1000000 min 30000 max 35000 avpkt 1500 burst 20 "
               f"bandwidth {bw:f}mbit probability 1{' ecn' * bool(enable_ecn)}")  # fmt: skip
        return [*commands, red], " parent 6: "

    @staticmethod
    def delayCmds(parent: str, delay: Any = None, jitter: Any = None, loss: float | None = None,
                  max_queue_size: int | None = None) -> tuple[list[str], str]:  # fmt: skip
        if loss and not 0 <= loss <= 100:
            error("Bad loss percentage", loss, "%%\n")
            return [], parent
        words = [
            f"delay {delay} " if delay is not None else "",
            f"{jitter} " if jitter is not None else "",
            f"loss {loss:.5f} " if loss is not None and loss > 0 else "",
            f"limit {max_queue_size:d}" if max_queue_size is not None else "",
        ]
        if not any(words):
            return [], parent
        return ["%s qdisc add dev %s " + parent + " handle 10: netem " + "".join(words)], " parent 10:1 "

    def tc(self, cmd: str, tc: str = "tc") -> str:
        return current().run(cmd % (tc, self), namespace=self.node.namespace)

    def config(  # type: ignore[override]
        self, bw: float | None = None, delay: Any = None, jitter: Any = None, loss: float | None = None,
        gro: bool = False, txo: bool = True, rxo: bool = True, speedup: float = 0, use_hfsc: bool = False,
        use_tbf: bool = False, latency_ms: float | None = None, enable_ecn: bool = False, enable_red: bool = False,
        max_queue_size: int | None = None, **params: Any,
    ) -> Any:  # fmt: skip
        """Each kind of interface has parameters of its own, in Mininet too."""
        gro = not params.pop("disable_gro", not gro)
        result = super().config(**params)
        offloads = " ".join(f"{name} {'on' if value else 'off'}" for name, value in
                            (("gro", gro), ("tx", txo), ("rx", rxo)))  # fmt: skip
        current().run(f"ethtool -K {self} {offloads}", namespace=self.node.namespace)
        if bw is None and not delay and not loss and max_queue_size is None:
            return None
        shown = self.tc("%s qdisc show dev %s")
        commands = [] if "priomap" in shown or "noqueue" in shown else ["%s qdisc del dev %s root"]
        rates, parent = self.bwCmds(bw, speedup, use_hfsc, use_tbf, latency_ms, enable_ecn, enable_red)
        delays, parent = self.delayCmds(parent, delay, jitter, loss, max_queue_size)
        self._tell(bw, delay, jitter, loss, "ECN" if enable_ecn else "RED" if enable_red else None)
        outputs = [self.tc(command) for command in (*commands, *rates, *delays)]
        for said in filter(None, outputs):
            error(f"*** Error: {said}")
        result.update(tcoutputs=outputs, parent=parent)
        return result

    @staticmethod
    def _tell(bw: float | None, delay: Any, jitter: Any, loss: float | None, marks: str | None) -> None:
        words = [f"{bw:.2f}Mbit"] if bw is not None else []
        words += [f"{delay} delay"] if delay is not None else []
        words += [f"{jitter} jitter"] if jitter is not None else []
        words += [f"{loss:.5f}% loss"] if loss is not None else []
        info("(" + " ".join([*words, *([marks] if marks else [])]) + ") ")
