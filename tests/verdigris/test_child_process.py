"""A process that does not start says how it ended."""

import pytest

from verdigris.child_process import Process
from verdigris.errors import NotStarted


pytestmark = pytest.mark.processes


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; sys.exit(3)", "it ended with status 3 and without a message"),
        ("import os; os.kill(os.getpid(), 9)", "it ended with signal 9 and without a message"),
        ("import sys; sys.exit('no port is free')", "no port is free"),
    ],
)
def test_a_process_that_ends_before_it_is_ready_says_how(tmp_path, program, said):
    script = tmp_path / "program.py"
    script.write_text(program)
    process = Process("part", [str(script)], tmp_path)
    process.log.write_text("a line of the run before\n")
    with pytest.raises(NotStarted) as caught:
        process.start(module=False)
    assert said in str(caught.value)
    assert not process.running
