"""A real Linux kernel: scenarios run with the real tools, in namespaces that are theirs alone and end with them.

    with Kernel() as kernel:
        steps = kernel.play([Command("ip netns add red"), Command("ip netns list")]).steps

No root is needed where users may have user namespaces.  What is played can write to /etc, /run, /tmp and /root, all of
them its own, and to no other file.  Nothing of it outlives the `with`, nor the process that holds it, however that
ends (see `namespaces`).
"""

from vnetsim.backends.linux.kernel import Kernel as Kernel
from vnetsim.backends.linux.kernel import PlayedOnKernel as PlayedOnKernel
from vnetsim.backends.linux.machine import RealMachine as RealMachine
from vnetsim.backends.linux.machine import inspect as inspect
