"""Directories follow the users file."""

from twisted.internet.task import Clock

from mgmtsrvr.directories import Authenticator
from mgmtsrvr.directories.factory import Directories
from mgmtsrvr.directories.native import NativeDirectory
from verdigris.config.users import parse
from verdigris.passwords import NOBODY


def document(inside=""):
    text = f'<users xmlns="urn:verdigris:users:1"><admin password="{NOBODY}"/>{inside}</users>'
    return parse(text.encode())


LDAP = (
    '<ldap name="corp" servers="ldaps://h" bind-dn="cn=x" bind-password-file="p" user-base="dc=x"/>'
)
OPENID = '<openid name="login" issuer="https://login.example" audience="v"/>'


def test_directories_come_and_go_with_the_document():
    users = document()
    door = Authenticator(NativeDirectory(lambda: users, None), Clock())
    directories = Directories(door, Clock())
    directories.follow(users)
    assert repr(door) == "<Authenticator native>"
    directories.follow(document(f"<directories>{LDAP}{OPENID}</directories>"))
    assert repr(door) == "<Authenticator native, corp, login>"
    threads = directories._threads
    directories.follow(
        document(f'<lock-out free="2" longest="9"/><directories>{LDAP}{OPENID}</directories>')
    )
    assert directories._threads is threads  # what did not change is not made anew
    assert (door.guesses.free, door.guesses.longest) == (2, 9.0)
    directories.follow(document())
    assert repr(door) == "<Authenticator native>"
    assert all(it._stopped for it in threads)
