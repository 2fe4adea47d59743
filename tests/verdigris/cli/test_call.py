"""Calling procedures from the shell."""

import csv
import io
import json

import pytest

from verdigris.connector.testing import SESSIONS, FakeBlockingConnector
from verdigris.errors import EntityNotReached, ServerUnreachable
from verdigris.metadata import Column, Model, Parameter, Procedure, Table


pytestmark = pytest.mark.sockets  # the fake API listens


BANK = Model(
    name="BankDemo",
    version="v1",
    tables=(
        Table(
            name="Customers",
            columns=(
                Column(name="Name"),
                Column(name="Branch", type="integer"),
                Column(name="Active", type="boolean"),
                Column(name="Balance", type="decimal"),
                Column(name="Password", secret=True),
            ),
            procedures=(
                Procedure(
                    name="Search",
                    kind="select",
                    filters=(
                        Parameter(column="Name", required=True),
                        Parameter(column="Branch"),
                        Parameter(column="Active"),
                        Parameter(column="Password"),
                    ),
                    outputs=("Name", "Balance"),
                    description="Finds customers.",
                ),
                Procedure(
                    name="Change",
                    kind="update",
                    filters=(Parameter(column="Name", required=True),),
                    data=(Parameter(column="Balance"),),
                ),
            ),
        ),
    ),
)
ROWS = [{"Name": "SMITH, J", "Balance": "12.50"}, {"Name": "JONES", "Balance": None}]


@pytest.fixture
def bank(monkeypatch):
    """The installation behind the command; what the connector was made with is in `made`."""
    connector = FakeBlockingConnector()
    fake = connector.fake
    fake.models["bankdemo"] = BANK
    fake.pools["Pool-1"] = "BankDemo"
    columns = [("Name", "text"), ("Balance", "decimal")]
    fake.program("BankDemo", "Customers", "Search", ROWS, columns=columns)
    fake.program("BankDemo", "Customers", "Change", affected=1)
    fake.made = []

    def make(**options):
        fake.made.append(options)
        return connector

    monkeypatch.setattr("verdigris.cli.call.Connector", make)
    fake.connector = connector
    return fake


def call(run, *arguments, **more):
    return run("call", *arguments, **more)


def test_rows_as_a_table_and_their_origin_beside_it(run, api, bank):
    result = call(run, "BankDemo", "Search", "Name=SM", api=api)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["Name", "Balance"]
    assert lines[2].split() == ["SMITH,", "J", "12.50"]
    assert lines[3].strip() == "JONES"
    assert result.stderr.splitlines()[-1] == "2 rows from fake1 in 0 ms via Home; request request-3"
    (performed,) = bank.calls
    assert (performed.domain, performed.filters) == ("retail", {"Name": "SM"})


def test_csv(run, api, bank):
    result = call(run, "BankDemo", "Search", "Name=SM", "--csv", api=api)
    assert list(csv.reader(io.StringIO(result.stdout))) == [
        ["Name", "Balance"],
        ["SMITH, J", "12.50"],
        ["JONES", ""],
    ]


def test_json(run, api, bank):
    result = call(run, "BankDemo", "Search", "Name=SM", "--json", api=api)
    found = json.loads(result.stdout)
    assert found["rows"] == ROWS
    assert (found["server"], found["path"], found["affected"]) == ("fake1", ["Home"], 0)


def test_values_are_those_of_the_columns(run, api, bank):
    call(run, "BankDemo", "customers.search", "name=x=y", "Branch=7", "Active=yes", api=api)
    assert bank.calls[0].filters == {"Name": "x=y", "Branch": 7, "Active": True}


