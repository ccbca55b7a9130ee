"""README's lines for nginx work, and slow senders do not reach the server behind it."""

import re
import shutil
import socket
import subprocess
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.app.test_serving import COMMANDS, HEALTH, START, exchange, server
from tests.launching import HOST, PATIENCE, free_port, wait_for
from tests.sending import SEVEN_PNG

README = (Path(__file__).parents[2] / "README.md").read_text()
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
SETTINGS = """
daemon off; pid {folder}/pid; error_log {folder}/log; worker_rlimit_nofile 4000;
events {{ worker_connections 2000; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {outside}
    server {{ listen 127.0.0.1:{port}; {inside} }}
}}
"""


@pytest.fixture(params=["waitress", "gunicorn"])
def port(request, tmp_path):
    """The port of an nginx with README's lines, in front of a server."""
    if not NGINX:
        pytest.skip("needs nginx, a package of Debian")
    block = re.search(r"(?s)( {4}limit_conn_zone.*?)( {4}location.*?\n {4}\})", README)
    own = free_port()
    command, limits = COMMANDS[request.param], {"DIGITLIB_PROXIES": "1"}
    with server(*command, WEB_CONCURRENCY="1", **limits) as behind:
        outside, inside = (part.replace("8000", str(behind)) for part in block.groups())
        path = tmp_path / "nginx.conf"
        values = {"folder": tmp_path, "outside": outside, "inside": inside, "port": own}
        path.write_text(SETTINGS.format(**values))
        with subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(path)]) as nginx:
            try:
                wait_for(lambda: answers(own))
                yield own
            finally:
                nginx.terminate()


def answers(port):
    try:
        return b" 200 " in exchange(port, HEALTH)
    except OSError:
        return False


@pytest.mark.slow
def test_nginx_passes_pictures_on_and_keeps_slow_senders(port):
    picture = {"Content-Type": "image/png"}
    ask = urllib.request.Request(
        f"http://{HOST}:{port}/api/predict", SEVEN_PNG, picture
    )
    with ExitStack() as stack:
        for _ in range(600):
            connection = socket.create_connection((HOST, port), timeout=PATIENCE)
            stack.enter_context(connection)
            connection.sendall(HEALTH[:30])
        for _ in range(90):
            connection = socket.create_connection((HOST, port), timeout=PATIENCE)
            stack.enter_context(connection)
            connection.sendall(START + b"Content-Length: 1000\r\n\r\nhalf")
        with urllib.request.urlopen(ask, timeout=PATIENCE) as response:
            assert '"text":"7"' in response.read().decode()
        for _ in range(20):
            connection = socket.create_connection((HOST, port), timeout=PATIENCE)
            stack.enter_context(connection)
            connection.sendall(START + b"Content-Length: 1000\r\n\r\nhalf")
        refused = exchange(port, HEALTH)
        assert b" 503 " in refused  # this address has a hundred under way
    long = exchange(port, START + b"Content-Length: 50000000\r\n\r\n")
    assert b" 413 " in long
