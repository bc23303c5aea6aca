"""Web servers in labs."""

from __future__ import annotations

import re

import pytest

from vnetsim import Lab


def test_images_of_web_servers_answer_as_theirs() -> None:
    lab = Lab()
    lab.run("docker run -d --name web -p 8080:80 nginx:1.27.3-alpine", expected=0)
    lab.run("docker run -d --name other httpd", expected=0)
    lab.run("docker run -d --name third caddy", expected=0)
    answers = [lab.run(f"curl -si http://172.17.0.{each}/", expected=0).stdout for each in (2, 3, 4)]
    assert [re.findall(r"^(Server: .*?)\r?$|<title>(.*)</title>", each, re.MULTILINE) for each in answers] == [
        [("Server: nginx/1.27.3", ""), ("", "Welcome to nginx!")],
        [("Server: Apache/2.4.68 (Unix)", ""), ("", "It works!")],
        [("Server: Caddy", ""), ("", "Caddy works!")],
    ]
    lab.run("docker exec web sh -c 'echo mine > /usr/share/nginx/html/index.html'", expected=0)
    lab.run("docker exec web sh -c 'mkdir /usr/share/nginx/html/sub'", expected=0)
    assert lab.run("curl -s localhost:8080", expected=0).stdout == "mine\n"
    assert "\r\nLocation: http://localhost/sub/\r\n" in lab.run("curl -si localhost:8080/sub").stdout
    # Two requests of one connection, and the end of the client.
    request = r"GET /none HTTP/1.1\r\nHost: a\r\n\r\n"
    both = lab.run(f"(printf '{request}{request}'; sleep 0.1) | nc -N 172.17.0.2 80", expected=0).stdout
    assert both.count("404 Not Found</title>") == 2
    logged = lab.run("docker logs web", expected=0).stdout.splitlines()
    assert [re.sub(r"\[.*?\]", "[]", each) for each in logged] == [
        '172.17.0.1 - - [] "GET / HTTP/1.1" 200 155 "-" "curl/7.88.1" "-"',
        '172.17.0.1 - - [] "GET / HTTP/1.1" 200 5 "-" "curl/7.88.1" "-"',
        '172.17.0.1 - - [] "GET /sub HTTP/1.1" 301 169 "-" "curl/7.88.1" "-"',
        *['172.17.0.1 - - [] "GET /none HTTP/1.1" 404 153 "-" "-" "-"'] * 2,
    ]
    assert '"GET / HTTP/1.1" 200 139\n' in lab.run("docker logs other", expected=0).stdout
    assert lab.run("docker logs third", expected=0).stdout == ""


def test_a_configuration_of_the_users_own_has_other_pages() -> None:
    lab = Lab()
    lab.run("mkdir /conf && echo 'server { listen 80; location / { proxy_pass http://10.0.0.1; } }' > /conf/a.conf")
    lab.run("docker run -d -v /conf:/etc/nginx/conf.d:ro nginx", expected=0)
    answer = lab.run("curl -si http://172.17.0.2/", expected=0).stdout
    assert answer.endswith("\r\n\r\nit works\n")
    assert "nginx" not in answer
    assert len(lab.shortfall.assumptions) == 1


@pytest.mark.parametrize("options", [
    "-v /conf:/etc/nginx/conf.d:ro nginx",
    "-v /conf/prepare.sh:/docker-entrypoint.d/prepare.sh nginx",
    "-v /empty:/usr/local/apache2/conf httpd",
    "-v /conf/Caddyfile:/etc/caddy/Caddyfile caddy",
    "nginx nginx -g 'daemon off; worker_processes 1;'",
])  # fmt: skip
def test_answers_that_are_not_known_are_an_assumption(options: str) -> None:
    lab = Lab()
    lab.run("mkdir /conf /empty && echo 'server { listen 80; return 301 http://a/; }' > /conf/a.conf", expected=0)
    lab.run("echo 'nginx -V' > /conf/prepare.sh && printf ':80 {\\n respond 404\\n}\\n' > /conf/Caddyfile", expected=0)
    lab.run(f"docker run -d {options}", expected=0)
    lab.run("nc -z 172.17.0.2 80", expected=0)
    assert not any("answers HTTP" in each for each in lab.shortfall.assumptions)
    lab.run("curl -s http://172.17.0.2/", expected=0)
    assert any("answers HTTP as its configuration says" in each for each in lab.shortfall.assumptions)
