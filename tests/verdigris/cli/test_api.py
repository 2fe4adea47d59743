"""The client of the administration API: problems become the errors they were made from."""

import pytest

from verdigris.cli.api import again
from verdigris.cli.failures import Told, status_of
from verdigris.errors import CODES, NoServerAvailable, UnknownPeerError


def test_a_known_code_is_its_class_and_says_the_peers_sentence():
    error = again(2643, "User bob at pc1 was refused.", "Start a server.")
    assert isinstance(error, NoServerAvailable)
    assert str(error) == "User bob at pc1 was refused."


def test_a_newer_code_keeps_its_number_and_sentence():
    error = again(9999, "You must not do this.", "Wait.")
    assert isinstance(error, UnknownPeerError)
    assert str(error) == "You must not do this. (error 9999)"


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_error_can_be_told_and_has_an_exit_status(code, capsys):
    error = CODES[code]()
    error.request_id = "r-1"
    Told(error).show()
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"Error {code}: ")
    assert "request r-1" in said.err
    assert status_of(error) in {1, 3, 4, 70}
