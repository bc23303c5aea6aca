"""Who carries out what is asked of a network, besides the simulator: a real kernel (`linux`), a real engine (`engine`).

Both play *acts* (`vnetsim.backends.acts`): command lines, captures, pauses, as a script or a session has them, and give
back steps in the shape of recordings (`vnetsim.record`).  Only on Linux, and only if somebody asks: nothing of vnetsim
but `verify` imports this package.
"""
