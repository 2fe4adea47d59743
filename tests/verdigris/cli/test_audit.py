"""`verdigris audit`."""

from pathlib import Path

import msgspec
import pytest

from verdigris.audit_record import BEGINNING, AuditRecord, line_of, sealed
from verdigris.errors import PeerSilent, VerdigrisError


pytestmark = pytest.mark.sockets


def chain(length: int, server: str = "m1") -> list[AuditRecord]:
    found: list[AuditRecord] = []
    for number in range(1, length + 1):
        previous = found[-1].digest if found else BEGINNING
        made = AuditRecord(
            number, "T", server, "alice", "a", "drain", f"vs{number}", "", "", "done", "r", previous
        )
        found.append(sealed(made))
    return found


@pytest.fixture
def records(api):
    found = chain(3)
    lines = [b"".join(map(line_of, found)), b""]
    api.answers["GET", "/audit/export"] = lambda: lines.pop(0) if len(lines) > 1 else lines[0]
    api.answers["GET", "/management-servers"] = [{"name": "m1"}]
    api.answers["GET", "/audit"] = msgspec.to_builtins(found[::-1])
    return found


def test_the_last_records_are_listed(run, api, records):
    shown = run("audit", "list", "--last", "3", "--user", "alice", "--act", "drain", api=api)
    assert "vs3" in shown.output
    assert api.asked[-1][2] == {"last": "3", "who": "alice", "act": "drain"}


def test_an_export_is_checked_and_can_be_checked_again(run, api, records, tmp_path: Path):
    file = tmp_path / "audit.jsonl"
    said = run("audit", "export", str(file), api=api).output
    assert f"3 records, none changed; the last is 3, digest {records[-1].digest}" in said
    assert run("audit", "verify", str(file)).exit_code == 0
    assert run("audit", "verify", str(file), "--digest", records[1].digest).exit_code == 0
    cut = run("audit", "verify", str(file), "--digest", "f" * 64)
    assert (cut.exit_code, "were cut off or replaced" in cut.output) == (1, True)
    file.write_bytes(file.read_bytes().replace(b'"vs2"', b'"vs9"'))
    changed = run("audit", "verify", str(file))
    assert (changed.exit_code, changed.output) == (1, "m1: record 2 was changed\n")


def test_a_management_server_is_checked(run, api, records):
    assert "3 records, none changed" in run("audit", "verify", api=api).output


def exports(api, answers):
    """Answer exports with the chains of these servers, from the first record on."""
    api.answers["GET", "/management-servers"] = [{"name": name} for name in answers]

    def answer():
        asked = api.asked[-1][2]
        found = answers[asked["server"]]
        return (
            found
            if isinstance(found, VerdigrisError)
            else b"".join(line_of(it) for it in found if it.number > int(asked["after"]))
        )

    api.answers["GET", "/audit/export"] = answer


def test_the_chains_of_all_management_servers_are_in_one_file(run, api, tmp_path: Path):
    file = tmp_path / "audit.jsonl"
    exports(api, {"m1": chain(2), "m2": chain(3, "m2"), "m3": []})
    said = run("audit", "export", str(file), api=api)
    assert said.exit_code == 0
    assert said.output.startswith(f"{file}: 5 records\nm1: 2 records, none changed")
    assert "m2: 3 records, none changed" in said.output
    assert "m3: there are no records" in said.output
    assert "m2: 3 records" in run("audit", "verify", str(file)).output
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:3] + lines[4:]))
    assert "m2: record 3 does not follow record 1" in run("audit", "verify", str(file)).output


def test_a_server_that_does_not_answer_is_said_and_the_others_are_exported(run, api, tmp_path):
    file = tmp_path / "audit.jsonl"
    exports(api, {"m1": chain(2), "m2": PeerSilent(server="m2", reason="connection refused")})
    said = run("audit", "export", str(file), api=api)
    assert said.exit_code == 1
    assert (
        "Management server m2 did not answer: connection refused. Its records are missing."
        in said.stderr
    )
    assert len(file.read_bytes().splitlines()) == 2
    assert run("audit", "verify", api=api).exit_code == 1


def test_a_file_that_is_no_export_is_said(run, tmp_path: Path):
    (tmp_path / "x").write_text("x\n")
    assert "line 1 is not an audit record" in run("audit", "verify", str(tmp_path / "x")).stderr
