"""What executes the operations on a network, besides the simulator: a real kernel (`linux`).

It plays *acts* (`vnetsim.backends.acts`): command lines, captures, pauses, as a script or a session has them, and
returns steps in the shape of recordings (`vnetsim.record`).  Only on Linux, and only on request: nothing of vnetsim
but `verify` imports this package.

Not there: a real Docker Engine.  Recordings of one are in tests/recorded/docker.
"""
