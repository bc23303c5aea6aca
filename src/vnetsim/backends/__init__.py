"""Who carries out what is asked of a network, besides the simulator: a real kernel (`linux`).

It plays *acts* (`vnetsim.backends.acts`): command lines, captures, pauses, as a script or a session has them, and gives
back steps in the shape of recordings (`vnetsim.record`).  Only on Linux, and only if somebody asks: nothing of vnetsim
but `verify` imports this package.

Not there: a real Docker Engine.  Recordings of one are in tests/recorded/docker.
"""
