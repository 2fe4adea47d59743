"""Characters that look otherwise than their field: runs, and the picture made from them."""

from collections.abc import Callable
from typing import Any

from lxml import etree

from sesssrvr.terminal import to_svg
from sesssrvr.terminal.render import palette
from sesssrvr.terminal.screen import Run


def test_a_screen_whose_characters_look_like_their_fields_has_no_runs(
    line: Callable[..., Any],
) -> None:
    tube = line()
    tube.host(bytes.fromhex("f5c3 2903c06042f241f4 c1c2 1d40"))
    assert tube.terminal.screen().runs == ()


def test_characters_with_attributes_of_their_own_are_runs(line: Callable[..., Any]) -> None:
    tube = line()
    tube.host(bytes.fromhex("f5c3 2902c06042f4 c1 2842f2 c2c3 2841f2 c4 280000 c5 2841f4 c6"))
    assert tube.terminal.screen().runs == (
        Run(2, 2, foreground=9),
        Run(4, 1, reverse=True, foreground=9),
        Run(6, 1, underline=True),
    )


def test_a_run_ends_with_its_line(line: Callable[..., Any]) -> None:
    tube = line()
    tube.host(bytes.fromhex("f5c3 11c14e 2842f1 c1c2c3c4"))
    assert [(run.start, run.length) for run in tube.terminal.screen().runs] == [(78, 2), (80, 2)]


def test_what_is_hidden_stays_hidden_in_the_picture(line: Callable[..., Any]) -> None:
    tube = line()
    tube.host(bytes.fromhex("f5c3 1d4c 2842f2 e2c5c3 1d60 2842f3 d6d2"))
    screen = tube.terminal.screen()
    assert screen.runs[0].hidden
    picture = to_svg(screen)
    assert "SEC" not in picture
    assert "OK" in picture
    assert etree.fromstring(picture) is not None


def test_the_picture_has_the_colours_of_runs(line: Callable[..., Any]) -> None:
    tube = line()
    tube.host(bytes.fromhex("f5c3 c1 2842f2 c2 2841f2 c3"))
    picture = to_svg(tube.terminal.screen())
    red = palette(9)
    assert f'fill="{red}" textLength="9" xml:space="preserve">B</text>' in picture
    assert f'height="18" fill="{red}"/>' in picture


def test_the_palette_is_xterm_s() -> None:
    assert palette(16) == "#000000"
    assert palette(231) == "#ffffff"
    assert palette(208) == "#ff8700"
    assert palette(232) == "#080808"
    assert palette(255) == "#eeeeee"
    assert all(len(palette(number)) == 7 for number in range(256))
