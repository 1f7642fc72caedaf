import socket

import pytest
from devstack.console import StepError
from devstack.ports import DEFAULT_PORTS, choose_port, is_free, listener


@pytest.fixture
def listening():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_listening_port_is_not_free_and_its_owner_is_named(listening):
    assert not is_free(listening)
    assert listener(listening).startswith("pid ")


def test_a_port_bound_on_all_addresses_is_not_free():
    with socket.socket() as server:
        server.bind(("0.0.0.0", 0))
        server.listen()
        assert not is_free(server.getsockname()[1])


def test_defaults_avoid_well_known_and_outgoing_ports():
    assert not set(DEFAULT_PORTS.values()) & {5432, 6379, 8000, 5070}
    assert all(1024 < port < 32768 for port in DEFAULT_PORTS.values())
    assert len(set(DEFAULT_PORTS.values())) == len(DEFAULT_PORTS)


def test_first_choice_is_the_default():
    assert choose_port("redis", None, set(), free=lambda port: True) == DEFAULT_PORTS["redis"]


def test_the_remembered_port_wins_while_it_is_free():
    assert choose_port("redis", 30001, set(), free=lambda port: True) == 30001


def test_a_remembered_port_taken_meanwhile_is_replaced_by_the_default():
    assert choose_port("redis", 30001, set(), free=lambda port: port != 30001) == DEFAULT_PORTS["redis"]


def test_occupied_and_already_given_ports_are_passed_over():
    first = DEFAULT_PORTS["redis"]
    assert choose_port("redis", None, {first + 1}, free=lambda port: port != first) == first + 2


def test_no_free_port_says_which_variable_to_set():
    with pytest.raises(StepError, match="YSH_REDIS_PORT"):
        choose_port("redis", None, set(), free=lambda port: False)


def test_a_port_that_was_asked_for_is_taken_or_fails(monkeypatch, listening):
    monkeypatch.setenv("YSH_REDIS_PORT", "30555")
    assert choose_port("redis", 30001, set(), free=lambda port: True) == 30555
    monkeypatch.setenv("YSH_REDIS_PORT", str(listening))
    with pytest.raises(StepError, match=rf"YSH_REDIS_PORT={listening} is taken by pid \d+"):
        choose_port("redis", 30001, set())


@pytest.mark.parametrize("text", ["80", "70000", "abc", "-1", "21379 "])
def test_a_port_that_is_none_is_refused(monkeypatch, text):
    monkeypatch.setenv("YSH_REDIS_PORT", text)
    with pytest.raises(StepError, match="between 1024 and 65535"):
        choose_port("redis", None, set())
