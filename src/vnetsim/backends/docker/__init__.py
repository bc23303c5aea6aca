"""A real Docker Engine: scenarios run with the real `docker`, on an engine that nobody else has anything on.

    engine = Engine("unix:///run/engine.sock")
    engine.refuse_if_used()
    with EngineSession(engine) as seat:
        steps = seat.play([Command("docker network create app")]).steps

engine   what an engine says of itself: versions, images, what is on it, where it lives
seat     the near end of `guardian`: hands it scenarios, reads what became of each step
guardian the process that plays, and removes what was made, whoever of us is killed meanwhile
client   `docker` as scenarios may use it (a shell script)
"""

from vnetsim.backends.docker.engine import Engine as Engine
from vnetsim.backends.docker.seat import EngineSession as EngineSession
