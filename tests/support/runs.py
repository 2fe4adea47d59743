"""Runs of models, driven step by step without a reactor."""

from collections.abc import Callable
from typing import Any

from verdigris.errors import VerdigrisError


def driven(run: Any, perform: Callable[[Any], Any]) -> Any:
    """Perform a run to its end; its result. An error of a step is the run's to deal with."""
    try:
        step = next(run)
        while True:
            try:
                answer = perform(step)
            except VerdigrisError as problem:
                step = run.throw(problem)
            else:
                step = run.send(answer)
    except StopIteration as end:
        return end.value
