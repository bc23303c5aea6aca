"""A Linux host: owns state, moves frames, emits trace events.

One class or table a module, named as the kernel's file that it follows.  Programs and the Docker engine see none of
it: they use the protocols of `vnetsim.process`, which `kernel.proc.machine` and `kernel.rtnetlink.network` implement.
"""
