"""The allocation table: what is in it, when it is told, to whom."""

from types import SimpleNamespace

import pytest
from twisted.internet.defer import Deferred

from mgmtsrvr.allocation_table import table_of
from tests.support.management import installation_xml
from verdigris.config.installation import parse
from verdigris.identity import Part, Role
from verdigris.wire import (
    AllocationTable,
    Register,
    Status,
    TableDomain,
    TableMember,
    TableServer,
    WatchOffers,
)


SEED = [("A", 80), ("B", 20, 2)]


def test_it_has_domains_servers_and_what_they_offer(net, make):
    it = net(SEED, states={"B": "drain"}, spill="false")
    it.session_server("A", offers=(make.BANK, make.POOL))
    table = table_of(it.registry)
    assert table.installation == "test"
    assert table.offers == (make.BANK, make.POOL)
    assert table.domains == (
        TableDomain("d", (TableMember("A", 80, 1), TableMember("B", 20, 2)), spill_on_busy=False),
    )
    assert table.servers == (
        TableServer("A", "10.0.0.1:9624", "up", (0, 1)),
        TableServer("B", "127.0.0.1:9701", "drain", None),
    )


@pytest.mark.parametrize(
    ("usual", "own", "checks"),
    [("on", "", True), ("off", "", False), ("off", ' security="on"', True)],
)
def test_it_says_of_which_domains_users_are_checked(net, usual, own, checks):
    it = net(SEED)
    document = installation_xml(SEED).decode()
    document = document.replace(
        "<session-servers>", f'<security session-servers="{usual}"/><session-servers>'
    )
    document = document.replace('<session-server name="A"', f'<session-server name="A"{own}')
    document = document.replace('<session-server name="B"', f'<session-server name="B"{own}')
    it.registry.configure(parse(document.encode()), "rev-2")
    (found,) = table_of(it.registry).domains
    assert found.checks_users is checks
    assert it.registry.installation.checks_users_of("d") is checks


def test_a_server_that_went_offline_stays_in_it(net, make):
    it = net(SEED)
    link, _ = it.session_server("A", offers=(make.BANK,))
    before = table_of(it.registry)
    it.cut(link)
    assert table_of(it.registry) == before


def test_equal_tables_have_equal_revisions_on_every_management_server(net, make):
    found = []
    for names in ("AB", "BA"):
        it = net(SEED)
        for name in names:
            peer = it.connect("session server", name, installation="test")
            offers = (make.BANK,) if name == "A" else (make.POOL, make.BANK)
            it.registry.register(
                peer, Register(name, "test", f"h:{ord(name)}", offers, Status("b"))
            )
        found.append(table_of(it.registry))
    assert found[0] == found[1]
    assert found[0].revision != table_of(net([("A", 80)]).registry).revision


def test_who_asks_for_no_table_gets_none(net):
    it = net(SEED)
    (offers,) = it.call(it.connect("connector", "c"), WatchOffers())
    assert offers.table is None


def test_a_watch_is_answered_when_the_table_changes_and_the_offers_do_not(net, make):
    it = net(SEED)
    it.session_server("A", offers=(make.BANK,))
    client = it.connect("gateway", "g")
    (first,) = it.call(client, WatchOffers(table=""))
    assert first.table == table_of(it.registry)
    found = it.call(client, WatchOffers(first.revision, table=first.table.revision), seconds=30)
    it.advance(1)
    assert found == []
    heavier = installation_xml([("A", 90), ("B", 20, 2)])
    it.registry.configure(parse(heavier), "rev-2")
    it.advance(0.1)
    assert found[0].revision == first.revision
    assert found[0].table == table_of(it.registry) != first.table


def test_a_known_table_is_confirmed_without_its_content(net):
    it = net(SEED)
    client = it.connect("gateway", "g")
    (first,) = it.call(client, WatchOffers(table=""))
    found = it.call(client, WatchOffers(first.revision, table=first.table.revision), seconds=2)
    it.advance(2)
    assert [told.table for told in found] == [AllocationTable(first.table.revision)]


@pytest.mark.parametrize(
    ("part", "given"),
    [
        (None, False),
        (Part("test", Role.SESSION_SERVER, "A"), False),
        (Part("test", Role.GATEWAY, "g"), True),
    ],
)
def test_over_tls_only_a_gateway_gets_it(net, part, given):
    it = net(SEED)
    link = SimpleNamespace(secured=True, part=part)
    call = SimpleNamespace(link=link, seconds=1.0, body=WatchOffers(table=""))
    told = []
    Deferred.fromCoroutine(it.server.handler.handle(call)).addCallback(told.append)
    assert (told[0].table is not None) is given
