"""Media types and lists of header fields, with regard to quotes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.http.media_type import elements_of, media_type_of
from verdigris.errors import BadRequest


@pytest.mark.parametrize(
    ("text", "essence", "parameters"),
    [
        ("", "", {}),
        ("text/xml", "text/xml", {}),
        ("Text/XML ; Charset=UTF-8", "text/xml", {"charset": "UTF-8"}),
        ("text/xml;charset='utf-8'", "text/xml", {"charset": "utf-8"}),
        ('a/b; x="a;charset=utf-16"; charset=utf-8', "a/b", {"x": "a;charset=utf-16", "charset": "utf-8"}),
        ('a/b; x="a\\";charset=utf-16"; y = z', "a/b", {"x": 'a";charset=utf-16', "y": "z"}),
        ("a/b;;x;", "a/b", {"x": ""}),
        ('a/b; x="never closed; charset=utf-16', "a/b", {"x": "never closed; charset=utf-16"}),
        ("a/b; charset=x; charset=x", "a/b", {"charset": "x"}),
    ],
)  # fmt: skip
def test_a_quoted_string_is_one_value(text, essence, parameters):
    """RFC 9110, 5.6.4 and 5.6.6."""
    found = media_type_of(text)

    assert (found.essence, found.parameters) == (essence, parameters)


def test_a_parameter_with_two_values_is_refused():
    with pytest.raises(BadRequest, match="states the parameter charset twice"):
        media_type_of("text/xml; charset=utf-8; Charset=latin-1")


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("", []),
        ("a, b;q=0.5 ,,c", ["a", "b;q=0.5", "c"]),
        ('a;x="1,2", b', ['a;x="1,2"', "b"]),
        ('a;x="1\\",2", b', ['a;x="1\\",2"', "b"]),
        ('a;x="1, b', ['a;x="1, b']),
    ],
)
def test_a_comma_in_quotes_separates_nothing(text, elements):
    assert elements_of(text) == elements


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,4}", fullmatch=True), st.text(max_size=9), max_size=4)
)
def test_whatever_is_quoted_comes_back(given_parameters):
    quoted = {
        name: '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for name, value in given_parameters.items()
    }
    text = "a/b" + "".join(f"; {name}={value}" for name, value in quoted.items())

    assert media_type_of(text).parameters == given_parameters
    assert elements_of(f"{text}, c/d") == [text, "c/d"]
