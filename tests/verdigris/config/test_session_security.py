"""Session server security in the installation document: who checks users, what is refused, what a change means."""

import pytest

from verdigris.config.comparison import compare
from verdigris.config.installation import parse
from verdigris.errors import ConfigurationError


def document(security='<security session-servers="on"/>', vs1="", vs2=""):
    return f"""<installation xmlns="urn:verdigris:installation:1" id="bank">
<session-servers><session-server name="vs1" {vs1}/><session-server name="vs2" {vs2}/></session-servers>
<domains>
<domain name="both"><member server="vs1" weight="50"/><member server="vs2" weight="50"/></domain>
<domain name="second"><member server="vs2" weight="100"/></domain>
</domains>{security}</installation>""".encode()


ON, OFF = 'security="on"', 'security="off"'


@pytest.mark.parametrize(
    ("security", "vs1", "vs2", "servers", "domains"),
    [
        ("", "", "", (False, False), (False, False)),
        ("<security/>", "", "", (False, False), (False, False)),
        ("<security/>", ON, "", (True, False), (True, False)),
        ('<security session-servers="on"/>', "", "", (True, True), (True, True)),
        ('<security session-servers="on"/>', "", OFF, (True, False), (True, False)),
        ('<security session-servers="off"/>', OFF, ON, (False, True), (True, True)),
    ],
)
def test_a_server_has_it_as_it_says_itself_or_as_the_installation_says(
    security, vs1, vs2, servers, domains
):
    found = parse(document(security, vs1, vs2))
    assert tuple(found.checks_users(name) for name in ("vs1", "vs2")) == servers
    assert tuple(found.checks_users_of(name) for name in ("both", "second")) == domains
    assert found.checks_some_users is any(servers)
    assert found.checks_users_of("unknown") is any(servers), "nobody learns which domains there are"


def test_a_server_that_is_not_listed_has_it_as_the_installation_says():
    assert parse(document()).checks_users("vs9")
    assert not parse(document("<security/>")).checks_users("vs9")


def test_it_is_refused_without_encryption():
    with pytest.raises(ConfigurationError, match=r"line 2.*credentials would travel in plain text"):
        parse(document("", ON))


def test_a_domain_of_which_some_servers_have_it_is_a_warning():
    (warning,) = parse(document(vs2=OFF)).warnings
    assert "domain both: session server security is on for some of its servers only" in str(warning)
    assert not parse(document()).warnings


def test_a_change_is_told_for_each_server():
    before, after = parse(document("<security/>")), parse(document(vs2=OFF))
    assert [it.text for it in compare(before, after)] == [
        "vs1 checks users: connecting needs credentials and the permission use."
    ]
    assert [it.text for it in compare(after, before)] == [
        "vs1 checks users no longer: every client that reaches it may connect."
    ]
