"""Plan, apply, versions on the command line."""

import pytest

from mgmtsrvr.api.schemas import ChangeView, Plan, Revision, ShareView, VersionView
from verdigris.errors import Conflict


pytestmark = pytest.mark.sockets

OLD, NEW = "a" * 64, "b" * 64
PLAN = Plan(
    from_revision=OLD, to_revision=NEW, warnings=["installation.xml:3: warning: x"], text="--- a\n+++ b\n",
    changes=[ChangeView(kind="member", name="d/A", change="changed", text="A in domain d: weight 60 instead of 80.")],
    shares=[ShareView(domain="d", priority=1, server="A", before=80.0, after=None)],
)  # fmt: skip


@pytest.fixture
def installed(api, tmp_path):
    api.file = tmp_path / "next.xml"
    api.file.write_bytes(b"<installation/>")
    version = VersionView(
        revision=OLD, time="2026-12-01T10:00:00Z", author="ann", comment="why", in_force=True
    )
    api.answers |= {
        ("POST", "/installation/plan"): PLAN,
        ("PUT", "/installation"): Revision(revision=NEW),
        ("GET", "/installation/versions"): [version],
        ("GET", "/installation/versions/bbbbbb"): b"<old/>\n",
        ("GET", "/installation/compare"): PLAN,
        ("POST", f"/installation/versions/{NEW}/restore"): Revision(revision=NEW),
    }
    return api


def test_plan_says_what_would_change(run, installed, loads):
    shown = run("plan", str(installed.file), api=installed)
    assert "~ A in domain d: weight 60 instead of 80." in shown.stdout
    assert "80 %" in shown.stdout
    assert "+++" not in shown.stdout
    assert "+++ b" in run("plan", str(installed.file), "--text", api=installed).stdout
    assert loads(run("plan", str(installed.file), "--json", api=installed))["to_revision"] == NEW
    assert installed.asked[0][3] == b"<installation/>"


def test_apply_needs_a_yes_where_nobody_can_be_asked(run, installed):
    refused = run("apply", str(installed.file), api=installed)
    assert refused.exit_code == 2
    assert "Nothing was changed" in refused.stderr
    assert not [method for method, *_ in installed.asked if method == "PUT"]


def test_apply_replaces_what_was_planned(run, installed):
    done = run("apply", str(installed.file), "--yes", "--comment", "more", "--force", api=installed)
    assert done.stdout.endswith("The installation is replaced; its revision is bbbbbbbbbbbb.\n")
    assert installed.asked[-1] == (
        "PUT", "/installation", {"force": "true", "comment": "more"}, b"<installation/>",
    )  # fmt: skip


def test_apply_of_the_same_is_said_and_not_sent(run, installed):
    installed.answers["POST", "/installation/plan"] = Plan(
        from_revision=OLD, to_revision=OLD, changes=[], shares=[], warnings=[], text=""
    )
    assert "same already" in run("apply", str(installed.file), "--yes", api=installed).stdout
    assert len(installed.asked) == 1


def test_somebody_else_was_faster(run, installed):
    installed.answers["PUT", "/installation"] = Conflict(actual="c", expected="a")
    done = run("apply", str(installed.file), "--yes", api=installed)
    assert done.exit_code != 0
    assert "9113" in done.stderr


def test_versions(run, installed):
    listed = run("versions", api=installed).stdout
    assert "aaaaaaaaaaaa" in listed
    assert "in force" in listed
    assert run("versions", "show", "bbbbbb", api=installed).stdout == "<old/>\n"
    assert "weight 60" in run("versions", "compare", "aaaaaa", api=installed).stdout
    done = run("versions", "restore", "bbbbbb", "--yes", api=installed)
    assert "is replaced" in done.stdout
    assert installed.asked[-2][2] == {"to": "bbbbbb"}
