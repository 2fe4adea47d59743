"""The documentation of the connector runs as it stands."""

import inspect
import re
import textwrap
from pathlib import Path

from verdigris.connector import testing


DOCUMENT = Path(__file__).parents[3] / "docs" / "connector.md"


def test_the_examples_of_the_page_run():
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 5
    exec(compile("\n".join(blocks), str(DOCUMENT), "exec"), {})  # noqa: S102 - our own page


def test_the_example_of_the_fakes_runs():
    text = inspect.cleandoc(testing.__doc__)
    example = textwrap.dedent(text[text.index("    from verdigris") :])
    exec(compile(example, "testing", "exec"), {})  # noqa: S102 - our own docstring
