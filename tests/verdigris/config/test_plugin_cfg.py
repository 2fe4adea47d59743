"""plugin-cfg.xml: VHI's file as it is, our keys, and every mistake with its line."""

from importlib.resources import files
from pathlib import Path

import pytest
from lxml import etree

from verdigris.config.plugin_cfg import KEYS, PluginConfig, load
from verdigris.config.plugin_cfg_files import sample, xsd
from verdigris.errors import ConfigurationError
from verdigris.values import Endpoint


ROOT = Path(__file__).parents[3]

VHI = b"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!DOCTYPE properties SYSTEM "http://java.sun.com/dtd/properties.dtd">
<properties>
<comment/>
<entry key="domainName">mydomain1</entry>
</properties>
"""


def entry(key, value):
    return f'<properties><entry key="{key}">{value}</entry></properties>'.encode()


def problems(data):
    with pytest.raises(ConfigurationError) as caught:
        load(data)
    return [(found.line, found.message) for found in caught.value.problems]


def test_the_file_of_vhi_is_read_unchanged_and_its_dtd_never_fetched():
    assert load(VHI) == PluginConfig(domain_name="mydomain1")


def test_an_empty_file_is_all_defaults():
    assert load(b"<properties/>") == PluginConfig()


def test_the_example_is_what_the_schema_says():
    """Made by: python -c 'from verdigris.config.plugin_cfg_files import *; print(sample(), end="")'."""
    assert (ROOT / "plugin-cfg.example.xml").read_text() == sample()


def test_the_published_schema_is_what_the_table_says_and_takes_the_example():
    published = files("verdigris.config").joinpath("plugin-cfg.xsd").read_text()

    assert published == xsd()
    etree.XMLSchema(etree.fromstring(published.encode())).assertValid(
        etree.fromstring(sample().encode())
    )


def test_every_key_of_the_example_can_be_uncommented():
    uncommented = sample().replace("\n  -->", "")
    lines = [part.partition("\n  <entry") for part in uncommented.split("<!--")]
    whole = lines[0][0] + "".join("<entry" + rest for _, found, rest in lines[1:] if found)

    config = load(whole.encode())

    assert config.namespaces == {("model", "BankDemo"): "urn:example:bank"}
    defaults = PluginConfig(domain_name="mydomain1", namespaces=config.namespaces)
    assert config == defaults


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<properties/>", False),
        (entry("httpPort", "0"), False),
        (entry("domainName", "d"), True),
        (entry("domainName", ""), True),
        (entry("sessionServer", "vs1"), True),
    ],
)
def test_it_is_known_whether_the_file_says_where_requests_go(data, says):
    assert load(data).says_where is says


def test_every_key_has_a_field_of_its_own():
    others = {"namespaces", "warnings", "domains", "says_where"}
    fields = set(PluginConfig.__dataclass_fields__) - others

    assert sorted(fields) == sorted(key.field for key in KEYS)


@pytest.mark.parametrize(
    ("key", "value", "field", "expected"),
    [
        ("domainName", " d1 ", "domain_name", "d1"),
        ("domainName", "", "domain_name", ""),
        ("sessionServer", "vs1", "session_server", Endpoint("vs1", 9623)),
        ("sessionServer", "[::1]:7", "session_server", Endpoint("::1", 7)),
        ("managementServers", "a, b:1\n c", "management_servers", (Endpoint("a", 9641), Endpoint("b", 1), Endpoint("c", 9641))),
        ("managementServers", "", "management_servers", ()),
        ("replyElements", "qualified", "qualified_replies", True),
        ("listServices", "false", "list_services", False),
        ("httpPort", "0", "http_port", 0),
        ("publicUrl", "https://h:1", "public_url", "https://h:1"),
        ("namespace.session.Pool-1", "urn:x", "namespaces", {("pool", "Pool-1"): "urn:x"}),
    ],
)  # fmt: skip
def test_values_are_read(key, value, field, expected):
    assert getattr(load(entry(key, value)), field) == expected


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("domainName", "a b", "the value of domainName is not a domain name"),
        ("httpPort", "65536", "the value of httpPort is not a whole number from 0 to 65535"),
        ("httpPort", "", "the value of httpPort is not a whole number from 0 to 65535"),
        ("httpInterface", "localhost", "the value of httpInterface is not an IP address"),
        ("sessionServer", "a:b", "the value of sessionServer is not an address"),
        ("managementServers", "a:0", "the value of managementServers is not an address"),
        (
            "replyElements",
            "Qualified",
            "the value of replyElements is not one of unqualified, qualified",
        ),
        ("namespace.model.M", "", "the value of namespace.model.M is empty"),
        ("namespace.model.M", "a b", "the value of namespace.model.M is not a URI"),
        ("namespace.model.M", "urn:größe", "the value of namespace.model.M is not a URI"),
        ("namespace.session.P", "%zz", "the value of namespace.session.P is not a URI"),
        ("namespacePrefix", "http://x/[", "the value of namespacePrefix is not a URI"),
        ("publicUrl", "https://h/path", "the value of publicUrl is not a base URL"),
        ("authnService", "true", "authnService needs usersFile"),
        ("authnMetadata", "true", "authnMetadata needs usersFile"),
        ("allowedHosts", "a/b", "the value of allowedHosts contains 'a/b'"),
        ("certificateFile", "x.pem", "certificateFile and privateKeyFile must be set together"),
    ],
)
def test_mistakes_are_named(key, value, said):
    found = problems(entry(key, value))

    assert len(found) == 1
    assert found[0][1].startswith(said)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("domainname", "unknown key domainname, which is ignored; did you mean domainName?"),
        ("axisServletPath", "unknown key axisServletPath, which is ignored"),
        ("namespace.model.", "unknown key namespace.model., which is ignored; did you mean"),
    ],
)
def test_a_key_that_is_unknown_is_a_warning(key, said):
    """VHI's file is read as it is: it may have keys that mean nothing here."""
    found = load(entry(key, "x"))
    assert [one.severity for one in found.warnings] == ["warning"]
    assert found.warnings[0].message.startswith(said)


def test_all_mistakes_are_reported_with_their_lines():
    data = b"""<properties>
<entry key="domainName">ok</entry>
<entry key="domainName">again</entry>
<entry key="maxRows">-1</entry>
<entry>x</entry>
<entry key="maxCalls"><b/></entry>
<other/>
</properties>"""

    assert problems(data) == [
        (3, "key domainName is already set in line 2"),
        (4, "the value of maxRows is not a whole number from 0 to 2147483647"),
        (5, "an entry must have a key and a text and nothing else"),
        (6, "an entry must have a key and a text and nothing else"),
        (7, "element other is not allowed here"),
    ]


@pytest.mark.parametrize(
    "data",
    [b"", b"<a/>", b"<properties>", b"\xff\xfe\x00", b"<properties/>x"],
)
def test_what_is_no_properties_file_is_refused(data):
    assert problems(data)


def test_an_entity_is_never_resolved(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("leaked")
    data = f'<!DOCTYPE p [<!ENTITY e SYSTEM "file://{secret}">]><properties><entry key="domainName">&e;</entry></properties>'

    assert "leaked" not in str(problems(data.encode()))
