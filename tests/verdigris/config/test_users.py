"""The users file: what it says, everything wrong with it at once."""

from pathlib import Path

import pytest

from verdigris.config.directories import LdapServer, LdapSettings, OpenIdSettings
from verdigris.config.users import LockOut, load, parse, sample
from verdigris.errors import ConfigurationError
from verdigris.passwords import NOBODY
from verdigris.rights import ActTarget, Permission, Principal, Profile


def document(inside: str = "", *, admin: str = NOBODY) -> bytes:
    return (
        f'<users xmlns="urn:verdigris:users:1">\n<admin password="{admin}"/>\n{inside}\n</users>'
    ).encode()


def native(inside: str) -> bytes:
    return document(f"<native>{inside}</native>")


def user(name: str, more: str = "") -> str:
    return f'<user name="{name}" password="{NOBODY}" {more}/>'


def problems(data: bytes) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        parse(data, "u.xml")
    return [str(problem) for problem in caught.value.problems]


def test_the_sample_is_good():
    users = parse(sample().encode())
    assert repr(users) == "<Users [2 users, 1 groups, 1 grants, 0 directories]>"
    assert users.warnings == ()
    (grant,) = users.rights.grants
    assert grant.permissions == {Permission.USE, Permission.METADATA}
    assert grant.to.groups == {Principal("tellers")}
    assert grant.limits == ActTarget(pool="BankPool")
    assert set(users.rights.profiles) == set(Profile)


def test_the_directories_of_the_sample_are_good():
    remark = sample().partition("who are not listed above.\n")[2].partition(" -->")[0]
    users = parse(document(remark), "/etc/verdigris/users.xml")
    ldap, openid = users.directories
    assert isinstance(ldap, LdapSettings)
    assert isinstance(openid, OpenIdSettings)
    assert ldap.servers[0] == LdapServer("ldap1.example.org", 636, start_tls=False)
    assert ldap.user_attribute == "sAMAccountName"
    assert ldap.bind_password_file == Path("/etc/verdigris/corporate-password")
    assert openid.algorithms == ("RS256", "ES256")


def test_the_least_document_has_admin_and_the_defaults():
    users = parse(document())
    assert list(users.users) == ["admin"]
    assert users.lock_out == LockOut()
    assert users.login_seconds == 28_800


def test_nothing_of_a_hash_is_printed():
    assert NOBODY not in repr(parse(native(user("alice"))).users)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'<users xmlns="urn:verdigris:users:1"/>', "Missing child element"),
        (document(admin="secret"), "u.xml:2: error: the password of admin: not an argon2id hash"),
        (native(user("admin")), "admin is built in"),
        (native(user("Admin")), "admin is built in"),
        (native(user("bob") + "\n" + user("BOB")), "u.xml:4: error: user BOB is listed twice (first in line 3)"),
        (native(user("a b")), "a b"),
        (native('<group name="g"><user name="bob"/></group>'), "there is no user bob in this document"),
        (native('<group name="g"><group name="h"/></group>'), "there is no group h in this document"),
        (document('<profile name="User"><user name="x" directory="corp"/></profile>'), "there is no directory corp"),
        (document('<profile name="Boss"/>'), "Boss"),
        (document('<profile name="User"/><profile name="User"/>'), "profile User is listed twice"),
        (document('<grant permission="fly"><user name="admin"/></grant>'), "fly"),
        (document('<grant permission="use"/>'), "Missing child element"),
        (document('<grant permission="join" pool="P"><user name="admin"/></grant>'), "permission join cannot be limited to a pool"),
        (document('<grant permission="view" model="m"><user name="admin"/></grant>'), "permission view cannot be limited to a model"),
        (document('<lock-out free="0"/>'), "0"),
        (document('<logins lifetime="5"/>'), "5"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(data: bytes, said: str):
    assert said in "\n".join(problems(data))


def ldap(**more: str) -> bytes:
    given = {
        "name": "corp", "servers": "ldaps://h", "bind-dn": "cn=x", "bind-password-file": "p",
        "user-base": "dc=x", **{name.replace("_", "-"): value for name, value in more.items()},
    }  # fmt: skip
    attributes = " ".join(f'{name}="{value}"' for name, value in given.items())
    return document(f"<directories><ldap {attributes}/></directories>")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (ldap(servers=" "), "servers names no server"),
        (ldap(servers="http://h"), "'http://h' is not a server"),
        (ldap(servers="ldaps://u:p@h"), "is not a server"),
        (ldap(name="native"), "directory native is this document itself"),
        (ldap(user_filter="objectClass=person"), "is not an LDAP filter in parentheses"),
        (ldap(user_filter="(a=b))(c=*"), "is not an LDAP filter in parentheses"),
        (ldap(user_filter="(a=b)(c=*)"), "is not an LDAP filter in parentheses"),
        (ldap(user_attribute="uid=*)(uid"), "is not the name of an LDAP attribute"),
        (ldap(bind_dn=" "), "bind-dn is empty"),
        (ldap(kind="novell"), "novell"),
        (document('<directories><openid name="o" issuer="http://x" audience="v"/></directories>'), "is not an https URL"),
        (document('<directories><openid name="o" issuer="https://x" audience="v" algorithms="none"/></directories>'), "none"),
        (document('<directories><openid name="o" issuer="https://x" audience="v" algorithms="HS256"/></directories>'), "HS256"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_directories_is_said(data: bytes, said: str):
    assert said in "\n".join(problems(data))


def test_names_of_ldap_directories_are_compared_as_they_compare_them():
    data = ldap().replace(
        b"</users>",
        b'<profile name="User"><group name="Bank  Tellers" directory="corp"/></profile></users>',
    )
    members = parse(data).rights.profiles[Profile.USER]
    assert members.groups == {Principal("bank tellers", "corp")}


def test_a_weak_hash_and_an_exposed_file_are_warned_about(tmp_path: Path):
    file = tmp_path / "users.xml"
    weak = NOBODY.replace("m=19456", "m=1024")
    file.write_bytes(native(f'<user name="bob" password="{weak}"/>'))
    file.chmod(0o644)
    warnings = [str(it) for it in load(file.read_bytes(), str(file)).warnings]
    assert "can be read by every user of this machine" in warnings[0]
    assert "the hash of bob is weaker" in warnings[1]
    file.chmod(0o600)
    assert len(load(file.read_bytes(), str(file)).warnings) == 1
