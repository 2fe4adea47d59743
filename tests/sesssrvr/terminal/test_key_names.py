"""What is said about a key that does not exist."""

from sesssrvr.terminal.key_names import listed, unknown_key
from sesssrvr.terminal.tn3270 import keys


def test_numbered_keys_are_listed_as_ranges():
    assert (
        listed(["Enter", "PF1", "PF2", "PF3", "PA1", "PA2", "Tab"])
        == "Enter, PF1 to PF3, PA1, PA2, Tab"
    )
    assert listed(["Ctrl-A", "Ctrl-B", "Ctrl-C", "Up"]) == "Ctrl-A to Ctrl-C, Up"


def test_an_unknown_key_is_answered_with_the_nearest_and_all_others():
    said = unknown_key("Etner", keys.KEYS)
    assert said.startswith(
        "there is no key named Etner. Did you mean Enter? Keys are Enter, Clear,"
    )
    assert "PF1 to PF24" in said
    assert "Did you mean" not in unknown_key("Qzqz", keys.KEYS)
