"""Mininet's Python API over a simulated machine: what a script imports as `mininet` (Mininet 2.3).

The modules have Mininet's names and are found under them (`mininet.net`, `mininet.node` ...) where `vnetsim mn run`,
`python -m vnetsim.mininet` or a question about a script installed them (`dropin`).  A node is a shell in a named
network namespace, a switch a bridge of the simulated host.  An OpenFlow switch with the default controller is a
learning switch, which is an assumption of each answer; other controllers, flow rules and user-space switches are not
modelled.

One process has one network at a time, as Mininet has one machine: `emulation.current()`.
"""
