"""SQL statements: what is read, which procedure is chosen, which rows are kept."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verdigris.errors import (
    BadStatement,
    BadValue,
    NoProcedureFits,
    UnknownSqlName,
    UnsupportedStatement,
    VerdigrisError,
)
from verdigris.metadata import Column, Parameter, Procedure, Table
from verdigris.sql import plan, read
from verdigris.sql.statement import OPERATORS, Compare


def takes(*names):
    return tuple(Parameter(column=n.rstrip("!"), required=n.endswith("!")) for n in names)


ACCOUNTS = Table(
    name="Accounts",
    columns=(
        Column(name="AcctNumber", type="integer", key=True),
        Column(name="LastName"),
        Column(name="State"),
        Column(name="Balance", type="decimal"),
        Column(name="Opened", type="date"),
        Column(name="Active", type="boolean"),
        Column(name="Pin", secret=True),
    ),
    procedures=(
        Procedure(name="ByName", kind="select", filters=takes("LastName!"),
                  outputs=("AcctNumber", "LastName", "State", "Balance", "Opened", "Active")),
        Procedure(name="ByNameAndState", kind="select", filters=takes("LastName!", "State!"),
                  outputs=("AcctNumber", "LastName", "State", "Balance")),
        Procedure(name="Secret", kind="select", filters=takes("AcctNumber!", "Pin!"),
                  outputs=("Balance",)),
        Procedure(name="Closed", kind="select", outputs=("AcctNumber",), sql=False),
        Procedure(name="Move", kind="update", filters=takes("AcctNumber!"), data=takes("State", "LastName")),
        Procedure(name="Open", kind="insert", data=takes("LastName!", "State", "Balance", "Active")),
        Procedure(name="Close", kind="delete", filters=takes("AcctNumber!")),
    ),
)  # fmt: skip
OUTPUTS = ("AcctNumber", "LastName", "State", "Balance", "Opened", "Active")
ROWS = [
    [1, "smith", "RI", "10.50", "2020-01-01", True],
    [2, "Smith", "ri", "-3.00", "2021-06-30", False],
    [3, "smith", "MA", None, "2022-12-31", True],
]


def planned(text):
    return plan([ACCOUNTS], read(text))


def numbers(where):
    found = planned("SELECT AcctNumber FROM accounts WHERE lastname = 'smith'" + where)  # noqa: S608 - no database: the text is what is tested
    if found.procedure != "ByName":
        return found.procedure
    return [row[0] for row in found.kept(OUTPUTS, ROWS)]


# ---- choosing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "procedure", "filters", "data"),
    [
        ("SELECT Balance FROM Accounts WHERE LastName = 'x'", "ByName", {"LastName": "x"}, {}),
        ("select balance from ACCOUNTS where lastname='x' and state='RI';", "ByNameAndState", {"LastName": "x", "State": "RI"}, {}),
        ("SELECT Opened FROM Accounts WHERE LastName = 'x' AND State = 'RI'", "ByName", {"LastName": "x"}, {}),
        ("SELECT * FROM Accounts WHERE LastName LIKE 'x%'", "ByName", {"LastName": "x%"}, {}),
        ('SELECT "Balance" FROM "Accounts" WHERE ("LastName" = \'O\'\'Neil\')', "ByName", {"LastName": "O'Neil"}, {}),
        ("SELECT Balance FROM Accounts WHERE AcctNumber = 7 AND Pin = '1'", "Secret", {"AcctNumber": 7, "Pin": "1"}, {}),
        ("SELECT Balance FROM Accounts WHERE 7 = AcctNumber AND Pin = 1", "Secret", {"AcctNumber": 7, "Pin": "1"}, {}),
        ("UPDATE Accounts SET State = 'MA', LastName = NULL WHERE AcctNumber = 7", "Move", {"AcctNumber": 7}, {"State": "MA", "LastName": None}),
        ("INSERT INTO Accounts (LastName, Balance, Active) VALUES ('x', -2.50, TRUE)", "Open", {}, {"LastName": "x", "Balance": "-2.50", "Active": True}),
        ("DELETE FROM Accounts WHERE AcctNumber = 7", "Close", {"AcctNumber": 7}, {}),
    ],
)  # fmt: skip
def test_the_procedure_whose_signature_fits_is_chosen(text, procedure, filters, data):
    found = planned(text)

    assert (found.procedure, dict(found.filters), dict(found.data)) == (procedure, filters, data)


def test_the_documented_sample_is_read():
    found = read(
        "SELECT Name, ContractDate, AcctNumber FROM Accounts WHERE MiddleInitial = 'c' AND "
        "State = 'ri' COLLATE CASE_INSENSITIVE AND LastName = 'smith'"
    )

    assert found.columns == ("Name", "ContractDate", "AcctNumber")
    assert found.where.parts == (
        Compare("MiddleInitial", "=", "c"),
        Compare("State", "=", "ri", nocase=True),
        Compare("LastName", "=", "smith"),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SELECT Balance FROM Accounts", "ByName requires LastName = a value"),
        ("SELECT Balance FROM Accounts WHERE LastName > 'x'", "ByName requires LastName = a value"),
        ("SELECT Pin FROM Accounts WHERE LastName = 'x'", "ByName does not return Pin"),
        ("SELECT Balance FROM Accounts WHERE LastName = 'x' OR State = 'RI'", "requires LastName"),
        ("SELECT Balance FROM Accounts WHERE LastName = 'x' AND Pin <> '1'", "cannot check the condition on Pin"),
        ("SELECT Balance FROM Accounts WHERE LastName = 'x' AND Opened LIKE '2%'", "cannot check the condition on Opened"),
        ("SELECT Balance FROM Accounts WHERE LastName = 'x' AND NOT State LIKE 'R%'", "cannot check the condition on State"),
        ("UPDATE Accounts SET State = 'x'", "Move requires AcctNumber = a value"),
        ("UPDATE Accounts SET State = 'x' WHERE AcctNumber = 7 AND LastName = 'y'", "cannot check the condition on LastName"),
        ("UPDATE Accounts SET Balance = 1 WHERE AcctNumber = 7", "Move does not write Balance"),
        ("INSERT INTO Accounts (State) VALUES ('x')", "Open requires a value for LastName"),
        ("DELETE FROM Accounts", "Close requires AcctNumber = a value"),
        ("DELETE FROM Accounts WHERE AcctNumber > 7", "Close requires AcctNumber = a value"),
    ],
)  # fmt: skip
def test_what_no_procedure_can_serve_is_refused_with_what_is_lacking(text, says):
    with pytest.raises(NoProcedureFits, match="(?s)" + says):
        planned(text)


# ---- filtering -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("", [1, 3]),
        (" COLLATE CASE_INSENSITIVE", [1, 2, 3]),
        (" COLLATE CASE_INSENSITIVE AND Balance < 0", [2]),
        (" AND Balance >= 10.5", [1]),
        (" AND Balance <> 10.5", []),
        (" AND Balance IS NULL", [3]),
        (" AND NOT Balance IS NULL", [1]),
        (" AND Balance IS NOT NULL", [1]),
        (" AND (State IN ('MA', 'XX') OR AcctNumber = 1)", [1, 3]),
        (" AND State NOT IN ('MA')", [1]),
        (" AND AcctNumber BETWEEN 2 AND 3", [3]),
        (" AND Opened > DATE '2021-01-01'", [3]),
        (" AND Opened > '2021-01-01'", [3]),
        (" AND Active = TRUE", [1, 3]),
        (" AND Active = FALSE", []),
        (" AND NOT (AcctNumber = 1 OR AcctNumber = 2)", [3]),
        (" AND Balance = NULL", []),
        (" AND (Balance > 0 OR AcctNumber = 3)", [1, 3]),
        (" AND State != 'ri' COLLATE CASE_INSENSITIVE", [3]),
    ],
)
def test_rows_that_do_not_match_are_dropped(where, kept):
    assert numbers(where) == kept


@pytest.mark.parametrize(
    ("where", "case_sensitive"),
    [
        ("LastName = 'x' AND State = 'ri'", True),
        ("LastName = 'x' AND State = 'ri' COLLATE CASE_INSENSITIVE", False),
        ("LastName = 'x' AND State COLLATE CASE_INSENSITIVE = 'ri'", False),
        ("LastName LIKE 'x%' COLLATE CASE_INSENSITIVE AND State = 'ri'", False),
        ("LastName = 'x' AND State IN ('ri', 'ma') COLLATE CASE_INSENSITIVE", True),
        ("LastName = 'x' AND State BETWEEN 'a' COLLATE CASE_INSENSITIVE AND 'z'", True),
    ],
)
def test_a_filter_that_ignores_case_is_given_to_the_procedure_as_such(where, case_sensitive):
    """Before, the procedure compared case-sensitively and rows were missing without an error."""
    found = planned(f"SELECT AcctNumber FROM Accounts WHERE {where}")  # noqa: S608 - no database: the text is what is tested

    assert found.case_sensitive is case_sensitive


def test_a_list_that_ignores_case_is_checked_on_rows():
    assert numbers(" AND State IN ('rI', 'mA') COLLATE CASE_INSENSITIVE") == [1, 3]
    assert numbers(" AND State COLLATE CASE_INSENSITIVE IN ('rI')") == [1]
    assert numbers(" AND State COLLATE CASE_INSENSITIVE BETWEEN 'Ma' AND 'mb'") == [3]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT Balance FROM Accounts WHERE AcctNumber = 7 AND Pin = 'a' AND Pin = 'a' COLLATE CASE_INSENSITIVE",
        "DELETE FROM Notes WHERE Title = 'x' AND Author = 'y' COLLATE CASE_INSENSITIVE",
        "SELECT Text FROM Notes WHERE Title = 'x' AND Author = 'y' COLLATE CASE_INSENSITIVE",
    ],
)
def test_a_filter_whose_case_counts_is_never_widened_by_another_that_ignores_it(text):
    """A procedure compares all its filters alike; a write by too many rows could not be undone."""
    notes = Table(
        name="Notes",
        columns=(Column(name="Title"), Column(name="Author"), Column(name="Text")),
        procedures=(
            Procedure(name="Remove", kind="delete", filters=takes("Title!", "Author!")),
            Procedure(name="Find", kind="select", filters=takes("Title!", "Author!"), outputs=("Text",)),
        ),
    )  # fmt: skip

    with pytest.raises(
        NoProcedureFits, match=r"cannot (compare Title case-sensitively|check the condition on Pin)"
    ):
        plan([ACCOUNTS, notes], read(text))


def test_a_write_whose_every_comparison_ignores_case_is_performed_so():
    found = planned("DELETE FROM Accounts WHERE AcctNumber = 7 COLLATE CASE_INSENSITIVE")

    assert (found.procedure, found.case_sensitive) == ("Close", False)


def test_columns_come_in_the_order_asked():
    found = planned("SELECT State, acctnumber FROM Accounts WHERE LastName = 'smith'")

    assert [column.name for column in found.columns] == ["State", "AcctNumber"]
    assert found.kept(OUTPUTS, ROWS) == [["RI", 1], ["MA", 3]]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(OUTPUTS[3:4] + OUTPUTS[:1]),
            st.sampled_from(["=", "<>", "<", "<=", ">", ">="]),
            st.integers(-3, 12),
        ),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_conditions_mean_what_they_mean_in_sql(conditions, every):
    glue = " AND " if every else " OR "
    text = glue.join(f"{name} {operator} {value}" for name, operator, value in conditions)

    def true(row):
        values = dict(zip(OUTPUTS, row, strict=True))
        found = [
            values[name] is not None and OPERATORS[operator](Decimal(values[name]), value)
            for name, operator, value in conditions
        ]
        return all(found) if every else any(found)

    expected = [row[0] for row in ROWS if row[1] == "smith" and true(row)]
    assert numbers(f" AND ({text})") == expected


# ---- what is not taken ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("SELECT a FROM t JOIN u ON t.a = u.a", "JOIN"),
        ("SELECT a FROM t, u", "JOIN"),
        ("SELECT a FROM t ORDER BY a", "ORDER BY"),
        ("SELECT a FROM t GROUP BY a", "GROUP BY"),
        ("SELECT DISTINCT a FROM t", "DISTINCT"),
        ("SELECT a FROM t LIMIT 3", "LIMIT"),
        ("SELECT COUNT(*) FROM t", "A computed or renamed column"),
        ("SELECT a AS b FROM t", "A computed or renamed column"),
        ("SELECT a + 1 FROM t", "A computed or renamed column"),
        ("SELECT t.a FROM t", "A column with the name of a table before it"),
        ("SELECT a FROM t x", "a table alias"),
        ("SELECT a FROM s.t", "a qualified table name"),
        ("SELECT a FROM (SELECT a FROM t)", "A table expression other"),
        ("SELECT a FROM t WHERE a IN (SELECT b FROM u)", "."),
        ("SELECT a FROM t UNION SELECT a FROM u", "A UNION statement"),
        ("WITH x AS (SELECT 1) SELECT a FROM t", "WITH"),
        ("SELECT a FROM t WHERE a = b", "A value that is not a literal"),
        ("SELECT a FROM t WHERE UPPER(a) = 'X'", "does not compare a column"),
        ("SELECT a FROM t WHERE a = 'x' COLLATE other", "A collation other"),
        ("SELECT a FROM t WHERE a = ?", "A parameter"),
        ("SELECT a FROM t WHERE EXISTS (SELECT 1)", "."),
        ("INSERT INTO t VALUES (1)", "INSERT without a list"),
        ("INSERT INTO t (a) VALUES (1), (2)", "one row"),
        ("INSERT INTO t (a) SELECT b FROM u", "one row"),
        ("UPDATE t SET a = a + 1 WHERE b = 1", "A value that is not a literal"),
        ("DROP TABLE t", "A DROP statement"),
        ("CREATE TABLE t (a INT)", "A CREATE statement"),
        ("GRANT ALL ON t TO x", "statement"),
    ],
)
def test_what_the_subset_lacks_is_refused_by_name(text, what):
    with pytest.raises(UnsupportedStatement, match=what):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", ";", "-- only a remark", "SELECT", "SELECT FROM t", "SELECT a FROM t WHERE", "hello world",
        "SELECT a FROM t; SELECT b FROM t", "SELECT a FROM t WHERE a = 's3cret", "SELECT 1",
        "INSERT INTO t (a, b) VALUES (1)", "INSERT INTO t (a, A) VALUES (1, 2)", "UPDATE t SET a = 1, a = 2",
        "SELECT " + "a" * 129 + " FROM t", 'SELECT "" FROM t', "SELECT a FROM t WHERE " + "(" * 5_000 + "a = 1" + ")" * 5_000,
        "SELECT a FROM t WHERE a = '" + "x" * 20_000 + "'", " OR ".join(["SELECT a FROM t WHERE a=1"] + ["a=1"] * 500),
        "SELECT _a FROM t",
    ],
)  # fmt: skip
def test_what_is_no_statement_is_refused_and_not_repeated(text, caplog):
    with pytest.raises((BadStatement, UnsupportedStatement)) as caught:
        read(text)

    assert "s3cret" not in str(caught.value)
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("SELECT a FROM Nowhere", UnknownSqlName),
        ("SELECT Nothing FROM Accounts WHERE LastName = 'x'", UnknownSqlName),
        ("SELECT Balance FROM Accounts WHERE Nothing = 'x'", UnknownSqlName),
        ("UPDATE Accounts SET Nothing = 1 WHERE AcctNumber = 7", UnknownSqlName),
        ("DELETE FROM Accounts WHERE AcctNumber = 's3cret'", BadValue),
        ("DELETE FROM Accounts WHERE AcctNumber = 1.5", BadValue),
        ("DELETE FROM Accounts WHERE AcctNumber = 99999999999999999999", BadValue),
        ("DELETE FROM Accounts WHERE AcctNumber = TRUE", BadValue),
        ("SELECT State FROM Accounts WHERE LastName = 'x' AND Balance > 's3cret'", BadValue),
        ("SELECT State FROM Accounts WHERE LastName = 'x' AND Balance > 1e999999", BadValue),
        ("SELECT State FROM Accounts WHERE LastName = 'x' AND Opened > 'yesterday'", BadValue),
        ("SELECT State FROM Accounts WHERE LastName = 'x' AND Active = 'yes'", BadValue),
    ],
)
def test_names_and_values_are_judged_before_anything_runs(text, error):
    with pytest.raises(error) as caught:
        planned(text)

    assert "s3cret" not in str(caught.value)


def test_a_column_in_double_quotes_may_have_any_name():
    assert read('SELECT "a b" FROM "1t" WHERE "x-y" = 1').columns == ("a b",)


@given(st.text(alphabet="SELECTFROMWHRabt01'\"()*,=<>;-. \n", max_size=60) | st.text(max_size=30))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(VerdigrisError):
        read(text)


def test_values_do_not_appear_in_what_is_printed():
    found = planned("SELECT Balance FROM Accounts WHERE AcctNumber = 7 AND Pin = 's3cret'")

    assert "s3cret" not in repr(found)
    assert "s3cret" not in repr(read("UPDATE t SET a = 's3cret' WHERE b = 's3cret'"))
