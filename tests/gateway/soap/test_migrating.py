"""The migration page knows every key, old and new, names only what there is, and its example is served."""

import re
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner

from verdigris.config.plugin_cfg import KEYS
from verdigris.sql import read
from verdigris_command.main import main


ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "migrating-from-vhi.md").read_text(encoding="utf-8")

VHI = (
    "domainName", "secure", "transportLayerSecurity", "authnMetadata", "authnService", "recording-mode",
    "host-port", "model-configuration", "pool-configuration", "service-cfg.xml", "service-ctx.xml",
    "plugin-cfg.xml", "deploy_desc.xml", "mvl_desc.xml", "activatemodel", "deactivatemodel",
    "packagemodel", "logexport", "executeSQLStatement", "processString", "getModelVariables",
    "wsResourceCreate", "wsResourceDestroy", "rsResourceCreate", "rsResourceDestroy", "DomainName",
    "SessionID", "Username", "Password", "9641", "9623", "9680", "9681", "33000", "35000", "7846",
)  # fmt: skip
"""Names and numbers that users of VHI know, from its published pages."""


def test_every_key_of_the_gateway_is_told():
    told = set(re.findall(r"`([A-Za-z.]+)`", PAGE))

    assert [key.name for key in KEYS if key.name not in told] == []


@pytest.mark.parametrize("name", VHI)
def test_every_name_that_users_of_vhi_know_is_told(name):
    assert name in PAGE


def test_elements_of_descriptors_are_those_of_the_schema():
    schema = (ROOT / "sesssrvr" / "model" / "deploy.xsd").read_text()
    known = set(re.findall(r'<xs:element name="([a-z-]+)"', schema))
    section = PAGE.partition("### deploy_desc.xml")[2].partition("\n### ")[0]
    named = set(re.findall(r"<([a-z-]+)>", section))

    assert named <= known
    assert {"start-pool", "startup-entity", "max-idle-sessions"} <= named


def test_commands_are_those_of_the_program():
    told = set(re.findall(r"`verdigris ([a-z-]+)", PAGE))

    assert told <= set(main.list_commands(Context(main)))
    shown = CliRunner().invoke(main, ["sessions", "--help"]).output
    assert "--screens" in shown


def test_pages_it_leads_to_are_there():
    for name in re.findall(r"\]\(([a-z/-]+\.md)\)", PAGE):
        assert (ROOT / "docs" / name).exists()


def test_the_example_is_a_statement():
    statement = re.search(r"<SQLStatement>(.*)</SQLStatement>", PAGE)[1]

    assert read(statement).columns == ("Name", "AcctNumber")
