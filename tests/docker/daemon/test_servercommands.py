"""Where the servers of frameworks listen, by their command line."""

from __future__ import annotations

import re
import shlex

import pytest

from vnetsim import Lab
from vnetsim.docker.daemon.listeningsocket import ListeningSocket
from vnetsim.docker.daemon.projectfiles import ProjectFiles
from vnetsim.docker.daemon.servercommands import commands_of, entries, everywhere, listening_of

#: What `ss -ltn` showed after each of these commands, in an empty project of its framework, in a network namespace with
#: nothing but lo (the versions are the `source` of each entry): * and 0.0.0.0 are written as "".
CAPTURED = [
    ("flask --app main run", "127.0.0.1", 5000),
    ("flask --app main run -h 0.0.0.0 -p 5001", "", 5001),
    ("FLASK_RUN_HOST=0.0.0.0 FLASK_RUN_PORT=5005 flask --app main run", "", 5005),
    ("uvicorn main:asgi", "127.0.0.1", 8000),
    ("UVICORN_HOST=0.0.0.0 UVICORN_PORT=8009 uvicorn main:asgi", "", 8009),
    ("fastapi dev fa.py", "127.0.0.1", 8000),
    ("fastapi run fa.py", "", 8000),
    ("gunicorn main:app", "127.0.0.1", 8000),
    ("PORT=9001 gunicorn main:app", "", 9001),
    ("gunicorn -b :8004 main:app", "", 8004),
    ("hypercorn main:asgi", "127.0.0.1", 8000),
    ("hypercorn -b 0.0.0.0:8003 main:asgi", "", 8003),
    ("daphne main:asgi", "127.0.0.1", 8000),
    ("waitress-serve main:app", "", 8080),
    ("waitress-serve --listen=127.0.0.1:8041 main:app", "127.0.0.1", 8041),
    ("python manage.py runserver --noreload", "127.0.0.1", 8000),
    ("python manage.py runserver --noreload 8001", "127.0.0.1", 8001),
    ("python manage.py runserver --noreload 0:8001", "", 8001),
    ("python manage.py runserver --noreload 0.0.0.0:8001", "", 8001),
    ("python -m http.server", "", 8000),
    ("python -m http.server 8005 -b 127.0.0.1", "127.0.0.1", 8005),
    ("python -m http.server -d /tmp", "", 8000),
    ("streamlit run st.py --server.headless true", "", 8501),
    ("mkdocs serve", "127.0.0.1", 8000),
    ("jupyter notebook --allow-root --no-browser", "127.0.0.1", 8888),
    ("jupyter lab --allow-root --no-browser", "127.0.0.1", 8888),
    ("jupyter lab --allow-root --ip 0.0.0.0 --port 8890", "", 8890),
    ("granian --interface asgi main:asgi", "127.0.0.1", 8000),
    ("vite", "127.0.0.1", 5173),
    ("npx vite dev", "127.0.0.1", 5173),
    ("vite --host 0.0.0.0 --port 3001", "", 3001),
    ("vite preview", "127.0.0.1", 4173),
    ("next dev", "", 3000),
    ("next start", "", 3000),
    ("PORT=3010 next dev", "", 3010),
    ("next dev -H 127.0.0.1 -p 3002", "127.0.0.1", 3002),
    ("http-server", "", 8080),
    ("http-server -p 8089 -a 127.0.0.1", "127.0.0.1", 8089),
    ("serve", "", 3000),
    ("serve -l 5050", "", 5050),
    ("serve -l tcp://127.0.0.1:5051", "127.0.0.1", 5051),
    ("json-server db.json", "127.0.0.1", 3000),
    ("json-server db.json --host 0.0.0.0 --port 3009", "", 3009),
    ("webpack serve --mode development", "", 8080),
    ("webpack serve --mode development --host 0.0.0.0 --port 8099", "", 8099),
    ("webpack-dev-server --mode development", "", 8080),
    ("php -S localhost:8080", "127.0.0.1", 8080),
    ("php -S 0.0.0.0:8080 -t .", "", 8080),
    ("hugo server -s /tmp/site", "127.0.0.1", 1313),
    ("hugo server -s /tmp/site --bind 0.0.0.0 -p 1414", "", 1414),
    ("rails server", "127.0.0.1", 3000),
    ("bin/rails s -b 0.0.0.0 -p 3001", "", 3001),
    ("BINDING=0.0.0.0 PORT=3005 rails s", "", 3005),
    ("HOST=0.0.0.0 rails s", "127.0.0.1", 3000),
    ("RAILS_ENV=production SECRET_KEY_BASE=x rails s", "", 3000),
    ("puma -p 3001 config.ru", "", 3001),
    ("puma -b tcp://127.0.0.1:9393 config.ru", "127.0.0.1", 9393),
    ("rackup", "127.0.0.1", 9292),
    ("rackup -o 0.0.0.0 -p 9400", "", 9400),
    ("RACK_ENV=production rackup", "", 9292),
]


def found(line: str) -> tuple[str, int] | None:
    words = shlex.split(line)
    settings = [word for word in words if re.match("[A-Z_]+=", word)]
    command = [word for word in words if word not in settings]
    project = ProjectFiles(None, "/", dict(each.split("=", 1) for each in settings))
    listening = listening_of(commands_of(command, ""), project)
    if listening is None:
        return None
    only = next(iter(listening.sockets), ListeningSocket(0))
    return only.address.replace("0.0.0.0", ""), only.port


