"""The command `mn` (Mininet 2.3: bin/mn): a topology from the command line, its tests or its CLI.

    vnetsim mn --topo tree,2 --switch lxbr --test pingall
    vnetsim mn run SCRIPT.py

Times are simulated.  Not modelled: `--cluster`, `--innamespace`, `--pin`, `--xterms`, other controllers than the
default one.
"""

from __future__ import annotations

import optparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from vnetsim.errors import NotModelled, UsageError, VnetsimError
from vnetsim.lab import Lab
from vnetsim.mininet import dropin
from vnetsim.mininet.cli import CLI
from vnetsim.mininet.emulation import Emulation, using
from vnetsim.mininet.functions import buildTopo, customClass, specialClass, splitArgs
from vnetsim.mininet.link import Link, OVSLink, TCLink, TCULink
from vnetsim.mininet.log import LEVELS, info, lg, output
from vnetsim.mininet.net import VERSION, Mininet
from vnetsim.mininet.node import (
    NOX,
    Controller,
    CPULimitedHost,
    Host,
    IVSSwitch,
    NullController,
    OVSBridge,
    OVSController,
    OVSSwitch,
    RemoteController,
    Ryu,
    UserSwitch,
)
from vnetsim.mininet.nodelib import LinuxBridge
from vnetsim.mininet.topo import LinearTopo, MinimalTopo, SingleSwitchReversedTopo, SingleSwitchTopo
from vnetsim.mininet.topolib import TorusTopo, TreeTopo

_TESTS: Final = ("pingall", "pingpair", "iperf", "iperfudp", "all", "none", "build")
_SPELLINGS: Final = {"pingall": "pingAll", "pingpair": "pingPair", "iperfudp": "iperfUdp"}


def _choices() -> dict[str, dict[str, Any]]:
    return {
        "topos": {"minimal": MinimalTopo, "linear": LinearTopo, "reversed": SingleSwitchReversedTopo,
                  "single": SingleSwitchTopo, "tree": TreeTopo, "torus": TorusTopo},
        "switches": {"user": UserSwitch, "ovs": OVSSwitch, "ovsbr": OVSBridge, "ovsk": OVSSwitch, "ivs": IVSSwitch,
                     "lxbr": LinuxBridge, "default": OVSSwitch},
        "hosts": {"proc": Host, "rt": specialClass(CPULimitedHost, defaults={"sched": "rt"}),
                  "cfs": specialClass(CPULimitedHost, defaults={"sched": "cfs"})},
        "controllers": {"ref": Controller, "ovsc": OVSController, "nox": NOX, "remote": RemoteController, "ryu": Ryu,
                        "default": Controller, "none": NullController},
        "links": {"default": Link, "tc": TCLink, "tcu": TCULink, "ovs": OVSLink},
        "tests": {},
    }  # fmt: skip


class _Options(optparse.OptionParser):
    def error(self, msg: str) -> Any:
        raise UsageError(f"mn: {msg}")


def _parser() -> optparse.OptionParser:
    parser = _Options(usage="vnetsim mn [options]\n       vnetsim mn run SCRIPT.py [arguments]", prog="mn",
                      description="Creates a network of Mininet on a simulated machine.")  # fmt: skip
    for name, default in (("switch", "default"), ("host", "proc"), ("link", "default"), ("topo", "minimal")):
        parser.add_option(f"--{name}", default=default, metavar="NAME[,param=value...]")
    parser.add_option("--controller", action="append", default=[], metavar="NAME[,param=value...]")
    parser.add_option("-c", "--clean", action="store_true", help="does nothing: each run has a new machine")
    parser.add_option("--custom", action="append", default=[], help="read classes and topologies from .py files")
    parser.add_option("--test", action="append", default=[], help="|".join(_TESTS))
    parser.add_option("-i", "--ipbase", default="10.0.0.0/8", help="base IP address for hosts")
    parser.add_option("--mac", action="store_true", default=False, help="set MACs that are easy to read")
    parser.add_option("--arp", action="store_true", default=False, help="set all ARP entries")
    parser.add_option("-v", "--verbosity", type="choice", choices=list(LEVELS), default="info")
    parser.add_option("--pre", help="CLI script to run before tests")
    parser.add_option("--post", help="CLI script to run after tests")
    parser.add_option("--nat", action="store_true", default=False, help="connect the hosts to the machine's network")
    parser.add_option("--version", action="store_true", help="print Mininet's version")
    parser.add_option("-w", "--wait", action="store_true", default=False, help="wait for switches to connect")
    parser.add_option("-t", "--twait", type="int", dest="wait", help="wait so many seconds for switches to connect")
    parser.add_option("--listenport", type="int", default=6654, help=optparse.SUPPRESS_HELP)
    parser.add_option("--nolistenport", action="store_true", help=optparse.SUPPRESS_HELP)
    for names in (("-x", "--xterms"), ("--innamespace",), ("--pin",)):
        parser.add_option(*names, action="callback", callback=_refuse, help="not modelled")
    for long in ("--cluster", "--placement"):
        parser.add_option(long, action="callback", callback=_refuse, type="string", help="not modelled")
    return parser


