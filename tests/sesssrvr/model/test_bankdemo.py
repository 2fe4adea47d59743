"""Every procedure of BankDemo, run on the demo bank without a network."""

import pytest

from hostemul.faults import DAMAGES, Faults
from sesssrvr.model import ProcedureCall, go_to, run_procedure, start
from sesssrvr.model.recognise import recognise
from verdigris.errors import (
    BadValue,
    HostError,
    HostReportedError,
    MissingValue,
    MissingVariable,
    UnknownColumn,
)


def rows(result):
    names = [name for name, _ in result.columns]
    return [dict(zip(names, row, strict=True)) for row in result.rows]


def entity(model, desk):
    found = recognise(model.entities, desk.screen)
    return found.name if found else None


def test_customers_are_found_over_several_pages(teller, bank):
    result = teller("CustomerSearch", {"LastName": "SMITH"})
    assert len(result.rows) == 45
    assert result.columns[0] == ("Number", "integer")
    assert rows(result)[1] == {
        "Number": 101453,
        "LastName": "SMITH",
        "FirstName": "CAROLINE",
        "City": "KENDAL",
        "Accounts": 3,
    }
    assert result.path == ("MainMenu", "CustomerSearch", "CustomerList", "MainMenu")
    assert entity(bank, teller.desk) == "MainMenu"


def test_three_full_pages_end_with_the_list(teller):
    assert len(teller("CustomerSearch", {"LastName": "JONES"}).rows) == 42


def test_maximum_rows_stop_the_paging(teller):
    before = teller.desk.site.control.keys
    assert len(teller("CustomerSearch", {"LastName": "SMITH"}, max_rows=14).rows) == 14
    assert teller.desk.site.control.keys - before == 3  # into the search, the search, and back


def test_rows_are_filtered_after_they_were_read(teller):
    cities = {
        row[3] for row in teller("CustomerSearch", {"LastName": "SMITH*", "City": "YORK"}).rows
    }
    assert cities == {"YORK"}
    assert not teller("CustomerSearch", {"LastName": "SMITH", "City": "york"}).rows
    assert teller(
        "CustomerSearch", {"LastName": "SMITH", "City": "york"}, case_sensitive=False
    ).rows


def test_nobody_found_is_no_rows_and_no_error(teller, bank):
    result = teller("CustomerSearch", {"LastName": "NOBODY"})
    assert result.rows == ()
    assert entity(bank, teller.desk) == "MainMenu"


def test_names_outside_a_to_z_are_typed_and_read(teller):
    assert {row[1] for row in teller("CustomerSearch", {"LastName": "MÜLLER"}).rows} == {"MÜLLER"}
    assert len(teller("CustomerSearch", {"lastname": "O'BRIEN"}).rows) == 3


def test_a_customer_is_read_with_dates(teller):
    (row,) = rows(teller("CustomerDetail", {"Number": 101453}))
    assert row["Name"] == "SMITH, CAROLINE"
    assert row["DateOfBirth"] == "1992-10-01"
    assert row["CustomerSince"] == "2017-09-10"
    assert teller("CustomerDetail", {"Number": 999999}).rows == ()


def test_columns_come_in_the_order_asked_for(teller):
    result = teller("CustomerDetail", {"Number": 101453}, columns=("city", "Name"))
    assert result.columns == (("City", "text"), ("Name", "text"))
    assert result.rows == (("KENDAL", "SMITH, CAROLINE"),)


def test_a_customer_is_marked_on_the_second_page_of_a_list(teller):
    last = teller("CustomerSearch", {"LastName": "SMITH"}).rows[20]
    (row,) = rows(teller("CustomerFromList", {"LastName": "SMITH", "Number": last[0]}))
    assert row["Number"] == last[0]
    assert row["Name"] == f"SMITH, {last[2]}"
    assert teller("CustomerFromList", {"LastName": "SMITH", "Number": 5}).rows == ()


def test_an_account_is_read_with_amounts(teller):
    (row,) = rows(teller("AccountDetail", {"AccountNumber": 40000002}))
    assert (row["Balance"], row["OverdraftLimit"], row["Available"]) == (
        "8428.95",
        "500.00",
        "8928.95",
    )
    (row,) = rows(teller("AccountDetail", {"AccountNumber": 40000052}))
    assert row["Balance"] == "-63.35"
    assert teller("AccountDetail", {"AccountNumber": 99999999}).rows == ()


def test_accounts_of_a_customer_repeat_its_name(teller):
    found = rows(teller("CustomerAccounts", {"CustomerNumber": 101453}))
    assert [row["AccountNumber"] for row in found] == [40002988, 40002989, 40002990]
    assert {row["CustomerName"] for row in found} == {"SMITH, CAROLINE"}
    assert found[0]["Opened"] == "2018-09-17"
    assert teller("CustomerAccounts", {"CustomerNumber": 100027}).rows == ()


