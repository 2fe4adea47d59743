"""Cursor motion and tab stops."""

import pytest


# Margins of rows 2-4, columns 3-8 on a page of 5 x 10.
BOX = "^[[?69h^[[2;4r^[[3;8s"

MOVES = {
    "CUP": ("^[[3;4H", (3, 4)),
    "CUP without column": ("^[[3H", (3, 1)),
    "CUP without row": ("^[[;4H", (1, 4)),
    "CUP home": ("^[[3;4H^[[H", (1, 1)),
    "CUP with zeros": ("^[[0;0H", (1, 1)),
    "CUP beyond the page": ("^[[99;99H", (5, 10)),
    "CUP with a number no screen has": ("^[[99999999999999999999;5H", (5, 5)),
    "HVP": ("^[[2;2f", (2, 2)),
    "CUP ignores margins": (f"{BOX}^[[1;1H", (1, 1)),
    "CUP in origin mode": (f"{BOX}^[[?6h^[[2;2H", (3, 4)),
    "CUP in origin mode ends at the margins": (f"{BOX}^[[?6h^[[9;9H", (4, 8)),
    "CUU": ("^[[4;4H^[[2A", (2, 4)),
    "CUU by default": ("^[[4;4H^[[A", (3, 4)),
    "CUU with zero": ("^[[4;4H^[[0A", (3, 4)),
    "CUU stops at the top": ("^[[4;4H^[[99A", (1, 4)),
    "CUU stops at the margin": (f"{BOX}^[[3;4H^[[9A", (2, 4)),
    "CUU from above the margin": (f"{BOX}^[[1;4H^[[9A", (1, 4)),
    "VPB is CUU": ("^[[4;4H^[[k", (3, 4)),
    "CUD": ("^[[2;4H^[[2B", (4, 4)),
    "CUD stops at the margin": (f"{BOX}^[[3;4H^[[9B", (4, 4)),
    "CUD from below the margin": (f"{BOX}^[[5;4H^[[9B", (5, 4)),
    "CUD from above the margin": (f"{BOX}^[[1;4H^[[9B", (4, 4)),
    "CUF": ("^[[2;4H^[[2C", (2, 6)),
    "CUF stops at the edge": ("^[[2;4H^[[99C", (2, 10)),
    "CUF stops at the margin": (f"{BOX}^[[3;4H^[[9C", (3, 8)),
    "CUF from right of the margin": (f"{BOX}^[[3;9H^[[9C", (3, 10)),
    "CUB": ("^[[2;4H^[[2D", (2, 2)),
    "CUB stops at the edge": ("^[[2;4H^[[99D", (2, 1)),
    "CUB stops at the margin": (f"{BOX}^[[3;7H^[[9D", (3, 3)),
    "CUB from left of the margin": (f"{BOX}^[[3;2H^[[9D", (3, 1)),
    "HPB is CUB": ("^[[2;4H^[[j", (2, 3)),
    "CNL": ("^[[2;4H^[[2E", (4, 1)),
    "CNL to the left margin": (f"{BOX}^[[3;7H^[[9E", (4, 3)),
    "CPL": ("^[[4;4H^[[2F", (2, 1)),
    "CPL to the left margin": (f"{BOX}^[[3;7H^[[9F", (2, 3)),
    "CHA": ("^[[2;4H^[[7G", (2, 7)),
    "CHA in origin mode": (f"{BOX}^[[?6h^[[2;4H^[[1G", (3, 3)),
    "HPA": ("^[[2;4H^[[7`", (2, 7)),
    "HPA beyond the page": ("^[[2;4H^[[99`", (2, 10)),
    "VPA": ("^[[2;4H^[[4d", (4, 4)),
    "VPA in origin mode": (f"{BOX}^[[?6h^[[2;4H^[[3d", (4, 6)),
    "HPR passes the margin": (f"{BOX}^[[3;4H^[[9a", (3, 10)),
    "VPR passes the margin": (f"{BOX}^[[3;4H^[[9e", (5, 4)),
    "HPR in origin mode": (f"{BOX}^[[?6h^[[2;2H^[[9a", (3, 8)),
    "CBT in origin mode": (f"{BOX}^[[?6h^[[2;4H^[[9Z", (3, 3)),
    "DECRC in origin mode, of a place outside": (f"^[[?6h^[7{BOX}^[8", (2, 3)),
    "VPR in origin mode": (f"{BOX}^[[?6h^[[2;2H^[[9e", (4, 4)),
    "BS": ("^[[2;4H\b", (2, 3)),
    "BS stops at the edge": ("^[[2;1H\b", (2, 1)),
    "BS stops at the margin": (f"{BOX}^[[3;3H\b", (3, 3)),
    "BS left of the margin": (f"{BOX}^[[3;2H\b", (3, 1)),
    "BS in the last column, pending": ("^[[2;9Hab\b", (2, 9)),
    "CR": ("^[[2;4H\r", (2, 1)),
    "CR to the margin": (f"{BOX}^[[3;6H\r", (3, 3)),
    "CR at the margin": (f"{BOX}^[[3;3H\r", (3, 3)),
    "CR left of the margin": (f"{BOX}^[[3;2H\r", (3, 1)),
    "CR left of the margin in origin mode": (f"{BOX}^[[?6h^[[?69l^[[?69h^[[3;8s\r", (2, 3)),
    "LF": ("^[[2;4H\n", (3, 4)),
    "VT": ("^[[2;4H\x0b", (3, 4)),
    "FF": ("^[[2;4H\x0c", (3, 4)),
    "LF in new line mode": ("^[[20h^[[2;4H\n", (3, 1)),
    "LF stops at the bottom": ("^[[5;4H\n", (5, 4)),
    "LF below the margin": ("^[[2;3r^[[4;4H\n", (5, 4)),
    "IND": ("^[[2;4H^[D", (3, 4)),
    "NEL": ("^[[2;4H^[E", (3, 1)),
    "NEL outside side margins": (f"{BOX}^[[4;9H^[E", (4, 3)),
    "NEL left of the margin": (f"{BOX}^[[4;1H^[E", (4, 1)),
    "RI": ("^[[2;4H^[M", (1, 4)),
    "RI above the margin": ("^[[2;4r^[[1;4H^[M", (1, 4)),
    "RI stops at the top": ("^[[1;4H^[M", (1, 4)),
    "DECFI": ("^[[2;4H^[9", (2, 5)),
    "DECFI right of the margin": (f"{BOX}^[[3;9H^[9", (3, 10)),
    "DECFI at the edge": ("^[[2;10H^[9", (2, 10)),
    "DECBI": ("^[[2;4H^[6", (2, 3)),
    "DECBI left of the margin": (f"{BOX}^[[3;2H^[6", (3, 1)),
    "DECBI at the edge": ("^[[2;1H^[6", (2, 1)),
    "HT": ("\t", (1, 9)),
    "HT stops at the edge": ("\t\t\t", (1, 10)),
    "HT stops at the margin": (f"{BOX}^[[3;3H\t\t", (3, 8)),
    "HT from left of the margin": (f"{BOX}^[[1;1H\t\t", (1, 8)),
    "CHT": ("^[[3I", (1, 10)),
    "CBT": ("^[[1;10H^[[Z", (1, 9)),
    "CBT to the edge": ("^[[1;10H^[[7Z", (1, 1)),
    "CBT passes the margin": (f"{BOX}^[[3;6H^[[2Z", (3, 1)),
    "HTS": ("^[[1;4H^[H^[[1;1H\t", (1, 4)),
    "TBC here": ("^[[1;9H^[[g^[[1;1H\t", (1, 10)),
    "TBC where none is": ("^[[1;5H^[[0g^[[1;1H\t", (1, 9)),
    "TBC all": ("^[[3g\t", (1, 10)),
    "DECST8C": ("^[[3g^[[?5W\t", (1, 9)),
    "tab in the last column with the fix for more": ("^[[?41h" + "x" * 10 + "\t", (2, 9)),
    "tab in the last column without it": ("x" * 10 + "\t", (1, 10)),
    "side margins off: CR": (f"{BOX}^[[?69l^[[3;6H\r", (3, 1)),
    "side margins off: CUF": (f"{BOX}^[[?69l^[[3;6H^[[9C", (3, 10)),
    "DECALN goes home": ("^[[3;3H^[#8", (1, 1)),
    "DECALN ends origin mode": ("^[[2;4r^[[?6h^[#8^[[2;4r^[[1;1H", (1, 1)),
    "LF onto a doubled line": ("^[[2;1H^[#6^[[1;9H\n", (2, 5)),
    "RI onto a doubled line": ("^[#6^[[2;9H^[M", (1, 5)),
    "DECSTBM goes home": ("^[[3;3H^[[2;4r", (1, 1)),
    "DECSTBM goes to the origin": ("^[[?6h^[[2;4r", (2, 1)),
    "DECSLRM goes home": ("^[[3;3H^[[?69h^[[3;8s", (1, 1)),
    "DECSTBM of one line is none": ("^[[3;3H^[[2;2r", (3, 3)),
    "DECSTBM upside down is none": ("^[[3;3H^[[4;2r", (3, 3)),
    "DECSTBM beyond the page": ("^[[3;3H^[[2;99r^[[5;1H\n", (5, 1)),
}


