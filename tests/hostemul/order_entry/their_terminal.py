"""The terminal of mainframe-mocker at a host, as a program: JSON lines in, its screens out."""

import json
import sys
from unittest.mock import MagicMock


sys.modules["jinja2"] = MagicMock()  # of its hosts' screens, which are not asked for

from mfmock.core.keys import Key  # noqa: E402 - behind the stand-in
from mfmock.tn5250.testing import connect  # noqa: E402 - behind the stand-in


host, port, kind, device = sys.argv[1:]
terminal = connect(host, int(port), kind, device_name=device)


def show():
    shown = {
        "lines": [line.rstrip() for line in terminal.lines()],
        "cursor": list(terminal.cursor),
        "hidden": [one.addr for one in terminal.fields if one.hidden],
    }
    sys.stdout.write(json.dumps(shown) + "\n")
    sys.stdout.flush()


show()
for line in sys.stdin:
    key, typed = json.loads(line)
    for row, column, text in typed:
        terminal.fill((row, column), text)
    terminal.press(Key[key])
    show()
terminal.close()
