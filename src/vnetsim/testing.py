"""A simulated engine for tests that need Docker: the pytest fixture `docker_engine`, and what it is made of.

    def test_two_containers_share_a_network(docker_engine: str) -> None:
        client = docker.from_env()              # docker-py, unchanged: DOCKER_HOST is set
        client.networks.create("shop")

Outside of pytest:

    with docker_host() as host:                 # tcp://127.0.0.1:PORT
        subprocess.run(["docker", "ps"], env={**os.environ, "DOCKER_HOST": host})

The engine listens on a free port of the loopback, in a thread of its own, and its lab is that thread's until the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator

from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.serve.listeners import TcpHost
from vnetsim.serve.server import APIServer


class _Thread(threading.Thread):
    """Serves a lab until `close`."""

    def __init__(self, lab: Lab, speed: float | None) -> None:
        super().__init__(name="vnetsim", daemon=True)
        self._lab, self._speed = lab, speed
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: APIServer | None = None
        self.host = ""
        self.failure: Exception | None = None
        #: What the server complained about.
        self.complaints: list[str] = []

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # it is that of the thread that waits
            self.failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        server = self._server = APIServer(self._lab, speed=self._speed, complain=self.complaints.append)
        closing = asyncio.ensure_future(server.wait_closed())
        try:
            (host,) = await server.listen([TcpHost("127.0.0.1", 0)])
            self.host = str(host)
            self._ready.set()
        except BaseException:
            server.close()
            raise
        finally:
            await closing

    def wait_ready(self) -> str:
        self._ready.wait()
        if self.failure is not None:
            raise UsageError(f"the simulated engine cannot be served: {self.failure}") from self.failure
        return self.host

    def close(self) -> None:
        if self._loop is not None and self._server is not None and self.is_alive():
            self._loop.call_soon_threadsafe(self._server.close)
        self.join()


@contextlib.contextmanager
def docker_host(lab: Lab | None = None, *, seed: int = 0, speed: float | None = None) -> Iterator[str]:
    """Serve the Engine API of `lab` (a new one with this seed), and give the DOCKER_HOST of its clients.

    `speed` is how fast simulated time passes, None: clients do not wait for it.  UsageError if it cannot be served.
    """
    thread = _Thread(lab or Lab(seed, docker=True), speed)
    thread.start()
    try:
        yield thread.wait_ready()
    finally:
        thread.close()