@pytest.mark.parametrize(("given", "place"), MOVES.values(), ids=MOVES.keys())
def test_a_function_moves_the_cursor_to(small, given, place):
    assert small(given).cursor == place


# Mode 45 as hosts were written for: over the margins, from the top to the bottom.
REVERSE_WRAPS = {
    "off": ("^[[?45l^[[2;1H\b", (2, 1)),
    "needs autowrap": ("^[[?45h^[[?7l^[[2;1H\b", (2, 1)),
    "to the line above": ("^[[?45h^[[2;1H\b", (1, 10)),
    "mode 1045 too": ("^[[?1045h^[[2;1H\b", (1, 10)),
    "from the top to the bottom": ("^[[?45h\b", (5, 10)),
    "from the top margin to the bottom margin": ("^[[?45h^[[2;4r^[[2;1H\b", (4, 10)),
    "from the left margin to the right one": ("^[[?45h^[[?69h^[[3;8s^[[3;3H\b", (2, 8)),
    "from left of the margin": ("^[[?45h^[[?69h^[[3;8s^[[3;1H\b", (2, 8)),
    "pending counts as a column": ("^[[?45h^[[1;9Hab\b", (1, 10)),
    "CUB over several": ("^[[1;9Habcd^[[?45h^[[4D", (1, 9)),
    "CUB over whole lines": ("^[[?45h^[[4;5H^[[24D", (2, 1)),
    "CUB all around": ("^[[?45h^[[2;3H^[[50D", (2, 3)),
    "CUB with a number no screen has": ("^[[?45h^[[16000D", (1, 1)),
}


@pytest.mark.parametrize(("given", "place"), REVERSE_WRAPS.values(), ids=REVERSE_WRAPS.keys())
def test_reverse_wraparound(small, given, place):
    assert small(given).cursor == place


def test_tab_stops_follow_the_width(vt):
    bench = vt(columns=20)("^[[1;4H^[H")
    bench.terminal.resize(5, 40)
    assert bench("^[[1;1H\t").cursor == (1, 4)
    assert bench("^[[1;20H\t").cursor == (1, 25)


def test_moving_right_on_a_doubled_line_ends_at_its_half(small):
    assert small("^[#6^[[99C").cursor == (1, 5)
    assert small("^[[2;9H^[[1A").cursor == (1, 5)
