"""Which part may send which message: every message, every pair of roles."""

from typing import get_args

import pytest

from mgmtsrvr.handler import RequestHandler
from sesssrvr.handler import SessionServerHandler
from verdigris import wire
from verdigris.errors import MessageRefused
from verdigris.identity import Role
from verdigris.identity.senders import (
    TO_MANAGEMENT_SERVERS,
    TO_SESSION_SERVERS,
    allowed,
    refuse_others,
)


NOTICES = set(get_args(wire.Notice))
MANAGEMENT_ALONE = (
    wire.Deploy, wire.Undeploy, wire.SetPool, wire.SetAdminState, wire.ListSessions,
    wire.ListTraces, wire.ReadTrace, wire.WakeUp, wire.GetStatus,
)  # fmt: skip


def test_each_message_a_server_answers_is_in_its_table_and_no_other():
    nobody = None
    management = RequestHandler(*[nobody] * 7)._answers
    session = SessionServerHandler(*[nobody] * 8)._answers
    assert set(TO_MANAGEMENT_SERVERS) - NOTICES == set(management)
    assert set(TO_SESSION_SERVERS) - NOTICES == set(session)


@pytest.mark.parametrize("message", MANAGEMENT_ALONE)
@pytest.mark.parametrize("sender", list(Role))
def test_a_session_server_takes_commands_of_management_servers_alone(sender, message):
    may = allowed(Role.SESSION_SERVER, sender, message)
    assert may is (sender is Role.MANAGEMENT_SERVER)


def test_sessions_are_reserved_by_management_servers_and_by_gateways_without_one():
    senders = {sender for sender in Role if allowed(Role.SESSION_SERVER, sender, wire.Reserve)}
    assert senders == {Role.MANAGEMENT_SERVER, Role.GATEWAY}


@pytest.mark.parametrize("sender", [role for role in Role if role is not Role.SESSION_SERVER])
def test_nobody_else_registers_as_a_session_server(sender):
    with pytest.raises(MessageRefused, match=f"A {sender.words} may not send Register to a man"):
        refuse_others(Role.MANAGEMENT_SERVER, sender, wire.Register)


@pytest.mark.parametrize("receiver", [Role.GATEWAY, Role.CONNECTOR, Role.TOOL])
@pytest.mark.parametrize("message", [*get_args(wire.Request), *NOTICES])
def test_clients_are_asked_nothing_and_told_that_a_session_is_free(receiver, message):
    senders = {sender for sender in Role if allowed(receiver, sender, message)}
    servers = {Role.MANAGEMENT_SERVER, Role.SESSION_SERVER}
    assert senders == (servers if message is wire.SlotFreed else set())