def test_data_variables_and_options_are_handed_on(run, api, bank):
    result = call(
        run, "BankDemo", "Change", "Name=SMITH", "-d", "Balance=1.5", "--var", "userID=u1",
        "--columns", "Name, Balance", "--max-rows", "3", "--ignore-case", "--user", "ops",
        "--connection-timeout", "2", "--method-timeout", "9", "-m", "a:1", "-m", "b:2",
        api=api, VERDIGRIS_PASSWORD="pw",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert result.stdout == "1 record written\n"
    assert "1 record written from" in result.stderr
    (performed,) = bank.calls
    assert performed.data == {"Balance": "1.5"}
    assert performed.variables == {"userID": "u1"}
    assert (performed.columns, performed.max_rows) == (("Name", "Balance"), 3)
    assert (performed.case_sensitive, performed.user) == (False, "ops")
    assert bank.made[0] | {"name": ""} == {
        "management_servers": ("a:1", "b:2"),
        "connection_timeout": 2.0,
        "method_timeout": 9.0,
        "name": "",
        "security": None,
    }


def test_a_dash_is_asked_for(run, api, bank):
    result = call(run, "BankDemo", "Search", "Name=x", "Password=-", api=api, text="geheim\n")
    assert bank.calls[0].filters["Password"] == "geheim"
    assert "geheim" not in result.output


def test_directly_from_a_session_server(run, bank):
    result = call(run, "BankDemo", "Search", "Name=x", "--server", str(SESSIONS))
    assert result.exit_code == 0, result.output
    assert bank.calls[0].domain == ""


class TestTheWay:
    def test_a_pool_is_recognised_by_its_name(self, run, api, bank):
        call(run, "pool-1", "Search", "Name=x", api=api)
        assert (bank.calls[0].kind, bank.calls[0].name) == ("pool", "Pool-1")

    def test_a_name_of_both_is_the_model_unless_said(self, run, api, bank):
        bank.pools["BankDemo"] = "BankDemo"
        result = call(run, "BankDemo", "Search", "Name=x", api=api)
        assert "Use --pool for the pool" in result.stderr
        call(run, "BankDemo", "Search", "Name=x", "--pool", api=api)
        assert [it.kind for it in bank.calls] == ["model", "pool"]

    def test_several_domains_have_to_be_told_apart(self, run, api, bank):
        (domain,) = api.answers["GET", "/domains"]
        api.answers["GET", "/domains"] = [domain, domain]
        result = call(run, "BankDemo", "Search", "Name=x", api=api)
        assert result.exit_code == 2
        assert "Use --domain or --server. The installation has retail, retail." in result.stderr
        assert call(run, "BankDemo", "Search", "Name=x", "--domain", "d2").exit_code == 0
        assert bank.calls[0].domain == "d2"


class TestWrong:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["BankDemo"], "Name a MODEL or POOL"),
            ([], "Name a MODEL or POOL"),
            (["BankDemo", "Search", "Name"], "is not NAME=VALUE"),
            (["BankDemo", "Search", "Name=x", "NAME=y"], "NAME comes twice"),
            (["BankDemo", "Search", "Name=x", "Branch=many"], "whole number"),
            (["BankDemo", "Search", "Name=x", "Active=perhaps"], "true or false"),
            (["BankDemo", "Search", "--domain", "d", "--server", "s:1"], "not both"),
        ],
    )
    def test_command_lines(self, run, api, bank, arguments, said):
        result = call(run, *arguments, api=api)
        assert result.exit_code == 2
        assert said in result.stderr

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["Nothing", "Search"], 9101),
            (["BankDemo", "Nothing"], 9102),
            (["BankDemo", "Search", "Amount=1"], 9105),
            (["BankDemo", "Search", "Name=x", "-d", "Balance=1"], 9105),
        ],
    )
    def test_names(self, run, api, bank, arguments, code):
        result = call(run, *arguments, api=api)
        assert result.exit_code == 4
        assert f"Error {code}" in result.stderr

    @pytest.mark.parametrize(
        ("arguments", "hint"),
        [
            (["Change", "Balance=1"], "Balance is a data column of this procedure; write -d Balance=..."),
            (["Change", "-d", "Name=x"], "Name is a filter of this procedure; write Name=... without -d"),
            (["Search", "Nmae=x"], "filters: Name, Branch, Active, Password; did you mean Name?"),
            (["Search", "-d", "Nmae=x"], "data columns: none"),
        ],
    )  # fmt: skip
    def test_a_column_in_the_wrong_role_is_told_with_the_right_one(
        self, run, api, bank, arguments, hint
    ):
        result = call(run, "BankDemo", *arguments, api=api)
        assert result.exit_code == 4
        assert f"  hint: {hint}\n" in result.stderr

    def test_an_error_of_the_model_shows_its_screen(self, run, api, bank):
        problem = EntityNotReached(
            {"screen": "DEMO BANK\n", "elapsed": 5.0}, entity="A", seconds=5, operation="o", nearest="B",
            difference="x",
        )  # fmt: skip
        bank.program("BankDemo", "Customers", "Search", problem)
        result = call(run, "BankDemo", "Search", "Name=x", api=api)
        assert result.exit_code == 1
        assert "Error 9401" in result.stderr
        assert "  elapsed: 5.0\n" in result.stderr
        assert "\n\nDEMO BANK\n" in result.stderr
        assert result.stdout == ""

    def test_nobody_there(self, run, api, bank):
        bank.refusals += [ServerUnreachable(server="s", address="a:1", reason="r")] * 100
        result = call(run, "BankDemo", "Search", "Name=x", api=api)
        assert result.exit_code == 3


class TestListing:
    def test_how_each_procedure_is_called(self, run, bank):
        result = call(run, "--list")
        assert result.exit_code == 0, result.output
        assert result.stdout.splitlines() == [
            "BankDemo, a model; pools Pool-1",
            "  Customers.Search Name=text [Branch=integer] [Active=boolean] [Password=-]",
            "      Finds customers.",
            "      returns Name, Balance",
            "  Customers.Change Name=text --data [Balance=decimal]",
        ]

    def test_of_one_service(self, run, bank):
        found = call(run, "pool-1", "--list").stdout
        assert found.startswith("Pool-1, a session pool of BankDemo\n  Customers.Search Name=text")
        assert call(run, "Nothing", "--list").exit_code == 4

    def test_for_programs(self, run, bank):
        found = json.loads(call(run, "BankDemo", "--list", "--json").stdout)
        assert [it["procedure"] for it in found[0]["procedures"]] == ["Search", "Change"]
        assert found[0]["procedures"][0]["filters"][1] == {
            "name": "Branch",
            "type": "integer",
            "required": False,
        }
