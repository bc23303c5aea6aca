"""The Docker Engine 28.5 (Engine API 1.51) as a program on the simulated host.

`vnetsim.docker.engine.Engine` offers what `vnetsim.docker.api.client.Api` promises; on the host it speaks operations and
the promises of `vnetsim.process` only.
"""
