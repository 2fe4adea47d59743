"""`verdigris backup` and `restore`: what is in one, what is made of it, and what is refused."""

import json
import stat
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509

from mgmtsrvr.audit import AuditLog, Entry
from mgmtsrvr.backup import Stored, read_backup, sealed, write_backup
from tests.mgmtsrvr.backup.test_archive import described
from tests.support.access import now
from verdigris.audit_record import breaks, read_line
from verdigris.config import installation, mgmtsrvr
from verdigris.config.installation_edit import InstallationDocument
from verdigris.config.watch import at_once
from verdigris.identity import Part, Role, material
from verdigris.identity.authority import Authority
from verdigris.identity.certificates import fingerprint, issued, part_of
from verdigris.passwords import hashed


PASSPHRASE = "correct horse battery"
LDAP = """
  <ldap name="corporate" servers="ldaps://ldap.example" bind-dn="cn=reader" ca-file="ca.pem"
        bind-password-file="secrets/ldap.txt" user-base="ou=people"/>"""


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    monkeypatch.setattr(sealed, "_key", lambda said, salt: (said.encode() + salt + bytes(32))[:32])


@pytest.fixture
def m1(run, tmp_path, monkeypatch):
    """A management server's folder, with an audit log, versions and a directory."""
    monkeypatch.chdir(tmp_path)
    done = run(
        "init", "m1", "--id", "bank", "--name", "m1", "--address", "127.0.0.1:9641", "--no-start",
        VERDIGRIS_PASSWORD="correct horse",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    folder = tmp_path / "m1"
    audit = AuditLog(folder / "audit", "m1", at_once, lambda: 1_800_000_000.0)
    now(audit.start())
    for act in ("login", "drain"):
        now(audit.append(Entry(act, "admin")))
    with next((folder / "audit").glob("*.jsonl")).open("ab") as file:
        file.write(b'{"half a rec')
    (folder / "token-keys").mkdir()
    (folder / "token-keys" / "a.pem").write_text("SECRET-TOKEN-KEY")
    (folder / "users.xml").write_bytes(users(LDAP))
    (folder / "secrets").mkdir()
    (folder / "secrets" / "ldap.txt").write_text("SECRET-LDAP")
    (folder / "ca.pem").write_bytes((folder / "authority" / "certificate.pem").read_bytes())
    versions = folder / "installation.xml.versions"
    versions.mkdir()
    data = (folder / "installation.xml").read_bytes()
    (versions / "20261201T101112.000123Z-aaaaaaaaaaaa.xml").write_bytes(data)
    (versions / "20261201T101112.000123Z-aaaaaaaaaaaa.json").write_text(
        '{"author": "eve", "comment": "x"}'
    )
    return folder


def users(inside=""):
    found = f'<users xmlns="urn:verdigris:users:1"><admin password="{hashed("a password")}"/>'
    return (
        found + (f"<directories>{inside}</directories>" if inside else "") + "</users>"
    ).encode()


def backup(run, *more, file="b", **environment):
    environment = environment or {"VERDIGRIS_PASSPHRASE": PASSPHRASE}
    return run("backup", file, "--config", "m1/mgmtsrvr.xml", *more, **environment)


def restore(run, *more, file="b", folder="again", **environment):
    environment = environment or {"VERDIGRIS_PASSPHRASE": PASSPHRASE}
    return run("restore", file, folder, "--no-start", *more, **environment)


def inside(file="b", passphrase=PASSPHRASE):
    with read_backup(Path(file), passphrase) as (_, files):
        return dict(files)


def test_a_sealed_backup_has_what_makes_the_server_again(run, m1):
    done = backup(run)
    assert done.exit_code == 0, done.output
    assert "installation bank" in done.output
    assert "encrypted, with the authority's key" in done.output
    assert stat.S_IMODE(Path("b").stat().st_mode) == 0o600
    found = inside()
    for name in ("installation.xml", "users.xml", "mgmtsrvr.xml", "authority/key.pem", "ca.pem"):
        assert found[name] == (m1 / name).read_bytes()
    assert found["secrets/ldap.txt"] == b"SECRET-LDAP"
    (log,) = (data for name, data in found.items() if name.startswith("audit/"))
    assert [read_line(it).act for it in log.splitlines()] == ["login", "drain"]
    assert not [it for it in found if it.startswith(("token-keys", "identity"))]
    assert list(Path.cwd().glob(".b.*")) == []


def test_one_without_keys_holds_no_secret(run, m1):
    done = backup(run, "--without-keys", X="1")
    assert done.exit_code == 0
    assert "secrets/ldap.txt is secret" in done.stderr
    found = inside(passphrase=None)
    data = b"".join(found.values())
    assert b"PRIVATE KEY" not in data
    assert b"SECRET" not in data
    assert "authority/certificate.pem" in found


def test_packages_that_the_installation_names_are_in_a_sealed_backup_alone(run, m1):
    """They hold the accounts of variable lists."""
    named, lost = sha256(b"package").hexdigest(), "0" * 64
    document = InstallationDocument((m1 / "installation.xml").read_bytes())
    for model, package in (("M", named), ("N", lost)):
        document.deploy(model, package, [("domain", "default")])
    (m1 / "installation.xml").write_bytes(document.data)
    (m1 / "packages").mkdir()
    for name in (named, "f" * 64):
        (m1 / "packages" / f"{name}.zip").write_bytes(b"package")
    done = backup(run)
    assert done.exit_code == 0, done.output
    assert lost in done.stderr
    found = inside()
    assert [it for it in found if it.startswith("packages/")] == [f"packages/{named}.zip"]
    assert restore(run).exit_code == 0
    assert Path("again", "packages", f"{named}.zip").read_bytes() == b"package"
    assert "may hold accounts" in backup(run, "--without-keys", file="c", X="1").stderr
    assert not [it for it in inside("c", None) if it.startswith("packages/")]


def test_settings_of_other_parts_are_kept_too(run, m1):
    Path("gw1").mkdir()
    Path("gw1/plugin-cfg.xml").write_text("<properties/>")
    assert backup(run, "--with", "gw1/plugin-cfg.xml").exit_code == 0
    assert inside()["settings/gw1/plugin-cfg.xml"] == b"<properties/>"


def test_a_restored_server_is_the_one_it_was_with_a_new_certificate(run, m1):
    before = material.read(m1 / "identity")
    assert backup(run).exit_code == 0
    done = restore(run)
    assert done.exit_code == 0, done.output
    again = Path("again")
    mine = material.read(again / "identity")
    assert mine.part == Part("bank", Role.MANAGEMENT_SERVER, "m1")
    assert mine.authorities == before.authorities
    assert mine.chain[0] != before.chain[0]
    found = installation.parse((again / "installation.xml").read_bytes())
    (revoked,) = found.security.revoked
    assert (revoked.role, revoked.name) == ("management-server", "m1")
    assert issued(before.chain[0]) <= revoked.at < issued(mine.chain[0])
    assert [str(it.address) for it in found.management_servers] == ["127.0.0.1:9641"]
    for name in ("users.xml", "authority/key.pem", "secrets/ldap.txt"):
        assert (again / name).read_bytes() == (m1 / name).read_bytes()
    for path in (again, *again.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0 or path.name in {"certificate.pem", "authorities.pem"}, path
    (version,) = (again / "installation.xml.versions").glob("*.xml")
    assert version.name == "20261201T101112.000000Z-" + version.name[-16:]
    assert json.loads(version.with_suffix(".json").read_text())["author"] == "eve"


def test_the_audit_log_goes_on_and_says_that_it_was_restored(run, m1):
    assert backup(run).exit_code == 0
    assert restore(run).exit_code == 0
    (log,) = Path("again/audit").glob("*.jsonl")
    chain = [read_line(it) for it in log.read_bytes().splitlines()]
    assert [it.act for it in chain] == ["login", "drain", "restore"]
    assert [*breaks(chain)] == []


def test_without_keys_there_is_a_new_authority_and_all_parts_join_again(run, m1):
    old = (m1 / "authority" / "certificate.pem").read_bytes()
    assert backup(run, "--without-keys", X="1").exit_code == 0
    done = restore(run, X="1")
    assert done.exit_code == 0, done.output
    made = Authority.read(Path("again/authority"), "bank")
    assert made.fingerprint in done.output
    assert "Each part joins again" in done.output
    assert "Directory corporate needs" in done.output
    assert "again/secrets/ldap.txt" in done.output
    security = installation.parse(Path("again/installation.xml").read_bytes()).security
    signer = x509.load_pem_x509_certificate(security.signer.encode())
    assert fingerprint(signer) == made.fingerprint
    assert old not in Path("again/installation.xml").read_bytes()
    assert part_of(material.read(Path("again/identity")).chain[0]).name == "m1"


def test_another_address_and_another_store(run, m1):
    assert backup(run).exit_code == 0
    done = restore(
        run, "--address", "m9.example", "--api", "127.0.0.9:8099",
        "--etcd", "http://e1:2379", "--etcd", "http://e2:2379",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    config = mgmtsrvr.read(Path("again/mgmtsrvr.xml"))
    assert (str(config.listen), str(config.api)) == ("0.0.0.0:9641", "127.0.0.9:8099")
    assert config.store.etcd.endpoints == ("http://e1:2379", "http://e2:2379")
    assert config.store.etcd.prefix == "/verdigris/bank"
    found = installation.parse(Path("again/installation.xml").read_bytes())
    assert [str(it.address) for it in found.management_servers] == ["m9.example:9641"]
    assert "m9.example" in material.read(Path("again/identity")).hosts
    assert restore(run, "--in-files", folder="files").exit_code == 0
    assert mgmtsrvr.read(Path("files/mgmtsrvr.xml")).store.etcd is None


def test_other_management_servers_are_named(run, m1):
    document = InstallationDocument((m1 / "installation.xml").read_bytes())
    document.add("management-server", "m2", "10.0.0.2:9641")
    (m1 / "installation.xml").write_bytes(document.data)
    assert backup(run).exit_code == 0
    assert "Also listed: m2." in restore(run).output


def test_a_check_writes_nothing(run, m1):
    assert backup(run).exit_code == 0
    done = run("restore", "b", "--check", VERDIGRIS_PASSPHRASE=PASSPHRASE)
    assert (done.exit_code, "none damaged" in done.output) == (0, True)
    assert not Path("again").exists()


def test_a_wrong_passphrase_and_a_damaged_file_leave_nothing(run, m1):
    assert backup(run).exit_code == 0
    wrong = restore(run, VERDIGRIS_PASSPHRASE="another one")
    assert (wrong.exit_code, "Error 9281" in wrong.stderr) == (4, True)
    data = Path("b").read_bytes()
    Path("b").write_bytes(data[:-40])
    damaged = restore(run)
    assert (damaged.exit_code, "Error 928" in damaged.stderr) == (4, True)
    assert not Path("again").exists()
    assert list(Path.cwd().glob(".again*")) == []


@pytest.mark.parametrize(
    ("file", "data", "error"),
    [
        ("mgmtsrvr.xml", b"<mgmtsrvr", "mgmtsrvr.xml"),
        ("installation.xml", b"<x/>", "installation.xml"),
        ("users.xml", b"<x/>", "users.xml"),
    ],
)
def test_documents_that_cannot_be_used_leave_nothing(run, m1, monkeypatch, file, data, error):
    good = {it: (m1 / it).read_bytes() for it in ("mgmtsrvr.xml", "installation.xml", "users.xml")}
    with Path("bad").open("wb") as opened:
        stored = [Stored.of(*it) for it in {**good, file: data}.items()]
        write_backup(opened, stored, described, None)
    done = restore(run, file="bad", X="1")
    assert done.exit_code == 4
    assert error in done.stderr
    assert not Path("again").exists()
    assert list(Path.cwd().glob(".again*")) == []


def test_what_is_there_is_not_replaced(run, m1):
    assert backup(run).exit_code == 0
    again = backup(run)
    assert (again.exit_code, "b exists" in again.stderr) == (2, True)
    full = restore(run, folder="m1")
    assert (full.exit_code, "m1 is not empty" in full.stderr) == (2, True)
    Path("empty").mkdir()
    assert restore(run, folder="empty").exit_code == 0


@pytest.mark.parametrize(
    ("more", "environment", "said"),
    [
        ((), {"X": "1"}, "A passphrase is needed"),
        ((), {"VERDIGRIS_PASSPHRASE": "short"}, "fewer than 8"),
        (("--without-keys", "--passphrase-file", "p"), {"X": "1"}, "Use either"),
    ],
)
def test_a_passphrase_is_needed_or_declined(run, m1, more, environment, said):
    Path("p").write_text("a long passphrase\n")
    done = backup(run, *more, **environment)
    assert (done.exit_code, said in done.stderr) == (2, True)
    assert not Path("b").exists()


def test_a_passphrase_in_a_file(run, m1):
    Path("p").write_text(f"{PASSPHRASE}\n")
    assert backup(run, "--passphrase-file", "p", X="1").exit_code == 0
    assert restore(run, "--passphrase-file", "p", X="1").exit_code == 0


def test_a_full_disk_is_said_and_leaves_nothing(run, m1, monkeypatch):
    monkeypatch.setattr("os.fsync", _full)
    done = backup(run)
    assert (done.exit_code, "No space left" in done.stderr) == (1, True)
    assert list(Path.cwd().glob("*b*")) == []


def _full(*_):
    raise OSError(28, "No space left on device")


def test_an_installation_without_security(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("m1").mkdir()
    Path("m1/mgmtsrvr.xml").write_text('<mgmtsrvr xmlns="urn:verdigris:mgmtsrvr:1"/>')
    Path("m1/installation.xml").write_text(
        '<installation xmlns="urn:verdigris:installation:1" id="plain"/>'
    )
    assert backup(run, "--without-keys", X="1").exit_code == 0
    done = restore(run, X="1")
    assert done.exit_code == 0, done.output
    assert not Path("again/identity").exists()
    assert installation.parse(Path("again/installation.xml").read_bytes()).id == "plain"
