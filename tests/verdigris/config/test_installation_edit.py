"""Edits for parts that join and leave: every result can be used, and the rest of the file stays."""

import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verdigris.config.installation import parse, sample
from verdigris.config.installation_edit import LISTS, InstallationDocument
from verdigris.errors import UnknownDomain, UnknownPart


NOW = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
BARE = b'<installation xmlns="urn:verdigris:installation:1" id="x"/>'
ROLES = st.sampled_from(sorted(LISTS))
NAMES = st.sampled_from(["a", "b", "c", "vs1"])
TIMES = st.integers(-2, 2).map(lambda hours: (NOW + dt.timedelta(hours=hours)).isoformat())


def own_address(role, name):
    """An address no other part has."""
    return "" if role == "gateway" else f"{role}.{name}:9700"


EDITS = st.one_of(
    st.builds(lambda r, n: lambda it: it.add(r, n, own_address(r, n)), ROLES, NAMES),
    st.builds(lambda r, n: lambda it: it.remove(r, n), ROLES, NAMES),
    st.builds(lambda r, n, at: lambda it: it.revoke(r, n, at), ROLES, NAMES, TIMES),
    st.builds(lambda t, until: lambda it: it.use_token(t, until, NOW), NAMES, TIMES),
    st.builds(lambda s, t: lambda it: it.set_authorities(s, t), NAMES, st.lists(NAMES, max_size=2)),
    st.builds(
        lambda n: lambda it: it.has("session-server", n) and it.add_to_domain("default", n, 5),
        NAMES,
    ),
)
PACKAGES = st.sampled_from(["a" * 64, "b" * 64, "c" * 64])
MODELS = st.sampled_from(["Bank", "Orders"])
MODEL_EDITS = st.one_of(
    st.builds(lambda m, p, n: lambda it: it.deploy(m, p, [("domain", "default"), *listed(it, n)]), MODELS, PACKAGES, NAMES),
    st.builds(lambda m, p, n: lambda it: it.deploy(m, p, listed(it, n), at_a_time=2), MODELS, PACKAGES, NAMES),
    st.builds(lambda m: lambda it: it.undeploy(m, [("domain", "default")]), MODELS),
    st.builds(lambda m, n: lambda it: it.undeploy(m, [("server", n)]), MODELS, NAMES),
    st.builds(lambda m, p: lambda it: it.set_rollout(m, p, "stopped", "vs1: no"), MODELS, PACKAGES),
    st.builds(lambda n, v: lambda it: it.override_pool(n, {"max-concurrent-sessions": v}), NAMES, st.none() | st.integers(1, 9)),
)  # fmt: skip


def listed(document, name):
    """A target that is in the document."""
    return [("server", name)] if document.has("session-server", name) else []


def begun(data=BARE):
    document = InstallationDocument(data)
    document.add_domain("default")
    return document


@given(st.sampled_from([BARE, sample().encode()]), st.lists(EDITS | MODEL_EDITS, max_size=12))
def test_what_edits_return_can_be_used(data, edits):
    document = begun(data)
    for edit in edits:
        with suppress(UnknownPart):
            edit(document)
        parse(document.data)


@given(st.lists(EDITS | MODEL_EDITS, max_size=8), ROLES, NAMES)
def test_a_removed_part_is_nowhere_named_but_as_revoked(edits, role, name):
    document = begun()
    for edit in edits:
        with suppress(UnknownPart):
            edit(document)
    document.add(role, name, own_address(role, name))
    document.remove(role, name)
    document.revoke(role, name, NOW.isoformat())
    found = parse(document.data)
    named = {
        "session-server": [one.name for one in found.servers]
        + [member.server for domain in found.domains for member in domain.members]
        + [server for deployment in found.deployments for server in deployment.servers],
        "management-server": [one.name for one in found.management_servers],
        "gateway": list(found.gateways),
    }
    assert name not in named[role]
    assert not document.has(role, name)
    revoked = [it.at for it in found.security.revoked if (it.role, it.name) == (role, name)]
    assert revoked == [NOW]


