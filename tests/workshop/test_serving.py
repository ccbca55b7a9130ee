"""The address for other machines; test_demo.py tests the rest of serving."""

import socket
from types import SimpleNamespace

import psutil
import pytest

from digitlib.workshop import serving


@pytest.fixture
def no_route(monkeypatch):
    """A machine without a route to other networks, as without a router."""

    class Socket(socket.socket):
        def connect(self, _address):
            raise OSError("Network is unreachable")

    monkeypatch.setattr(serving.socket, "socket", Socket)


def set_interfaces(monkeypatch, **interfaces):
    """Give this machine interfaces, each with an address and whether it is up."""
    addresses = {
        name: [SimpleNamespace(family=socket.AF_INET, address=address)]
        for name, (address, _) in interfaces.items()
    }
    states = {
        name: SimpleNamespace(isup=isup) for name, (_, isup) in interfaces.items()
    }
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: addresses)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: states)


def test_a_hotspot_without_internet_has_an_address(monkeypatch, no_route):
    off, hotspot = ("10.0.0.9", False), ("10.42.0.1", True)
    set_interfaces(monkeypatch, lo=("127.0.0.1", True), off=off, hotspot=hotspot)
    assert serving.find_address() == "10.42.0.1"


def test_in_no_network_there_is_only_its_own(monkeypatch, no_route):
    set_interfaces(monkeypatch, lo=("127.0.0.1", True))
    assert serving.find_address() == serving.HOST