def test_transactions_are_paged_and_typed(teller):
    found = rows(teller("TransactionList", {"AccountNumber": 40000004}))
    assert len(found) > 28
    assert found[0]["Balance"] == "3247.60"
    assert found[0]["Currency"] == "GBP"
    total = sum(round(float(row["Amount"]) * 100) for row in found)
    assert total == 324760
    (newest,) = {row["Date"] for row in found[:1]}
    assert all(row["Date"] <= newest for row in found)


def test_a_compound_procedure_joins_customers_with_their_accounts(teller):
    customers = teller("CustomerSearch", {"LastName": "MÜLLER"}).rows
    found = rows(teller("AccountsByName", {"LastName": "MÜLLER"}))
    assert len(found) == sum(row[4] for row in customers)
    assert {row["LastName"] for row in found} == {"MÜLLER"}
    assert {row["CustomerNumber"] for row in found} <= {row[0] for row in customers}
    assert len(teller("AccountsByName", {"LastName": "MÜLLER"}, max_rows=2).rows) == 2


def test_a_transfer_moves_money_once(teller):
    result = teller(
        "Transfer",
        {"FromAccount": 40000002},
        {"ToAccount": 40000004, "Amount": "150.00", "Reference": "RENT MARCH"},
    )
    assert (result.affected, result.rows, result.columns) == (1, (), ())
    assert teller.variables["lastOrder"] == "T0000001"
    (row,) = rows(teller("AccountDetail", {"AccountNumber": 40000002}))
    assert row["Balance"] == "8278.95"
    newest = rows(teller("TransactionList", {"AccountNumber": 40000004}, max_rows=1))[0]
    assert (newest["Description"], newest["Amount"]) == ("RENT MARCH", "150.00")


def test_a_refused_transfer_says_what_the_host_said(teller, bank):
    with pytest.raises(HostReportedError, match="E307 Insufficient funds") as caught:
        teller("Transfer", {"FromAccount": 40000002}, {"ToAccount": 40000004, "Amount": "999999"})
    assert caught.value.details["entity"] == "Transfer"
    assert "E307" in caught.value.details["screen"]
    assert caught.value.details["path"][-1] == "Transfer"
    teller.desk.drive(go_to(bank, teller.desk.screen, "MainMenu", teller.variables))
    assert entity(bank, teller.desk) == "MainMenu"


def test_an_account_is_opened_and_closed(teller):
    result = teller(
        "OpenAccount",
        data={"CustomerNumber": 100002, "AccountType": "sav", "Currency": "gbp", "Deposit": "0"},
    )
    assert result.affected == 1
    number = teller.variables["newAccount"]
    assert number == "40004109"
    assert teller("CloseAccount", {"AccountNumber": int(number)}).affected == 1
    with pytest.raises(HostReportedError, match="E303 Account 40004109 is closed"):
        teller("CloseAccount", {"AccountNumber": int(number)})


def test_a_loan_is_worked_out(teller):
    result = teller(
        "CalcCostLoan",
        {
            "Password": "ignored",
            "UserId": "ignored",
            "AmtToBorrow": "10000",
            "IntRate": "6.5",
            "NumOfMonths": 48,
        },
    )
    assert rows(result) == [
        {"ResultMonthPmt": "237.15", "ResultTotal": "11383.20", "ResultInterest": "1383.20"}
    ]


def test_a_loan_call_signs_on_with_its_own_user(desk, bank):
    here = desk()
    variables = bank.resolve()
    here.drive(start(bank, here.screen, variables))
    assert entity(bank, here) == "SignOn"
    loan = {"AmtToBorrow": "10000", "IntRate": "6.5", "NumOfMonths": 48}
    with pytest.raises(MissingVariable, match="userID"):
        here.drive(
            run_procedure(bank, here.screen, ProcedureCall("", "CalcCostLoan", loan), variables)
        )
    order = ProcedureCall(
        "Loans", "CalcCostLoan", {**loan, "UserId": "TELLER007", "Password": "BANK007"}
    )
    result = here.drive(run_procedure(bank, here.screen, order, variables))
    assert result.rows[0][0] == "237.15"
    assert variables["userID"] == ""


