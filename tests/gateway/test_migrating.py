"""The migration page knows every key, and its example is served."""

import re
from pathlib import Path

from verdigris.config.plugin_cfg import KEYS
from verdigris.sql import read


PAGE = (Path(__file__).parents[2] / "docs" / "migrating-from-vhi.md").read_text(encoding="utf-8")


def test_every_key_of_the_gateway_is_told():
    told = set(re.findall(r"`([A-Za-z.]+)`", PAGE))

    assert [key.name for key in KEYS if key.name not in told] == []


def test_the_example_is_a_statement():
    statement = re.search(r"<SQLStatement>(.*)</SQLStatement>", PAGE)[1]

    assert read(statement).columns == ("Name", "AcctNumber")
