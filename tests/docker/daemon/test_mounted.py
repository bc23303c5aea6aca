"""What mounts put into a container's files: those of the host and of volumes, as both sides write them."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.fixture
def lab() -> Lab:
    lab = Lab(docker=True)
    lab.run("mkdir -p /srv/d && echo 'hostname -i' > /srv/run.sh && echo one > /srv/d/one")
    return lab


def test_a_mounted_file_is_that_of_the_host(lab: Lab) -> None:
    lab.run("docker run -d --name box -v /srv/run.sh:/opt/run.sh alpine sleep infinity")
    assert lab.run("docker exec box cat /opt/run.sh").stdout == "hostname -i\n"
    lab.run("echo id > /srv/run.sh")
    assert lab.run("docker exec box cat /opt/run.sh").stdout == "id\n"
    lab.run("docker exec box sh -c 'echo date > /opt/run.sh'")
    assert lab.run("cat /srv/run.sh").stdout == "date\n"


def test_containers_share_a_volume_and_it_outlives_them(lab: Lab) -> None:
    lab.run("docker run --name one -v data:/data alpine sh -c 'mkdir /data/d; echo x > /data/d/f'")
    assert lab.run("docker run --rm -v data:/other alpine cat /other/d/f").stdout == "x\n"
    assert lab.run("cat /var/lib/docker/volumes/data/_data/d/f").stdout == "x\n"
    lab.run("docker rm one && docker volume rm data")
    assert lab.run("ls /var/lib/docker/volumes").stdout == ""
    assert lab.run("docker run --rm -v data:/data alpine ls /data").stdout == ""


def test_a_read_only_volume_is_not_written(lab: Lab) -> None:
    result = lab.run("docker run --rm -v data:/data:ro alpine touch /data/f", expected=None)
    assert result.exit_code == 1
    assert "Read-only file system" in result.stderr


def test_an_empty_volume_gets_what_the_image_has(lab: Lab) -> None:
    assert lab.run("docker run --rm -v www:/www alpine ls /www").stdout == "index.html\n"
    assert lab.run("docker run --rm -v bare:/www:nocopy alpine ls /www").stdout == ""
    lab.run("docker run --rm -v www:/www alpine rm /www/index.html")
    lab.run("docker run --rm -v www:/elsewhere alpine touch /elsewhere/own")
    assert lab.run("docker run --rm -v www:/www alpine ls /www").stdout == "own\n"


def test_a_server_serves_what_is_mounted(lab: Lab) -> None:
    lab.run("docker run -d --name web -v /srv/d:/usr/share/nginx/html nginx")
    assert lab.run("docker run --rm --link web nettools curl -s http://web/one").stdout == "one\n"


def test_a_tmpfs_is_empty_after_a_restart(lab: Lab) -> None:
    lab.run("docker run -d --name box --tmpfs /run/t -v kept:/k alpine sleep infinity")
    lab.run("docker exec box sh -c 'echo x > /run/t/x; echo x > /k/x'")
    lab.run("docker restart -t 0 box")
    assert lab.run("docker exec box ls /run/t /k").stdout == "/k:\nx\n\n/run/t:\n"


def test_a_directory_is_not_mounted_on_a_file(lab: Lab) -> None:
    result = lab.run("docker run --rm -v /srv/d:/etc/passwd alpine true", expected=None)
    assert result.exit_code == 125
    assert "Are you trying to mount a directory onto a file (or vice-versa)?" in result.stderr


def test_a_volume_of_another_machine_is_an_assumption(lab: Lab) -> None:
    lab.run("docker volume create -o type=nfs -o device=:/export -o o=addr=10.0.0.9 far")
    lab.run("docker run --rm -v far:/far alpine ls /far")
    assert lab.shortfall.assumptions == ("volume far is not mounted from :/export: assumed to be empty",)


def test_a_script_of_known_programs_runs_as_the_command(lab: Lab) -> None:
    assert lab.run("docker run --rm -v /srv/run.sh:/opt/run.sh alpine sh /opt/run.sh").stdout == "172.17.0.2\n"


@pytest.mark.parametrize(
    ("mount", "names"),
    [
        ("-v /srv/d:/d", "one\n"),
        ("-v /srv:/d", "d\nrun.sh\n"),
        ("-v box:/d", ""),
        ("--tmpfs /d", ""),
        ("-v /srv/no:/d", ""),
    ],
)
def test_directories_are_shown_and_volumes_are_empty_at_first(mount: str, names: str, lab: Lab) -> None:
    result = lab.run(f"docker run --rm {mount} alpine ls /d")
    assert (result.exit_code, result.stdout) == (0, names)


@pytest.mark.parametrize("tree", ["/sys", "/proc"])
def test_trees_of_the_host_are_an_assumption(tree: str, lab: Lab) -> None:
    lab.run(f"docker run -d -v {tree}:{tree}:ro alpine sleep infinity")
    assert lab.shortfall.assumptions == (f"{tree} of alpine is mounted: its programs see the container's own",)


@pytest.mark.parametrize("path", ["/etc/hosts", "/etc/resolv.conf", "/etc"])
def test_what_the_engine_writes_cannot_be_mounted_over(path: str, lab: Lab) -> None:
    assert (
        "not modelled: a mount at"
        in lab.run(f"docker run -d -v /srv:{path} alpine sleep infinity", expected=None).stderr
    )


# --- what images have at the paths that people copy to ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("image", "path", "is_there"),
    [
        ("nginx", "/usr/share/nginx/html/", True),
        ("nginx:alpine", "/etc/nginx/conf.d/", True),
        ("nginx", "/etc/nginx/sites-enabled/", False),
        ("httpd", "/usr/local/apache2/htdocs/", True),
        ("-e POSTGRES_PASSWORD=x postgres", "/docker-entrypoint-initdb.d/", True),
        ("tomcat", "/usr/local/tomcat/webapps/", True),
        ("prom/prometheus", "/etc/prometheus/prometheus.yml", True),
        ("acme/web", "/usr/share/nginx/html/", False),
    ],
)
def test_a_file_is_copied_where_the_image_has_a_directory(image: str, path: str, *, is_there: bool) -> None:
    lab = Lab(docker=True, files={"/tmp/x": "mine\n"})
    assert lab.run(f"docker create --name box {image}")
    assert (lab.run(f"docker cp /tmp/x box:{path}").exit_code == 0) is is_there


def test_what_is_copied_into_a_web_server_is_served_and_changes_the_image() -> None:
    lab = Lab(docker=True, files={"/tmp/x": "mine\n"})
    assert lab.run("docker run -d --name web -p 80:80 nginx")
    assert "<title>Welcome to nginx!</title>" in lab.run("curl -s localhost").stdout
    assert lab.run("docker cp /tmp/x web:/usr/share/nginx/html/index.html")
    assert lab.run("curl -s localhost").stdout == "mine\n"
    assert "C /usr/share/nginx/html/index.html\n" in lab.run("docker diff web").stdout
    assert lab.run("docker commit web mine")
    assert lab.run("docker run -d -p 81:80 mine")
    assert lab.run("curl -s localhost:81").stdout == "mine\n"


@pytest.mark.parametrize("start", ["docker start web", "docker start web; docker restart web"])
def test_a_configuration_that_was_copied_says_where_the_server_listens(start: str) -> None:
    lab = Lab(docker=True, files={"/tmp/x": "server { listen 8080; }\n"})
    copy = "docker cp /tmp/x web:/etc/nginx/conf.d/default.conf"
    order = [copy, start] if "restart" not in start else [start.partition(";")[0], copy, "docker restart web"]
    for line in ("docker create --name web nginx", *order):
        assert lab.run(line)
    lab.sleep(1)
    address = lab.docker.container_inspect("web")["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
    assert [lab.run(f"nc -z -w 1 {address} {port}").exit_code for port in (8080, 80)] == [0, 1]