@pytest.mark.parametrize(
    ("procedure", "filters", "data", "error", "words"),
    [
        (
            "CustomerSearch",
            {},
            {},
            MissingValue,
            "CustomerSearch requires a value for column LastName",
        ),
        ("CustomerSearch", {"LastName": None}, {}, MissingValue, "LastName"),
        (
            "CustomerSearch",
            {"LastName": "X", "Nmae": 1},
            {},
            UnknownColumn,
            "does not accept column Nmae as filter",
        ),
        ("CustomerSearch", {"LastName": "X"}, {"City": 1}, UnknownColumn, "City as data"),
        ("CustomerDetail", {"Number": "12x"}, {}, BadValue, "'12x' is not an integer"),
        ("CustomerDetail", {"Number": 0}, {}, BadValue, "0 is less than 1"),
        ("CustomerSearch", {"LastName": "X" * 21}, {}, BadValue, "21 characters, at most 20"),
        ("CustomerSearch", {"LastName": "A\nB"}, {}, BadValue, "control character"),
        (
            "CustomerSearch",
            {"LastName": "A", "LASTNAME": "B"},
            {},
            BadValue,
            "LastName.*given twice",
        ),
        (
            "Transfer",
            {"FromAccount": 1},
            {"ToAccount": 2, "Amount": "1.234"},
            BadValue,
            "3 decimals",
        ),
        ("Transfer", {"FromAccount": 1}, {"ToAccount": 2}, MissingValue, "Amount"),
    ],
)
def test_a_call_that_does_not_fit_touches_no_key(teller, procedure, filters, data, error, words):
    before = len(teller.desk.steps)
    with pytest.raises(error, match=words):
        teller(procedure, filters, data)
    assert len(teller.desk.steps) == before


def test_the_message_of_the_day_is_passed_and_kept(desk, bank):
    here = desk(motd_rate=1.0)
    variables = bank.resolve({"userID": "TELLER001", "password": "BANK001"})
    here.drive(start(bank, here.screen, variables))
    assert entity(bank, here) == "MainMenu"
    assert variables["messageOfTheDay"]


def test_a_refused_sign_on_names_no_secret(desk, bank):
    here = desk()
    variables = bank.resolve({"userID": "TELLER001", "password": "SESAME"})
    with pytest.raises(HostReportedError, match="E101") as caught:
        here.drive(start(bank, here.screen, variables))
    told = f"{caught.value!r} {caught.value.details} {here.steps!r} {variables!r}"
    assert "SESAME" not in told


def test_signed_on_elsewhere_is_an_error_and_the_way_back_signs_on_again(desk, bank):
    here = desk()
    variables = bank.resolve({"userID": "TELLER001", "password": "BANK001"})
    here.drive(start(bank, here.screen, variables))
    here.site.bank.sign_on("TELLER001", "BANK001", "ELSEWHERE")
    order = ProcedureCall("", "CustomerSearch", {"LastName": "SMITH"})
    with pytest.raises(HostReportedError, match="YOUR SESSION HAS BEEN ENDED"):
        here.drive(run_procedure(bank, here.screen, order, variables))
    here.drive(go_to(bank, here.screen, "MainMenu", variables))
    assert entity(bank, here) == "MainMenu"


def test_signing_off_on_purpose_is_no_error(desk, bank):
    here = desk()
    variables = bank.resolve({"userID": "TELLER001", "password": "BANK001"})
    here.drive(start(bank, here.screen, variables))
    here.drive(go_to(bank, here.screen, "SignOn", variables))
    assert entity(bank, here) == "SignOn"


class Choice:
    """Luck that always damages records in the same way."""

    def __init__(self, damage):
        self.damage = damage

    def choice(self, _):
        return self.damage

    def random(self):
        return 0.5


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("record", range(1, 6))  # the search and four pages
def test_a_record_that_is_not_valid_never_makes_half_an_answer(teller, record, damage):
    """The keyboard is free after most of them, and an older screen stands there."""
    host, control = teller.desk.host, teller.desk.site.control
    host._luck = Choice(damage)
    control.faults = Faults(garble_record=host._sent + record)
    with pytest.raises(HostError) as caught:
        teller("CustomerSearch", {"LastName": "SMITH"})
    assert caught.value.details["screen"]


def test_a_result_on_the_same_screen_is_not_that_of_an_earlier_call(teller):
    loan = {"AmtToBorrow": "10000", "IntRate": "6.5", "NumOfMonths": 48}
    assert teller("CalcCostLoan", loan).rows[0][0] == "237.15"
    host = teller.desk.host
    host._luck = Choice("cut")
    teller.desk.site.control.faults = Faults(garble_record=host._sent + 2)
    with pytest.raises(HostError, match="the host's last record was not valid"):
        teller("CalcCostLoan", {**loan, "AmtToBorrow": "20000"})


def test_every_entity_of_the_bank_is_captured_and_recognised_alone(bank):
    for one in bank.entities:
        for capture in one.captures:
            assert [
                e.name for e in bank.entities if all(p.matches(capture.screen) for p in e.signature)
            ] == [one.name]
    assert all(one.captures for one in bank.entities)


def test_the_package_has_no_problem_at_all(bank_package):
    assert bank_package.warnings == ()
    assert [len(one) for one in bank_package.variable_lists] == [200]
    pool = bank_package.deployment.pools[0]
    assert (
        repr(pool) == "<PoolConfiguration 'BankPool' of BankDemo [idle 2/1/20 | max 50, pending 5]>"
    )
    assert "BANK001" not in repr(bank_package) + repr(bank_package.variable_lists)
