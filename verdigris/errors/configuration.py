"""Errors of configuration files: all problems at once, each with its location. 95xx."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import msgspec

from verdigris.errors._registry import VerdigrisError, coded


MAX_PROBLEMS: Final = 1_000
"""Problems that one error lists."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a file.

    Attributes:
        file: the file as the user named it.
        line: 1-based line, 0 when the whole file is meant.
        message: the sentence.
        severity: "error" stops the file from being used; "warning" does not.
        where: the element or entity meant, such as `pool Pool-1` (may be empty).
    """

    file: str
    line: int
    message: str
    severity: str = "error"
    where: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.severity}: {self.message}"


@coded(
    9500,
    http=400,
    advice="Correct every problem listed. Until then, the last valid version stays in use.",
)
class ConfigurationError(VerdigrisError):
    """A file cannot be used. `problems` lists everything found."""

    text = "{file} cannot be used: {problems}"

    def __init__(self, details: object = None, /, **facts: object) -> None:
        given = details if isinstance(details, dict) else {}
        super().__init__(given, **facts)
        found = given.get("problems", ())
        self.problems: tuple[Problem, ...] = tuple(_problems(found))

    @classmethod
    def of(cls, file: str, problems: Sequence[Problem]) -> "ConfigurationError":
        """The error of these problems, of the first `MAX_PROBLEMS`; its sentence has the errors."""
        errors = [p for p in problems if p.severity == "error"] or list(problems)
        said = "; ".join(_said(p, file) for p in errors[:MAX_PROBLEMS])
        kept = list(problems)
        if len(kept) > MAX_PROBLEMS:
            more = f"{len(kept) - MAX_PROBLEMS} further problems are not listed"
            kept = [*kept[:MAX_PROBLEMS], Problem(file, 0, more, errors[0].severity)]
            said = f"{said}; {more}" if len(errors) > MAX_PROBLEMS else said
        return cls({"problems": kept}, file=file, problems=said)


def _problems(found: object) -> Iterator[Problem]:
    """The problems of details: as they are, or as a peer has sent them."""
    for one in found if isinstance(found, (list, tuple)) else ():
        with suppress(msgspec.ValidationError):
            yield one if isinstance(one, Problem) else msgspec.convert(one, Problem)


def _said(problem: Problem, file: str) -> str:
    line = f"line {problem.line}" if problem.line else ""
    other = problem.file if problem.file != file else ""
    place = " ".join(part for part in (other, line) if part)
    return f"{place}: {problem.message}" if place else problem.message


@coded(9501, http=400, advice="Build the package with `verdigris package`.")
class BadPackage(ConfigurationError):
    """A model package cannot be used."""

    text = "Package {file} cannot be used: {problems}"


@coded(
    9502,
    http=500,
    advice="Use a supported code page; docs/reference/models.md says which there are.",
)
class UnknownCodePage(VerdigrisError):
    """An unknown EBCDIC code page; there is never a silent fallback."""

    text = "Code page {codepage} is not known."


@coded(9503, http=500, advice="Correct what the reason names. The previous file is intact.")
class CannotWrite(VerdigrisError):
    """A file could not be written."""

    text = "{file} could not be written: {reason}."


@coded(9504, http=500, advice="Correct the path or the file's permissions.")
class CannotRead(VerdigrisError):
    """A file could not be read."""

    text = "{file} could not be read: {reason}."