def _refuse(_option: Any, name: str, *_: Any) -> None:
    raise NotModelled(f"mn {name}")


def main(argv: Sequence[str], seed: int = 0) -> int:
    """The exit status: 1 if something was not modelled, UsageError for arguments that make no sense."""
    if list(argv[:1]) == ["run"]:
        return dropin.main(argv[1:], seed)
    options, rest = _parser().parse_args(list(argv))
    if rest:
        raise UsageError(f"mn: expected options, or `run SCRIPT.py`, found {rest[0]!r}")
    lg.setLogLevel(options.verbosity)
    if options.version:
        output(f"{VERSION}\n")
        return 0
    emulation = Emulation(Lab(seed, docker=False), tell=sys.stderr.write)
    if not options.clean:
        with dropin.installed(), using(emulation):
            try:
                _Runner(emulation, options).begin()
            except VnetsimError:
                raise
            except Exception as error:
                raise UsageError(f"mn: {error}") from None
    return dropin.report(emulation)


class _Runner:
    def __init__(self, emulation: Emulation, options: Any) -> None:
        self.emulation, self.options = emulation, options
        self.choices = _choices()
        self.cli: Any = CLI
        self.validate: Any = None

    def begin(self) -> None:
        options = self.options
        for value in options.custom:
            self._read_custom(value)
        self._check_tests()
        start = self.emulation.now()
        if self.validate:
            self.validate(options)
        net = self._network()
        if options.nat:
            net.addNAT().configDefault()
        if options.pre:
            self.cli(net, script=options.pre)
        net.start()
        if options.test:
            self._test(net, options.test)
        else:
            self.cli(net)
        if options.post:
            self.cli(net, script=options.post)
        net.stop()
        info(f"completed in {self.emulation.now() - start:0.3f} seconds\n")

    def _network(self) -> Mininet:
        options = self.options
        wait = options.wait or bool(options.test and options.test != ["none"])
        return Mininet(
            topo=buildTopo(self.choices["topos"], options.topo),
            switch=customClass(self.choices["switches"], options.switch),
            host=customClass(self.choices["hosts"], options.host),
            controller=[customClass(self.choices["controllers"], each) for each in options.controller or ["default"]],
            link=customClass(self.choices["links"], options.link),
            ipBase=options.ipbase, autoSetMacs=options.mac, autoStaticArp=options.arp, waitConnected=wait,
        )  # fmt: skip

    def _check_tests(self) -> None:
        for each in (name for option in self.options.test for name in option.split("+")):
            name = splitArgs(each)[0]
            name = _SPELLINGS.get(name.lower(), name)
            if name not in (*_TESTS, *self.choices["tests"]) and not callable(getattr(Mininet, name, None)):
                raise UsageError(f"mn: Test {name} is unknown - please specify one of {', '.join(_TESTS)}")

    def _test(self, net: Mininet, tests: Sequence[str]) -> None:
        for each in (name for option in tests for name in option.split("+")):
            name, args, kwargs = splitArgs(each)
            name = _SPELLINGS.get(name.lower(), name)
            function = self.choices["tests"].get(name)
            if function is not None:
                function(net, *args, **kwargs)
            elif name == "all":
                net.ping()
                net.iperf()
            elif name not in ("none", "build"):
                getattr(net, name)(*args, **kwargs)

    def _read_custom(self, value: str) -> None:
        """Names of the user's files that replace or add to those of mn."""
        for name in [value] if Path(value).is_file() else value.split(","):
            if not Path(name).is_file():
                raise UsageError(f"mn: could not find custom file: {name}")
            names: dict[str, Any] = {"__name__": "__custom__", "__file__": name}
            self.emulation.script = name
            try:
                exec(compile(Path(name).read_text("utf-8"), name, "exec"), names, names)
            except VnetsimError:
                raise
            except SyntaxError as error:
                raise UsageError(f"{name}:{error.lineno}: {error.msg}") from None
            except Exception as error:
                raise UsageError(f"{dropin.located(self.emulation, error)}{type(error).__name__}: {error}") from None
            for key, found in names.items():
                self._set_custom(key, found)

    def _set_custom(self, name: str, value: Any) -> None:
        if name in self.choices:
            self.choices[name].update(value)
        elif name == "validate":
            self.validate = value
        elif name == "CLI":
            self.cli = value
