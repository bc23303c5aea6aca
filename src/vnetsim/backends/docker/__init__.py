"""A real Docker Engine: scenarios run with the real `docker`, on an engine that has no objects of others.

    engine = RealEngine("unix:///run/engine.sock")
    engine.refuse_if_used()
    with EngineSession(engine) as session:
        steps = session.play([Command("docker network create app")]).steps

engine         what an engine reports of itself: versions, images, what is on it, its host
session        the client of `engine_runner`: sends it scenarios, reads the result of each step
engine_runner  the process that plays, and removes what was made, whichever process is killed meanwhile
ownership      the labels by which what was made is known
client         `docker` as scenarios may use it (a shell script)
"""

from vnetsim.backends.docker.engine import RealEngine as RealEngine
from vnetsim.backends.docker.session import EngineSession as EngineSession