@pytest.mark.parametrize(("line", "address", "port"), CAPTURED)
def test_it_listens_where_the_real_one_did(line: str, address: str, port: int) -> None:
    assert found(line) == (address, port)


@pytest.mark.parametrize(
    "line",
    [
        "node server.js", "npm start", "vite build", "next build", "flask db upgrade", "celery inspect",
        "php artisan up",
        "gunicorn -c gunicorn.conf.py main:app", "gunicorn -b unix:/run/app.sock main:app", "uvicorn main:app --uds /s",
        "gunicorn -b 8004 main:app", "uvicorn main:app --port $PORT", "uvicorn main:app --host api", "vault server", "",
        "vite --config other.js", "uvicorn main:app --port 99999", "ollama serve", "yarn serve", "puma config.ru",
        "python", "poetry run",
    ],
)  # fmt: skip
def test_other_commands_do_not_tell(line: str) -> None:
    assert found(line) is None


@pytest.mark.parametrize(
    "line",
    [
        "poetry run uvicorn main:app", "python3 -u -m uvicorn main:app", "/venv/bin/uvicorn main:app",
        "exec uvicorn main:app",
        "dumb-init -- uvicorn main:app", "/wait-for-it.sh db:5432 -t 60 -- uvicorn main:app", "uv run uvicorn main:app",
        "ddtrace-run uvicorn main:app",
    ],
)  # fmt: skip
def test_a_server_is_found_behind_what_runs_it(line: str) -> None:
    assert found(line) == ("127.0.0.1", 8000)


def test_a_worker_has_no_port() -> None:
    assert found("celery -A shop worker -l info") == ("", 0)


def test_each_entry_names_the_version_that_was_seen() -> None:
    assert all(each.source.split()[-1][0].isdigit() for each in entries())


@pytest.mark.parametrize(
    ("arguments", "answers"),
    [
        ("acme/api uvicorn main:app", False),
        ("acme/api uvicorn main:app --host 0.0.0.0", True),
        ("acme/api sh -c 'alembic upgrade head && uvicorn main:app'", False),
        ("acme/api sh -c 'alembic upgrade head && exec uvicorn main:app --host 0.0.0.0 --port ${PORT:-8000}'", True),
        ("python:3.12 python -m http.server", True),
        ("python:3.12 python -m http.server 8001", False),
        ("acme/api celery -A api worker", False),
        ("php:8-apache php -S localhost:8000", False),
        ("acme/api ./start", True),
    ],
)
def test_others_reach_a_container_only_where_its_server_listens(arguments: str, answers: bool) -> None:
    lab = Lab(docker=True)
    assert lab.run("docker network create shop")
    assert lab.run(f"docker run -d --name api --network shop --expose 8000 {arguments}")
    assert lab.run("docker run -d --name web --network shop nettools")
    lab.sleep(1)
    assert bool(lab.run("docker exec web nc -z -w 1 api 8000")) is answers
    assert lab.run("docker inspect -f '{{.State.Running}}' api").stdout == "true\n"


def test_what_a_command_line_tells_is_an_assumption() -> None:
    lab = Lab(docker=True)
    lab.run("docker run -d --name api --expose 8000 acme/api uvicorn main:app")
    assert lab.shortfall.assumptions == ("acme/api runs `uvicorn`: assumed to listen on tcp/8000 of 127.0.0.1 alone",)


@pytest.mark.parametrize(
    ("line", "address", "port"),
    [
        ("ASPNETCORE_URLS=http://+:80 dotnet Shop.dll", "", 80),
        ("ASPNETCORE_HTTP_PORTS=8080 dotnet /app/Shop.dll", "", 8080),
        ("ASPNETCORE_HTTP_PORTS=8080 ASPNETCORE_URLS=http://localhost:5000/ dotnet Shop.dll", "127.0.0.1", 5000),
        ("ASPNETCORE_HTTP_PORTS=8080 dotnet Shop.dll --urls http://*:81", "", 81),
    ],
)
def test_kestrel_listens_where_its_variables_tell(line: str, address: str, port: int) -> None:
    assert found(line) == (address, port)


@pytest.mark.parametrize("line", ["dotnet Worker.dll", "dotnet test", "ASPNETCORE_URLS=x dotnet Shop.dll"])
def test_other_programs_of_dotnet_do_not_tell(line: str) -> None:
    assert found(line) is None


@pytest.mark.parametrize(
    ("line", "everywhere_line"),
    [
        ("uvicorn main:app", "uvicorn main:app --host 0.0.0.0"),
        ("sh -c 'x && exec gunicorn app'", "sh -c 'x && exec gunicorn app --bind 0.0.0.0:8000'"),
        ("python manage.py runserver", "python manage.py runserver 0.0.0.0:8000"),
        ("uvicorn main:app --host 127.0.0.1", None),
        ("npm run dev", None),
        ("celery worker", None),
    ],
)
def test_a_command_line_gets_the_option_for_all_addresses(line: str, everywhere_line: str | None) -> None:
    changed = everywhere(shlex.split(line), 8000)
    assert (None if changed is None else shlex.join(changed)) == everywhere_line