def test_comments_order_and_everything_else_stay():
    before = sample().encode()
    document = InstallationDocument(before)
    document.add("session-server", "new", "new:9623")
    document.add_to_domain(parse(before).domains[0].name, "new", 7)
    document.remove("session-server", "new")
    assert document.data == before


def test_a_part_that_is_listed_gets_its_new_address_and_keeps_its_place():
    document = begun()
    for name in "ab":
        document.add("session-server", name, f"{name}:1")
    document.add("session-server", "a", "other:1")
    document.add("session-server", "b")
    assert [str(it.address) for it in parse(document.data).servers] == ["other:1", "b:1"]


def test_a_member_of_a_domain_keeps_its_weight():
    document = begun()
    document.add("session-server", "a", "a:1")
    document.add_to_domain("default", "a", 30)
    document.add_to_domain("default", "a", 70)
    (member,) = parse(document.data).domains[0].members
    assert member.weight == 30


def test_an_unknown_domain_or_part_is_refused_and_nothing_is_changed():
    document = begun()
    before = document.data
    with pytest.raises(UnknownDomain):
        document.add_to_domain("elsewhere", "a", 1)
    with pytest.raises(UnknownPart):
        document.remove("gateway", "a")
    assert document.data == before


def test_used_tokens_are_remembered_until_they_expire():
    document, hour = begun(), dt.timedelta(hours=1)
    document.revoke("gateway", "g", NOW.isoformat())  # tokens stand before revocations
    document.use_token("t1", (NOW + hour).isoformat(), NOW)
    assert document.has_used("t1")
    document.use_token("t2", (NOW + 3 * hour).isoformat(), NOW + 2 * hour)
    assert parse(document.data).security.used_tokens == {"t2"}


def test_authorities_are_replaced_as_a_whole():
    document = begun()
    document.revoke("gateway", "g", NOW.isoformat())
    document.set_authorities("ONE", ["TWO", "THREE"])
    document.set_authorities("TWO", ["ONE"])
    found = parse(document.data).security
    assert (found.signer, found.trusted) == ("TWO", ("ONE",))
    assert [it.name for it in found.revoked] == ["g"]


ONE, TWO, THREE = (letter * 64 for letter in "123")


def deployments(document):
    return [
        (it.package[0], it.domains, it.servers, it.previous[:1], it.rollout)
        for it in parse(document.data).deployments
    ]


def test_a_deployment_names_what_it_replaces_and_undeploying_ends_it():
    document = begun()
    document.add("session-server", "vs1")
    document.deploy("Bank", ONE, [("domain", "default")])
    assert deployments(document) == [("1", ("default",), (), "", "going")]
    assert document.set_rollout("Bank", ONE, "")
    document.deploy("Bank", TWO, [("server", "vs1")])
    assert deployments(document) == [
        ("1", ("default",), (), "", ""),
        ("2", (), ("vs1",), "", "going"),
    ]
    document.deploy("Bank", THREE, [("domain", "default"), ("server", "vs1")], at_a_time=3)
    assert deployments(document) == [("3", ("default",), ("vs1",), "1", "going")]
    document.deploy("Bank", THREE, [("domain", "default"), ("server", "vs1")])
    assert deployments(document) == [("3", ("default",), ("vs1",), "1", "going")]
    assert document.set_rollout("Bank", THREE, "stopped", "vs1: no")
    assert parse(document.data).deployments[0].problem == "vs1: no"
    assert not document.set_rollout("Bank", ONE, "")
    assert document.undeploy("Bank", [("domain", "default")]) == 1
    assert document.undeploy("Bank") == 1
    assert deployments(document) == []


def test_a_pool_with_no_override_left_is_not_listed():
    document = begun()
    document.override_pool("P", {"max-concurrent-sessions": 5, "min-idle-sessions": 1})
    document.override_pool("P", {"max-concurrent-sessions": None})
    assert [it.values for it in parse(document.data).pools] == [{"minimum_idle": 1}]
    document.override_pool("P", {"min-idle-sessions": None})
    assert parse(document.data).pools == ()
