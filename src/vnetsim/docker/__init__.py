"""The Docker Engine 28.5 (Engine API 1.51) as a program on the simulated host.

`vnetsim.docker.engine.DockerEngine` offers the operations of `vnetsim.docker.api.client.APIClient`.  It accesses
the host by operations and by the interfaces of `vnetsim.process` only.
"""
