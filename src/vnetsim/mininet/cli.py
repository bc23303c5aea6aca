"""`mininet.cli`: the command line of a network.

Not modelled: keys for a program that runs; xterm and X11.
"""

from __future__ import annotations

import os
import sys
from cmd import Cmd
from pathlib import Path
from typing import Any

from vnetsim.errors import VnetsimError
from vnetsim.mininet.emulation import current
from vnetsim.mininet.functions import dumpNodeConnections, dumpPorts
from vnetsim.mininet.log import error, info, output
from vnetsim.mininet.popen import run_to_end
from vnetsim.mininet.term import makeTerms, runX11

_HELP = """You may also send a command to a node using:
  <node> command {args}
For example:
  mininet> h1 ifconfig

The interpreter automatically substitutes IP addresses
for node names when a node is the first arg, so commands
like
  mininet> h2 ping h3
should work.

"""


class CLI(Cmd):
    """Reads commands from standard input, or from the file `script`."""

    prompt = "mininet> "

    def __init__(self, mininet: Any, stdin: Any = None, script: str | None = None, **kwargs: Any) -> None:
        self.mn = mininet
        self.locals: dict[str, Any] = {"net": mininet}
        self.inputFile = script
        super().__init__(stdin=stdin or sys.stdin, **kwargs)
        if stdin is not None and stdin is not sys.stdin:
            self.use_rawinput = False
        if script is None:
            current().stands("CLI(net)")
        info("*** Starting CLI:\n")
        if script:
            self.do_source(script)
        else:
            self.run()

    def run(self) -> None:
        while True:
            try:
                for node in self.mn.values():
                    if node.waiting:
                        info("stopping", node, "\n")
                        node.sendInt()
                        node.waitOutput()
                self.cmdloop()
                break
            except KeyboardInterrupt:
                output("\nInterrupt\n")

    def onecmd(self, line: str) -> Any:
        """A refusal of the machine is printed, and the next line is read."""
        try:
            return super().onecmd(line)
        except VnetsimError as refusal:
            output(f"{refusal}\n")
            return None

    def emptyline(self) -> bool:
        return False

    def getLocals(self) -> dict[str, Any]:
        self.locals.update(self.mn.items())
        return self.locals

    def do_help(self, line: str) -> None:
        """Describe available CLI commands."""
        super().do_help(line)
        if line == "":
            output(_HELP)

    # --- what there is ----------------------------------------------------------------------------------------------

    def do_nodes(self, _line: str) -> None:
        """List all nodes."""
        output(f"available nodes are: \n{' '.join(sorted(self.mn))}\n")

    def do_ports(self, _line: str) -> None:
        """display ports and interfaces for each switch"""
        dumpPorts(self.mn.switches)

    def do_net(self, _line: str) -> None:
        """List network connections."""
        dumpNodeConnections(self.mn.values())

    def do_intfs(self, _line: str) -> None:
        """List interfaces."""
        for node in self.mn.values():
            output(f"{node.name}: {','.join(node.intfNames())}\n")

    def do_dump(self, _line: str) -> None:
        """Dump node info."""
        for node in self.mn.values():
            output(f"{node!r}\n")

    def do_links(self, _line: str) -> None:
        """Report on links"""
        for link in self.mn.links:
            output(link, link.status(), "\n")

    # --- commands ---------------------------------------------------------------------------------------------------

    def do_sh(self, line: str) -> None:
        """Run a shell command on the machine
        Usage: sh [cmd args]"""
        self.stdout.write(run_to_end(current(), None, line, merged=True)[0])
        self.stdout.flush()

    def do_py(self, line: str) -> None:
        """Evaluate a Python expression.
        Node names may be used, e.g.: py h1.cmd('ls')"""
        try:
            result = eval(line, globals(), self.getLocals())
            if result:
                output((result if isinstance(result, str) else repr(result)) + "\n")
        except Exception as problem:
            output(f"{problem}\n")

    def do_px(self, line: str) -> None:
        """Execute a Python statement.
        Node names may be used, e.g.: px print h1.cmd('ls')"""
        try:
            exec(line, globals(), self.getLocals())
        except Exception as problem:
            output(f"{problem}\n")

    def do_pingall(self, line: str) -> None:
        """Ping between all hosts."""
        self.mn.pingAll(line)

    def do_pingpair(self, _line: str) -> None:
        """Ping between first two hosts, useful for testing."""
        self.mn.pingPair()

    def do_pingallfull(self, _line: str) -> None:
        """Ping between all hosts, returns all ping results."""
        self.mn.pingAllFull()

    def do_pingpairfull(self, _line: str) -> None:
        """Ping between first two hosts, returns all ping results."""
        self.mn.pingPairFull()

    def _hosts(self, names: list[str]) -> list[Any]:
        """The nodes of these names; [] after a message if one is unknown."""
        unknown = [name for name in names if name not in self.mn]
        for name in unknown:
            error(f"node '{name}' not in network\n")
        return [] if unknown else [self.mn[name] for name in names]

    def do_iperf(self, line: str) -> None:
        """Simple iperf TCP test between two (optionally specified) hosts.
        Usage: iperf node1 node2"""
        args = line.split()
        if not args:
            self.mn.iperf()
        elif len(args) == 2:
            if hosts := self._hosts(args):
                self.mn.iperf(hosts)
        else:
            error("invalid number of args: iperf src dst\n")

    def do_iperfudp(self, line: str) -> None:
        """Simple iperf UDP test between two (optionally specified) hosts.
        Usage: iperfudp bw node1 node2"""
        args = line.split()
        if not args:
            self.mn.iperf(l4Type="UDP")
        elif len(args) == 3:
            if hosts := self._hosts(args[1:]):
                self.mn.iperf(hosts, l4Type="UDP", udpBw=args[0])
        else:
            error("invalid number of args: iperfudp bw src dst\nbw examples: 10M\n")

    def do_link(self, line: str) -> None:
        """Bring link(s) between two nodes up or down.
        Usage: link node1 node2 [up/down]"""
        args = line.split()
        if len(args) != 3:
            error("invalid number of args: link end1 end2 [up down]\n")
        elif args[2] not in ("up", "down"):
            error("invalid type: link end1 end2 [up down]\n")
        else:
            self.mn.configLinkStatus(*args)

    def do_xterm(self, line: str, term: str = "xterm") -> None:
        """Spawn xterm(s) for the given node(s).
        Usage: xterm node1 node2 ..."""
        args = line.split()
        if not args:
            error(f"usage: {term} node1 node2 ...\n")
        for node in self._hosts(args):
            makeTerms([node], term=term)

    def do_gterm(self, line: str) -> None:
        """Spawn gnome-terminal(s) for the given node(s).
        Usage: gterm node1 node2 ..."""
        self.do_xterm(line, term="gterm")

    def do_x(self, line: str) -> None:
        """Create an X11 tunnel to the given node,
        optionally starting a client.
        Usage: x node [cmd args]"""
        args = line.split()
        if not args:
            error("usage: x node [cmd args]...\n")
        for node in self._hosts(args[:1]):
            runX11(node, args[1:])

    def do_exit(self, _line: str) -> str:
        """Exit"""
        return "exited by user command"

    def do_quit(self, line: str) -> str:
        """Exit"""
        return self.do_exit(line)

    def do_EOF(self, line: str) -> str:
        """Exit"""
        output("\n")
        return self.do_exit(line)

    def isatty(self) -> bool:
        return os.isatty(self.stdin.fileno())

    def do_noecho(self, line: str) -> None:
        """Run an interactive command with echoing turned off.
        Usage: noecho [cmd args]"""
        self.default(line)

    def do_source(self, line: str) -> None:
        """Read commands from an input file.
        Usage: source <file>"""
        args = line.split()
        if len(args) != 1:
            error("usage: source <file>\n")
            return
        try:
            lines = Path(args[0]).read_text("utf-8").splitlines()
        except OSError:
            error(f"error reading file {args[0]}\n")
            return
        for each in lines:
            self.onecmd(each)

    def do_dpctl(self, line: str) -> None:
        """Run dpctl (or ovs-ofctl) command on all switches.
        Usage: dpctl command [arg1] [arg2] ..."""
        args = line.split()
        if not args:
            error("usage: dpctl command [arg1] [arg2] ...\n")
            return
        for switch in self.mn.switches:
            output(f"*** {switch.name} {'-' * 72}\n")
            output(switch.dpctl(*args))

    def do_time(self, line: str) -> None:
        """Measure the simulated time taken for any command in Mininet."""
        start = current().now()
        self.onecmd(line)
        self.stdout.write(f"*** Elapsed time: {current().now() - start:0.6f} secs\n")

    def do_switch(self, line: str) -> None:
        """Starts or stops a switch"""
        args = line.split()
        if len(args) != 2:
            error("invalid number of args: switch <switch name>{start, stop}\n")
            return
        name, command = args
        if name not in self.mn or self.mn.get(name) not in self.mn.switches:
            error(f"invalid switch: {command}\n")
        elif command == "start":
            self.mn.get(name).start(self.mn.controllers)
        elif command == "stop":
            self.mn.get(name).stop(deleteIntfs=False)
        else:
            error("invalid command: switch <switch name> {start, stop}\n")

    def do_wait(self, _line: str) -> None:
        """Wait until all switches have connected to a controller"""
        self.mn.waitConnected()

    def default(self, line: str) -> None:
        """A command of a node, in which names of nodes become their addresses."""
        first, args, line = self.parseline(line)
        if first not in self.mn:
            error(f"*** Unknown command: {line}\n")
            return
        if not args:
            error(f"*** Please enter a command for node: {first} <cmd>\n")
            return
        node = self.mn[first]
        words = [self.mn[word].defaultIntf().updateIP() or word if word in self.mn else word
                 for word in args.split(" ")]  # fmt: skip
        node.sendCmd(" ".join(words))
        self.waitForNode(node)

    def waitForNode(self, node: Any) -> None:
        """Print what the node prints until its command has ended; Ctrl-C ends it."""
        while node.waiting:
            try:
                output(node.monitor().replace("\r\n", "\n"))
            except KeyboardInterrupt:
                node.sendInt()
        output(node.waitOutput().replace("\r\n", "\n"))
