"""The session server's settings: all of them documented, all problems at once, with lines."""

from dataclasses import fields
from pathlib import Path

import pytest
from lxml import etree

from verdigris.config import sesssrvr, xmlfile
from verdigris.config.sesssrvr import HostAddress, SessionServerConfig
from verdigris.errors import ConfigurationError
from verdigris.values import Endpoint


HEAD = '<sesssrvr xmlns="urn:verdigris:sesssrvr:1" name="vs1">'


def parse(body):
    return sesssrvr.parse(f"{HEAD}{body}</sesssrvr>".encode(), "/etc/verdigris/sesssrvr.xml")


def test_a_name_is_enough_and_everything_else_is_the_default():
    config = parse("")
    assert config == SessionServerConfig("vs1", data=Path("/etc/verdigris/sesssrvr-data"))


def test_the_sample_is_valid_and_says_the_defaults():
    config = sesssrvr.parse(sesssrvr.sample().encode())
    default = SessionServerConfig("vs1")
    own = {"installation", "management", "deploy", "hosts"}
    for name in (one.name for one in fields(config)):
        if name not in own:
            assert getattr(config, name) == getattr(default, name), name
    assert config.management == (Endpoint("127.0.0.1", 9641),)
    assert config.hosts == {"BankDemo": HostAddress("127.0.0.1", 3270, tls=False)}


def test_the_sample_shows_every_setting_of_the_schema():
    rules = etree.parse(Path(sesssrvr.__file__).with_name("sesssrvr.xsd"))
    space = {"xs": "http://www.w3.org/2001/XMLSchema"}
    named = rules.xpath("//xs:attribute/@name", namespaces=space)
    missing = {name for name in named if f"{name}=" not in sesssrvr.sample()}
    assert not missing


def test_the_schemas_defaults_are_the_modules(tmp_path):
    rules = etree.parse(Path(sesssrvr.__file__).with_name("sesssrvr.xsd"))
    space = {"xs": "http://www.w3.org/2001/XMLSchema"}
    body = ""
    for element in rules.xpath("//xs:all/xs:element", namespaces=space):
        said = element.xpath("xs:complexType/xs:attribute[@default]", namespaces=space)
        values = " ".join(f'{one.get("name")}="{one.get("default")}"' for one in said)
        if element.get("name") != "deploy":
            body += f"<{element.get('name')} {values}/>"
    assert parse(body) == parse("")


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        (
            (
                '\n<listen address="0.0.0.0"/><management-servers><management-server address="m"/>'
                "</management-servers>"
            ),
            2,
            "0.0.0.0 stands for every address of this machine",
        ),
        (
            (
                '\n<listen address="10.0.0.1" advertise="[::]:1"/><management-servers>'
                '<management-server address="m"/></management-servers>'
            ),
            2,
            ":: stands for every address of this machine",
        ),
        ('\n<listen address="nowhere:x"/>', 2, "'nowhere:x' is not a valid address"),
        ('\n<listen advertise="a b"/>', 2, "'a b' is not a valid address"),
        ('\n<limits concurrent="0"/>', 2, "minimum"),
        ('\n<limits concurent="5"/>', 2, "'concurent'"),
        ('\n\n<hosts><host model="M" address="h:99999"/></hosts>', 3, "port from 1 to 65535"),
        ('<hosts><host model="M"/>\n<host model="M"/></hosts>', 2, "model M already has a host"),
        (
            '<management-servers>\n<management-server address=":"/></management-servers>',
            2,
            "not a valid address",
        ),
        ("<limit/>", 1, "limit"),
        ("", 0, ""),
    ],
)
def test_a_broken_file_is_refused_with_its_line(body, line, said):
    if not line:
        with pytest.raises(ConfigurationError, match="name"):
            sesssrvr.parse(b'<sesssrvr xmlns="urn:verdigris:sesssrvr:1"/>')
        return
    with pytest.raises(ConfigurationError) as caught:
        parse(body)
    assert [problem.line for problem in caught.value.problems] == [line]
    assert said in caught.value.problems[0].message


def test_all_problems_are_reported_at_once():
    with pytest.raises(ConfigurationError) as caught:
        parse('<listen address="x:y"/>\n<hosts><host model="M" address="h:0"/></hosts>')
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(("said", "kept"), [("1", 1), ("4096", 4096)])
def test_how_much_of_a_sessions_traffic_is_kept(said, kept):
    assert parse(f'<traces kilobytes="{said}"/>').trace_kilobytes == kept


@pytest.mark.parametrize("said", ["0", "-1", "4097", "many", ""])
def test_a_trace_has_a_size(said):
    with pytest.raises(ConfigurationError, match="line"):
        parse(f'<traces kilobytes="{said}"/>')


def test_any_free_port_may_be_asked_for():
    assert parse('<listen address="0.0.0.0:0"/>').listen == Endpoint("0.0.0.0", 0)


def test_a_missing_file_is_a_clear_error(tmp_path):
    with pytest.raises(ConfigurationError, match="No such file"):
        sesssrvr.read(tmp_path / "none.xml")


def test_the_schema_is_found_in_the_package():
    assert xmlfile.schema("verdigris.config", "sesssrvr.xsd")


def test_a_host_s_tls_settings_are_its_options_and_its_files_absolute():
    config = parse(
        """<hosts><host model="M" tls="true" authorities="ca.pem" key="our.key" passphrase="secret" name="mvs1" verify="true"
        start-tls="require"/></hosts>"""
    )
    assert config.hosts["M"].tls
    assert dict(config.hosts["M"].options) == {
        "tls-authorities": "/etc/verdigris/ca.pem",
        "tls-key": "/etc/verdigris/our.key",
        "tls-passphrase": "/etc/verdigris/secret",
        "tls-name": "mvs1",
        "tls-verify": "true",
        "start-tls": "require",
    }


def test_a_host_may_be_reached_by_ssh_here():
    config = parse(
        """<hosts><host model="M" protocol="ssh" ssh-known-hosts="known" ssh-verify="true"
        ssh-user="clerk" ssh-key="id_ed25519"/></hosts>"""
    )
    assert dict(config.hosts["M"].options) == {
        "protocol": "ssh",
        "ssh-known-hosts": "/etc/verdigris/known",
        "ssh-verify": "true",
        "ssh-user": "clerk",
        "ssh-key": "/etc/verdigris/id_ed25519",
    }
