"""What a user could pick instead, measured on the same machine in the same run.  Absent peers are None.

ns-3 and ns.py both have a package `ns`, so each is looked for in a Python of its own, which the caller names or
`installed` makes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

#: On the package index.
PROJECTS: Final = {"ns3": "ns3", "nspy": "ns.py"}
#: How an absent peer comes to be there.
HOW: Final = {
    "ns-3": "--peers DIR, or --ns3 PYTHON", "ns.py": "--peers DIR, or --nspy PYTHON",
    "real kernel": "root on Linux", "Mininet": "root on Linux, and mn on PATH",
    "real engine": "DOCKER_HOST, and docker on PATH",
}  # fmt: skip
_NS3 = """
import sys, time
from ns import ns
count, ports = int(sys.argv[1]), int(sys.argv[2])
hosts, switch = ns.NodeContainer(), ns.NodeContainer()
hosts.Create(ports)
switch.Create(1)
csma = ns.CsmaHelper()
csma.SetChannelAttribute("DataRate", ns.StringValue("10Gbps"))
csma.SetChannelAttribute("Delay", ns.TimeValue(ns.NanoSeconds(5000)))
devices, bridged = ns.NetDeviceContainer(), ns.NetDeviceContainer()
for number in range(ports):
    pair = ns.NodeContainer()
    pair.Add(hosts.Get(number))
    pair.Add(switch.Get(0))
    link = csma.Install(pair)
    devices.Add(link.Get(0))
    bridged.Add(link.Get(1))
ns.BridgeHelper().Install(switch.Get(0), bridged)
ns.InternetStackHelper().Install(hosts)
addresses = ns.Ipv4AddressHelper()
addresses.SetBase(ns.Ipv4Address("10.0.0.0"), ns.Ipv4Mask("255.255.255.0"))
interfaces = addresses.Assign(devices)
ns.UdpEchoServerHelper(7).Install(hosts.Get(1)).Start(ns.Seconds(0))
client = ns.UdpEchoClientHelper(ns.InetSocketAddress(interfaces.GetAddress(1), 7).ConvertTo())
client.SetAttribute("MaxPackets", ns.UintegerValue(count))
client.SetAttribute("Interval", ns.TimeValue(ns.MicroSeconds(50)))
client.SetAttribute("PacketSize", ns.UintegerValue(56))
client.Install(hosts.Get(0)).Start(ns.Seconds(1))
ns.Simulator.Stop(ns.Seconds(2 + count * 50e-6))
began = time.process_time()
ns.Simulator.Run()
print((time.process_time() - began) / (4 * count) * 1e6)
"""
_NSPY = """
import sys, time, simpy
from ns.packet.dist_generator import DistPacketGenerator
from ns.packet.sink import PacketSink
from ns.port.port import Port
from ns.port.wire import Wire
count = int(sys.argv[1])
env = simpy.Environment()
source = DistPacketGenerator(env, "s", lambda: 50e-6, lambda: 98, finish=count * 50e-6)
port, wire, sink = Port(env, 10e9), Wire(env, lambda: 5e-6), PacketSink(env, rec_arrivals=False, rec_waits=False)
source.out, port.out, wire.out = port, wire, sink
began = time.process_time()
env.run()
print((time.process_time() - began) / count * 1e6)
"""


def ns3_hop_us(python: str | None, echoes: int, ports: int) -> float | None:
    """Microseconds of a hop of ns-3: CSMA links of a bridge, the topology of benchmarks.hop, UDP echo in C++."""
    return _asked(python, _NS3, str(echoes), str(ports))


def nspy_hop_us(python: str | None, packets: int) -> float | None:
    """Microseconds of ns.py for one packet through a port and a wire, without headers, addresses or a bridge."""
    return _asked(python, _NSPY, str(packets))


def _asked(python: str | None, script: str, *args: str) -> float | None:
    """What the script prints last; SystemExit if the peer was named and does not answer."""
    if python is None:
        return None
    try:
        ran = subprocess.run([python, "-c", script, *args], check=False, capture_output=True, text=True)
    except OSError as error:
        raise SystemExit(f"{python}: {error.strerror}") from None
    if ran.returncode or not ran.stdout.strip():
        raise SystemExit(f"{python}: the peer is not there, or failed:\n{ran.stderr or ran.stdout}")
    return float(ran.stdout.split()[-1])


def installed(peer: str, directory: Path) -> str | None:
    """The Python in directory/peer, a virtual environment that is made if need be; None if pip cannot install it."""
    python = directory / peer / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(directory / peer)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", PROJECTS[peer]]
    return str(python) if subprocess.run(pip, check=False, capture_output=True).returncode == 0 else None


def kernel_seconds(commands: list[str]) -> float | None:
    """Wall-clock seconds of `commands` on the real kernel, in a network namespace of their own; None without root."""
    if sys.platform != "linux" or os.geteuid() or not (shutil.which("unshare") and shutil.which("ip")):
        return None
    script = " && ".join(["mount -t tmpfs none /run", *commands])
    began = time.perf_counter()
    ran = subprocess.run(["unshare", "-n", "-m", "sh", "-c", script], check=False, capture_output=True)
    return time.perf_counter() - began if ran.returncode == 0 else None


def mininet_seconds(hosts: int) -> float | None:
    """Wall-clock seconds in which Mininet builds one bridge with `hosts` and takes it down again."""
    mininet = shutil.which("mn")
    if mininet is None or sys.platform != "linux" or os.geteuid():
        return None
    topology = [mininet, "--topo", f"single,{hosts}", "--switch", "lxbr", "--controller", "none", "--test", "none"]
    began = time.perf_counter()
    ran = subprocess.run(topology, check=False, capture_output=True)
    return time.perf_counter() - began if ran.returncode == 0 else None


def engine_run_seconds() -> float | None:
    """Wall-clock seconds of one `docker run -d` on the engine that DOCKER_HOST names, with an image it has."""
    docker = shutil.which("docker")
    if docker is None or not os.environ.get("DOCKER_HOST"):
        return None
    began = time.perf_counter()
    ran = subprocess.run([docker, "run", "-d", "--name", "vnetsim-scale", "nginx"], check=False, capture_output=True)
    took = time.perf_counter() - began
    subprocess.run([docker, "rm", "-f", "vnetsim-scale"], check=False, capture_output=True)
    return took if ran.returncode == 0 else None
