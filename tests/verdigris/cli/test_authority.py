"""An authority of a company signs that of the installation: at the beginning, and later."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.support.identities import signer
from verdigris.config import installation
from verdigris.config.installation_edit import InstallationDocument
from verdigris.identity import certificates as make
from verdigris.identity import material
from verdigris.identity.authority import CERTIFICATE, KEY, NEXT, Authority
from verdigris.identity.material import signed_by
from verdigris.wire import Done
from verdigris_command.setup import authority


NOW = dt.datetime.now(dt.UTC)
COMPANY = signer("company", NOW)


def answer(request):
    """What the company's authority gives for a signing request."""
    asked = x509.load_pem_x509_csr(request)
    made = make.builder(
        asked.subject, COMPANY.certificate.subject, asked.public_key(), NOW, dt.timedelta(days=365)
    )
    for one in asked.extensions:
        made = made.add_extension(one.value, critical=one.critical)
    return make.pem([made.sign(COMPANY.key, hashes.SHA256())])


@pytest.fixture
def begun(run, tmp_path, monkeypatch):
    """An installation in the folder `m1`; what its management server is asked is done at once."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "m1" / "installation.xml"

    def ask(address, security, request, kind):
        document = InstallationDocument(file.read_bytes())
        document.set_authorities(request.signer, request.trusted)
        file.write_bytes(document.data)
        return Done()

    monkeypatch.setattr(authority, "ask", ask)

    def init(*options):
        it = ("init", "m1", "--name", "m1", "--address", "127.0.0.1", "--no-start", *options)
        return run(*it, VERDIGRIS_PASSWORD="correct horse")

    return init


@pytest.fixture
def replace(run):
    """Runs `verdigris authority replace`."""
    return lambda *it: run("authority", "replace", "--config", "m1/mgmtsrvr.xml", *it)


def given(folder):
    """Files of an authority that the company has for the installation."""
    key = make.new_key()
    request = authority.request_for_authority("bank", key)
    (folder / "company.pem").write_bytes(answer(request))
    (folder / "company.key").write_bytes(make.key_pem(key))
    return x509.load_pem_x509_certificate((folder / "company.pem").read_bytes())


def listed(folder):
    found = installation.parse((folder / "m1" / "installation.xml").read_bytes()).security
    return [x509.load_pem_x509_certificate(it.encode()) for it in (found.signer, *found.trusted)]


def test_an_installation_begins_with_the_companys_authority(begun, tmp_path):
    theirs = given(tmp_path)
    done = begun("--authority-certificate", "company.pem", "--authority-key", "company.key")
    assert done.exit_code == 0, done.output
    assert make.fingerprint(theirs) in done.output
    assert listed(tmp_path) == [theirs]
    assert signed_by(material.read(tmp_path / "m1" / "identity").chain[0], theirs)
    kept = Authority.read(tmp_path / "m1" / "authority", "bank")
    assert kept.certificate == theirs


def test_certificate_and_key_belong_together(begun, tmp_path):
    given(tmp_path)
    alone = begun("--authority-certificate", "company.pem")
    assert alone.exit_code == 2
    assert "together" in alone.output
    (tmp_path / "company.key").write_bytes(make.key_pem(make.new_key()))
    mixed = begun("--authority-certificate", "company.pem", "--authority-key", "company.key")
    assert mixed.exit_code != 0
    assert "it is not the key of the certificate" in mixed.output
    assert not (tmp_path / "m1" / "mgmtsrvr.xml").exists()


def test_the_company_signs_a_request_whose_key_stays_here(begun, replace, tmp_path):
    assert begun().exit_code == 0
    (old,) = listed(tmp_path)
    assert replace("--request", "our.csr").exit_code == 0
    request = (tmp_path / "our.csr").read_bytes()
    assert b"PRIVATE" not in request
    assert listed(tmp_path) == [old]
    (tmp_path / "theirs.pem").write_bytes(answer(request))
    theirs = x509.load_pem_x509_certificate((tmp_path / "theirs.pem").read_bytes())
    begins = replace("--certificate", "theirs.pem")
    assert begins.exit_code == 0, begins.output
    assert listed(tmp_path) == [old, theirs]
    assert "A replacement has begun" in replace("--request", "again.csr").output
    assert "--sign comes first" in replace("--finish").output
    assert replace("--sign").exit_code == 0
    assert listed(tmp_path) == [theirs, old]
    assert replace("--finish").exit_code == 0
    assert listed(tmp_path) == [theirs]
    folder = tmp_path / "m1" / "authority"
    assert Authority.read(folder, "bank").certificate == theirs
    assert [(folder / NEXT / name).exists() for name in (KEY, CERTIFICATE)] == [False, False]
    assert replace().exit_code == 0  # another one may begin


def test_a_second_request_does_not_replace_the_key_of_the_first(begun, replace, tmp_path):
    assert begun().exit_code == 0
    assert replace("--request", "our.csr").exit_code == 0
    pending = tmp_path / "m1" / "authority" / NEXT / KEY
    before = pending.read_bytes()
    refused = replace("--request", "again.csr")
    assert refused.exit_code == 2
    assert "An earlier signing request waits for its answer" in refused.output
    assert pending.read_bytes() == before
    assert not (tmp_path / "again.csr").exists()
    pending.unlink()
    assert replace("--request", "again.csr").exit_code == 0


def test_an_authority_whose_key_is_lost_can_be_replaced(begun, replace, tmp_path):
    assert begun().exit_code == 0
    (old,) = listed(tmp_path)
    (tmp_path / "m1" / "authority" / KEY).unlink()
    assert replace().exit_code == 0
    first, new = listed(tmp_path)
    assert first == old
    folder = tmp_path / "m1" / "authority"
    assert Authority.find(folder, "bank", 90, make.fingerprint(new)).certificate == new
    for step, expected in (("--sign", [new, old]), ("--sign", [new, old]), ("--finish", [new])):
        done = replace(step)
        assert done.exit_code == 0, done.output
        assert listed(tmp_path) == expected


def test_a_certificate_with_its_key_takes_the_place(begun, replace, tmp_path):
    assert begun().exit_code == 0
    theirs = given(tmp_path)
    assert replace("--certificate", "company.pem", "--key", "company.key").exit_code == 0
    assert listed(tmp_path)[1] == theirs


def test_a_certificate_that_may_not_sign_is_refused(begun, replace, tmp_path):
    assert begun().exit_code == 0
    before, mine = listed(tmp_path), tmp_path / "m1" / "identity"
    refused = replace("--certificate", f"{mine}/certificate.pem", "--key", f"{mine}/key.pem")
    assert refused.exit_code != 0
    assert "it may not sign certificates" in refused.output
    assert listed(tmp_path) == before
