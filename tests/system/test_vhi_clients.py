"""What VHI's clients do beyond procedures, over real processes: SQL, credentials, kept sessions."""

import pytest
import zeep


pytestmark = [pytest.mark.sockets, pytest.mark.processes]


def test_a_statement_is_answered_by_rows_off_a_live_screen(town):
    found = town.client().service.executeSQLStatement(
        SQLStatement="SELECT City, LastName FROM Customers WHERE LastName = 'ABERNATHY' AND FirstName = 'SARAH'"
    )

    assert [column.name for column in found.column] == ["City", "LastName"]
    assert [row.value for row in found.row] == [["BEVERLEY", "ABERNATHY"]]


def test_a_kept_session_is_its_users_alone(town):
    service = town.client().service
    ops, dev = ({"Username": user, "Password": "x"} for user in ("ops", "dev"))
    session = service.wsResourceCreate(environment=ops)
    kept = {"SessionID": session}

    for stranger in (dev, {}):
        with pytest.raises(zeep.exceptions.Fault) as caught:
            service.getModelVariables(environment=stranger | kept)
        assert caught.value.detail.findtext(".//id") == "9134"
        with pytest.raises(zeep.exceptions.Fault) as caught:
            service.wsResourceDestroy(environment=stranger | kept)
        assert caught.value.detail.findtext(".//id") == "9134"

    service.getModelVariables(environment=ops | kept)
    service.wsResourceDestroy(environment=ops | kept)
