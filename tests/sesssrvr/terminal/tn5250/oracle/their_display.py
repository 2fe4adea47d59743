"""The display of mainframe-mocker, as a program: JSON lines in, JSON lines out.

A line has the records of a host and what an operator did; the answer is what the display shows.
"""

import json
import sys
from unittest.mock import MagicMock


sys.modules["jinja2"] = MagicMock()  # of its hosts' screens, which are not asked for

from mfmock.core.keys import Key  # noqa: E402 - behind the stand-in
from mfmock.tn5250.emulator import Emulator5250  # noqa: E402 - behind the stand-in


def shown(display):
    fields = sorted(display.fields.values(), key=lambda one: one.start)
    return {
        "lines": [line.rstrip() for line in display.lines()],
        "cursor": display.cursor,
        "fields": [[one.start, one.length, one.mdt] for one in fields if not one.bypass],
    }


for line in sys.stdin:
    asked = json.loads(line)
    display = Emulator5250(27, 132)
    for record in asked["records"]:
        display.process(bytes.fromhex(record))
    answer = shown(display)
    for at, text in asked["typed"]:
        display.fill(at, text)
    if asked["key"]:
        answer["sent"] = display.key_record(Key[asked["key"]]).hex()
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
