"""The installation file: what it says, everything wrong with it at once, edits that keep the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from verdigris.config import xmlfile
from verdigris.config.installation import (
    MAX_PRIORITY,
    MAX_WEIGHT,
    DomainMember,
    SessionServer,
    parse,
    removed,
    sample,
    with_state,
)
from verdigris.errors import ConfigurationError, UnknownServer
from verdigris.values import Endpoint


def document(servers: str = "", domains: str = "", attributes: str = 'id="x"') -> bytes:
    return (
        f'<installation xmlns="urn:verdigris:installation:1" {attributes}>\n'
        f"<session-servers>\n{servers}\n</session-servers>\n"
        f"<domains>\n{domains}\n</domains></installation>"
    ).encode()


A = '<session-server name="A" address="h:1"/>'
B = '<session-server name="B"/>'


def member(server: str, weight: object = 100, priority: object = 1) -> str:
    return f'<member server="{server}" weight="{weight}" priority="{priority}"/>'


def domain(*members: str, name: str = "d") -> str:
    return f'<domain name="{name}">\n' + "\n".join(members) + "\n</domain>"


def problems(data: bytes) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        parse(data, "i.xml")
    return [str(problem) for problem in caught.value.problems]


def warnings(data: bytes) -> list[str]:
    return [str(problem) for problem in parse(data, "i.xml").warnings]


def test_the_sample_is_the_documented_example_and_has_no_warnings():
    it = parse(sample().encode())
    assert repr(it) == "<Installation 'example' [3 session servers, 1 domains]>"
    assert it.servers[0] == SessionServer("vs1", Endpoint("127.0.0.1", 9623), "up", 8)
    assert it.domains[0].members == (
        DomainMember("vs1", 80, 1, 16),
        DomainMember("vs2", 20, 1, 17),
        DomainMember("vs3", 100, 2, 18),
    )
    assert it.domains[0].spill_on_busy
    assert it.warnings == ()


def test_defaults_are_up_priority_1_and_the_documented_port():
    it = parse(
        document(
            '<session-server name="A" address="host"/>', domain('<member server="A" weight="100"/>')
        )
    )
    assert it.servers[0].address == Endpoint("host", 9623)
    assert it.servers[0].state == "up"
    assert it.domains[0].members[0].priority == 1


def test_order_of_the_file_is_kept():
    it = parse(document(B + A, domain(member("B"), member("A"), name="z") + domain(name="a")))
    assert [server.name for server in it.servers] == ["B", "A"]
    assert [d.name for d in it.domains] == ["z", "a"]
    assert [m.server for m in it.domains[0].members] == ["B", "A"]


def test_a_server_may_be_in_many_domains_or_none():
    data = document(A + B, domain(member("A"), name="d1") + domain(member("A"), name="d2"))
    assert len(parse(data).domains) == 2


def test_spill_on_busy_can_be_switched_off():
    data = document(A, '<domain name="d" spill-on-busy="false">' + member("A") + "</domain>")
    assert not parse(data).domains[0].spill_on_busy


# ---- what is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", ["-1", str(MAX_WEIGHT + 1), "2.5", "NaN", "", "1e3", "many"])
def test_a_bad_weight_is_named_with_its_line(weight):
    (said, *_) = problems(document(A, domain(member("A", weight))))
    assert said.startswith("i.xml:7: error: Element 'member', attribute 'weight'")


@pytest.mark.parametrize("priority", ["-1", str(MAX_PRIORITY + 1), "1.5", "first"])
def test_a_bad_priority_is_named_with_its_line(priority):
    (said, *_) = problems(document(A, domain(member("A", 1, priority))))
    assert said.startswith("i.xml:7: error: Element 'member', attribute 'priority'")


@pytest.mark.parametrize("weight", [0, 1, MAX_WEIGHT])
def test_the_ends_of_the_range_of_weights_are_allowed(weight):
    assert parse(document(A, domain(member("A", weight)))).domains[0].members[0].weight == weight


def test_the_same_server_twice_in_a_domain_is_an_error_with_both_lines():
    said = problems(document(A, domain(member("A", 50), member("A", 50))))
    assert said == ["i.xml:8: error: domain d names session server A twice (first in line 7)"]


def test_an_unknown_server_gets_a_suggestion():
    data = document('<session-server name="server-one"/>', domain(member("server-on")))
    assert problems(data) == [
        "i.xml:7: error: domain d names the unknown session server server-on; did you mean server-one?"
    ]


def test_servers_and_domains_have_names_of_their_own():
    said = problems(document(A + "\n" + A, domain(name="d") + "\n" + domain(name="d")))
    assert "i.xml:4: error: session server A is listed twice (first in line 3)" in said
    assert "i.xml:10: error: domain d is listed twice (first in line 7)" in said


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ('weight="0.5"', "'0.5' is not a valid value of the atomic type 'weight': use a whole number from 0 to 1000000."),
        ('weight="1" priority="x"', "the atomic type 'priority': use a whole number from 0 to 1000."),
        ('wieght="1"', "The attribute 'wieght' is not allowed. Did you mean weight?"),
        ('weight="-1"', "The value '-1' is less than the minimum value allowed ('0')."),
    ],
)  # fmt: skip
def test_one_mistake_is_reported_once_with_what_is_valid(attributes, said):
    wrong = f"""<domain name="d"><member server="A" {attributes}/></domain>"""
    found = problems(document(A, wrong))
    assert len(found) == 1
    assert found[0].endswith(said)


def test_two_servers_do_not_share_an_address():
    servers = '<session-server name="A" address="h:1"/>\n<session-server name="B" address="h:1"/>'
    said = problems(document(servers, ""))
    assert "i.xml:4: error: address h:1 is listed twice (first in line 3)" in said


def test_everything_wrong_is_said_at_once():
    bad = document(
        '<session-server name="A" address="no port:x"/>' + A,
        domain(member("X"), member("A"), member("A")),
    )
    assert len([said for said in problems(bad) if ": error: " in said]) == 4


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<installation",
        b"not xml",
        b"<other/>",
        b'<installation id="x"/>',
        document(attributes=""),
        document(attributes='id="a b"'),
        document('<session-server name="a b"/>'),
        document("<session-server/>"),
        document('<session-server name="A" state="off"/>'),
        document('<session-server name="A" port="1"/>'),
        document("", "<group/>"),
        b"\xff\xfe\x00",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + document(),
    ],
)  # fmt: skip
def test_broken_files_are_refused_in_words(data):
    assert problems(data)


def test_an_external_entity_is_never_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret", encoding="utf-8")
    data = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'.encode() + document("&e;")
    assert not any("s3cret" in said for said in problems(data))


# ---- what looks like a mistake -------------------------------------------------------------------


def test_weights_that_are_no_percentages_are_a_warning():
    assert warnings(document(A + B, domain(member("A", 2), member("B", 1)))) == [
        "i.xml:6: warning: domain d: the weights of priority 1 add up to 3, not 100"
    ]


def test_a_group_of_weights_0_is_a_warning():
    assert warnings(document(A + B, domain(member("A", 100), member("B", 0, 2)))) == [
        "i.xml:6: warning: domain d: all weights of priority 2 are 0, so the group is never used"
    ]


def test_a_domain_without_servers_is_a_warning():
    assert warnings(document(A, domain())) == [
        "i.xml:6: warning: domain d: it has no session servers, so every request is refused"
    ]


def test_force_is_remembered_and_warned_about():
    it = parse(document(A, attributes='id="x" force="true"'), "i.xml")
    assert it.force
    assert "remove it again" in str(it.warnings[0])


# ---- edits by program ----------------------------------------------------------------------------


def test_an_edit_changes_what_it_means_to_and_keeps_all_else():
    before = sample()
    after = with_state(before.encode(), "vs2", "drain").decode()
    changed = [
        pair
        for pair in zip(before.splitlines(), after.splitlines(), strict=True)
        if pair[0] != pair[1]
    ]
    assert changed == [
        (
            '    <session-server name="vs2" address="127.0.0.1:9624" state="up"/>',
            '    <session-server name="vs2" address="127.0.0.1:9624" state="drain"/>',
        )
    ]


def test_comments_around_the_root_stay():
    data = b"<!-- before -->" + document(A) + b"<!-- after -->"
    after = with_state(data, "A", "drain")
    assert after.startswith(
        b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- before -->\n<installation'
    )
    assert after.rstrip().endswith(b"<!-- after -->")
    assert parse(after).servers[0].state == "drain"


def test_another_encoding_becomes_utf_8():
    data = '<?xml version="1.0" encoding="iso-8859-1"?><!-- Müller -->'.encode(
        "latin-1"
    ) + document(A)
    assert "Müller".encode() in with_state(data, "A", "drain")


def test_an_edit_of_an_unknown_server_is_an_error():
    with pytest.raises(UnknownServer):
        with_state(sample().encode(), "vs9", "drain")


NAMES = st.lists(st.sampled_from("ABCDEFGH"), unique=True, max_size=8)


@given(NAMES, st.data())
def test_what_an_edit_writes_can_be_read_and_says_the_same_but_for_the_state(names, data):
    servers = "".join(f'<!--{n}--><session-server name="{n}"/>' for n in names)
    before = document(servers, domain(*(member(n) for n in names)))
    after = before
    states = dict.fromkeys(names, "up")
    for name in names:
        states[name] = data.draw(st.sampled_from(["up", "drain", "maintenance"]))
        after = with_state(after, name, states[name])
    read = parse(after)
    assert {server.name: server.state for server in read.servers} == states
    assert [s.name for s in read.servers] == [s.name for s in parse(before).servers] == names
    assert after.count(b"<!--") == before.count(b"<!--")


def test_removed_names_who_is_gone():
    old, new = parse(document(A + B)), parse(document(B))
    assert removed(old, new) == ["A"]
    assert removed(new, old) == []


def test_the_schema_has_the_limits_of_the_code():
    text = etree.tostring(xmlfile.parse(
        __import__("importlib.resources", fromlist=["files"])
        .files("verdigris.config").joinpath("installation.xsd").read_bytes(), "x",
    )).decode()  # fmt: skip
    assert f'maxInclusive value="{MAX_WEIGHT}"' in text
    assert f'maxInclusive value="{MAX_PRIORITY}"' in text
