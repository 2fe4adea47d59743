"""Two management servers through replacements of the authority: each always has the key that signs."""

import datetime as dt

import pytest

from mgmtsrvr.membership.kept_authorities import keep
from mgmtsrvr.membership.newcomer_files import authorities
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.identity.authority import CERTIFICATE, KEY, NEXT, Authority


NOW = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
A, B, C = (Authority.create("bank", NOW + dt.timedelta(days=day)) for day in range(3))


@pytest.fixture
def folders(tmp_path):
    """The authorities' folders of two management servers that have the same authority."""
    for name in ("m1", "m2"):
        A.write(tmp_path / name)
    return tmp_path / "m1", tmp_path / "m2"


def files_of(folder):
    return authorities(ManagementConfig(authority=folder))


def ask(here, other, *listed):
    keep(here, files_of(other), [one.fingerprint for one in listed])


def found(folder, wanted):
    return Authority.find(folder, "bank", 90, wanted.fingerprint)


def finish(folder, made):
    """What `verdigris authority replace --finish` does with the files."""
    made.write(folder)
    for name in (KEY, CERTIFICATE):
        (folder / NEXT / name).unlink()


def replaced(one, two, old, new):
    """One replacement, made at the first server, with questions of both after each step."""
    new.write(one / NEXT)
    for listed in ((old, new), (new, old)):
        ask(two, one, *listed)
        ask(one, two, *listed)
        assert found(one, new).fingerprint == found(two, new).fingerprint == new.fingerprint
    finish(one, new)
    ask(one, two, new)  # the other one has the old authority yet
    ask(two, one, new)


def test_each_has_the_authority_that_signs_through_several_replacements(folders):
    one, two = folders
    for old, new in ((A, B), (B, C)):
        replaced(one, two, old, new)
        assert files_of(one) == files_of(two)
        assert not (one / NEXT / CERTIFICATE).exists()
        assert not (two / NEXT / CERTIFICATE).exists()


def test_replacements_may_be_made_at_either_server(folders):
    one, two = folders
    replaced(one, two, A, B)
    replaced(two, one, B, C)
    assert files_of(one) == files_of(two)
    assert found(one, C)


def test_an_authority_that_is_not_listed_is_not_kept(folders):
    one, two = folders
    B.write(one / NEXT)
    ask(two, one, A)
    assert not (two / NEXT).exists()


def test_the_key_of_a_signing_request_alone_is_not_kept(folders):
    one, two = folders
    B.write(one / NEXT)
    (one / NEXT / CERTIFICATE).unlink()
    ask(two, one, A, B)
    assert not (two / NEXT).exists()
    C.write(one / NEXT)
    ask(two, one, A, C)
    assert found(two, C)


def test_a_certificate_with_the_key_of_another_is_not_kept(folders):
    one, two = folders
    B.write(one / NEXT)
    mixed = files_of(one) | {f"authority/{NEXT}/{KEY}": files_of(one)[f"authority/{KEY}"]}
    keep(two, mixed, [A.fingerprint, B.fingerprint])
    assert not (two / NEXT).exists()


@pytest.mark.parametrize("name", ["../key.pem", "authority/../../key.pem", "authority/more.pem"])
def test_no_other_file_is_written(folders, name):
    _, two = folders
    before = sorted(two.parent.rglob("*"))
    keep(two, {name: b"x"}, [A.fingerprint])
    assert sorted(two.parent.rglob("*")) == before


def test_the_key_is_its_owners_alone(folders):
    one, two = folders
    B.write(one / NEXT)
    ask(two, one, A, B)
    assert (two / NEXT / KEY).stat().st_mode & 0o077 == 0
