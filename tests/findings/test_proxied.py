"""Addresses in the configuration of reverse proxies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.findings.files import added, examined, only
from vnetsim.compose.service import ServiceConfig, ServiceVolumeConfig
from vnetsim.findings.proxied import proxied


def of(target: str, text: str) -> list[str]:
    mount = ServiceVolumeConfig(type="bind", source=f"/srv/x/{target.rpartition('/')[2]}", target=target)
    web = ServiceConfig(name="web", volumes=[mount])
    return [each.target for each in proxied({"web": web}, {mount.source: text})]


@pytest.mark.parametrize(
    ("target", "text", "found"),
    [
        ("/etc/nginx/nginx.conf", "location / { proxy_pass http://api:8000/; }", ["api:8000"]),
        ("/etc/nginx/nginx.conf", "proxy_pass http://api;\nproxy_pass https://api;", ["api:80", "api:443"]),
        ("/etc/nginx/nginx.conf", "upstream app { server a:1; server b:2 backup; }\nproxy_pass http://app;",
         ["a:1", "b:2"]),
        ("/etc/nginx/nginx.conf", "fastcgi_pass php:9000; fastcgi_pass unix:/run/x;", ["php:9000"]),
        ("/etc/nginx/nginx.conf", "# proxy_pass http://api:1;\nproxy_pass http://$host:80;\nserver { listen 80; }", []),
        ("/etc/nginx/nginx.conf", "proxy_set_header X proxy;\nserver_name example.com;", []),
        ("/etc/caddy/Caddyfile", "site {\n reverse_proxy /api/* api:3000 http://b\n}", ["api:3000", "b:80"]),
        ("/usr/local/etc/haproxy/haproxy.cfg", "backend b\n server s app:8000 check\n server t 10.0.0.1:80",
         ["app:8000", "10.0.0.1:80"]),
        ("/app/nginx.conf", "proxy_pass http://api:8000;", []),
    ],
)  # fmt: skip
def test_what_is_proxied_is_an_address(target: str, text: str, found: list[str]) -> None:
    assert of(target, text) == found


FILE = """\
services:
  web:
    image: nginx
    volumes: ["./site.conf:/etc/nginx/conf.d/default.conf"]
    depends_on: [api]
  api:
    image: acme/api
    command: uvicorn main:app --host 0.0.0.0
"""


def test_a_proxy_is_asked_for_what_it_proxies(tmp_path: Path) -> None:
    text = "server {\n  location / { proxy_pass http://%s; }\n}\n"
    assert examined(tmp_path, FILE, site_conf=text % "api:8000").findings == ()
    found = only(examined(tmp_path, FILE, site_conf=text % "api:3000"))
    assert (found.rule, Path(found.file).name, found.line) == ("nothing-listens", "site.conf", 2)
    found = only(examined(tmp_path, FILE, site_conf=text % "localhost:8000"))
    assert (found.rule, added(found)) == ("loopback-of-itself", ["location / { proxy_pass http://api:8000; }"])


def test_the_proxy_of_a_built_image_is_asked_too(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM nginx\nCOPY site.conf /etc/nginx/conf.d/default.conf\n", "utf-8")
    text = FILE.replace("image: nginx", "build: .").replace(
        '    volumes: ["./site.conf:/etc/nginx/conf.d/default.conf"]\n', ""
    )
    found = only(examined(tmp_path, text, site_conf="server { location / { proxy_pass http://api:3000; } }"))
    assert (found.rule, Path(found.file).name) == ("nothing-listens", "site.conf")
