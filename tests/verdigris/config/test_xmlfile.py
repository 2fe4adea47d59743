"""One loader for all XML files: nothing is fetched, everything wrong is said with its line."""

import pytest
from lxml import etree

from verdigris.config.xmlfile import MAX_BYTES, line, load, parse, parser, problems, schema
from verdigris.errors import ConfigurationError


RULES = etree.XMLSchema(
    etree.fromstring(
        b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t"
          elementFormDefault="qualified"><xs:element name="a"><xs:complexType><xs:sequence>
          <xs:element name="b" maxOccurs="unbounded"><xs:complexType>
          <xs:attribute name="n" type="xs:int" use="required"/></xs:complexType></xs:element>
          </xs:sequence></xs:complexType></xs:element></xs:schema>""",
        parser(),
    )
)


def said(data: bytes) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(data, "x.xml", RULES)
    return [str(problem) for problem in caught.value.problems]


def test_a_good_file_is_read():
    root = load(b'<a xmlns="urn:t">\n<b n="1"/></a>', "x.xml", RULES)
    assert line(root[0]) == 2


def test_every_problem_is_reported_with_its_line():
    found = said(b'<a xmlns="urn:t">\n<b n="one"/>\n<b/>\n<c/></a>')
    assert [place.split(":")[1] for place in found] == ["2", "3", "4"]
    assert "'one'" in found[0]
    assert "{urn:t}" not in "".join(found)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"<a", "x.xml:1"),
        (b"<a>\n</b>", "x.xml:2"),
        (b"\xff\xfe\x00", "x.xml"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>', "DOCTYPE"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "DOCTYPE"),
        (b"<a>" * 300, "x.xml"),
        (b"\0" * 10, "x.xml"),
    ],
)
def test_what_is_no_file_of_ours_is_refused_in_words(data, words):
    assert words in " ".join(said(data))


def test_a_huge_file_is_refused_unread():
    assert "larger than" in said(b" " * (MAX_BYTES + 1))[0]


def test_an_entity_is_never_resolved(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    data = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]><a>&e;</a>'.encode()
    root = parse(data, "x.xml", doctype=True)
    assert b"s3cret" not in etree.tostring(root)


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("<limts/>", "Element 'limts': This element is not expected. Did you mean limits?"),
        ('<limits concurent="1"/>', "'concurent' is not allowed. Did you mean concurrent?"),
        ("<zzz/>", "Element 'zzz': This element is not expected."),
        (
            '<log level="loud"/>',
            "an element of the set {'debug', 'info', 'warn', 'error'}",
        ),
    ],
)
def test_a_name_or_choice_that_is_wrong_says_what_there_is(inside, words):
    data = f'<sesssrvr xmlns="urn:verdigris:sesssrvr:1" name="a">{inside}</sesssrvr>'.encode()
    found = problems(parse(data, "x"), schema("verdigris.config", "sesssrvr.xsd"), "x")
    assert words in str(found[0])
    assert str(found[0]).endswith(("?", "}.", "expected."))
