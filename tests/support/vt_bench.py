"""A VT terminal whose host is the test."""

from sesssrvr.terminal.vt import TerminalVT


class Bench:
    """A terminal, what it has sent, and short ways to look at both; `^[` stands for ESC."""

    def __init__(self, rows=5, columns=10, **options):
        self.out = []
        self.terminal = TerminalVT(self.out.append, rows=rows, columns=columns, **options)

    def __call__(self, *pieces):
        for piece in pieces:
            if isinstance(piece, str):
                piece = piece.replace("^[", "\x1b").encode()  # noqa: PLW2901 - the same in bytes
            self.terminal.feed(piece)
        return self

    def fill(self):
        """Letters everywhere, a line each, cursor home."""
        rows, columns = self.terminal.size
        for row in range(rows):
            self(f"^[[{row + 1};1H", chr(ord("a") + row) * columns)
        return self("^[[H")

    @property
    def lines(self):
        """The rows without the blanks at their ends; blank rows at the end are left out."""
        return [line.rstrip() for line in "\n".join(self.screen.lines()).rstrip().split("\n")]

    @property
    def screen(self):
        return self.terminal.screen()

    @property
    def cursor(self):
        """Row and column, 1-based."""
        return self.screen.place(self.screen.cursor)

    @property
    def answers(self):
        """All that has been sent since the last look, ESC as `^[`."""
        sent = b"".join(self.out).decode("latin-1").replace("\x1b", "^[")
        self.out.clear()
        return sent

    @property
    def runs(self):
        """The attribute runs as they print."""
        return [repr(run) for run in self.screen.runs]
