"""An answer that keeps a schema: what the model is asked, and how its reply is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.planners.llm.providers import Way
from mlestar_jupyter.planners.llm.rendering import render

A = TypeVar("A", bound=BaseModel)
_THOUGHTS = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCE = re.compile(r"^[ \t]*```[^\n`]*\n(.*?)^[ \t]*```", re.DOTALL | re.MULTILINE)
_MOST_STARTS = 20  # each costs a pass over the reply
_MOST_PROBLEMS = 5
_DECODER = json.JSONDecoder(strict=False)  # models write line breaks in strings as they are


@dataclass(frozen=True)
class Question:
    """What is asked; `repair` says what to mend in the answer before."""

    role: str
    prompt: str
    system: str
    answer: type[BaseModel]
    repair: str = ""
    budget: Budget = field(default_factory=Budget)
    """Its time counts."""

    def text(self, way: Way) -> str:
        """What to send; the schema stands in it where the server does not hold the model to it."""
        needs_schema = way == "instructions" or self.repair
        return "\n".join(filter(None, (self.prompt, instructions(self.answer) if needs_schema else "", self.repair)))


class UnusableReplyError(Exception):
    """A reply that is no valid answer; the text says why, without quoting it."""


def schema_of(answer: type[BaseModel]) -> dict[str, object]:
    """Schema of an answer, as servers take it."""
    return answer.model_json_schema()


def instructions(answer: type[BaseModel]) -> str:
    """What to write, for a server that takes no schema."""
    return render("as_json", schema=json.dumps(schema_of(answer), indent=1))


def repair(problem: str) -> str:
    """What to mend."""
    return render("invalid", problem=problem)


def parse(text: str, answer: type[A]) -> A:
    """Find the answer in a reply: bare JSON, in a code fence, or with prose around it.

    Raises
    ------
    UnusableReplyError
        When there is none that keeps the schema.
    """
    text = _THOUGHTS.sub("", text).strip()
    if not text:
        raise UnusableReplyError("the reply is empty")
    problem = ""
    for found in _objects(text):
        try:
            return answer.model_validate(found)
        except ValidationError as error:
            problem = problem or _problems(error)
    raise UnusableReplyError(problem or "the reply holds no complete JSON object")


def _objects(text: str) -> Iterator[dict[str, object]]:
    """JSON objects in a text, the likeliest first."""
    for part in (text, *_FENCE.findall(text)):
        try:
            found = _DECODER.decode(part.strip())
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found
    end = 0
    for start in [m.start() for m in re.finditer(r"\{", text)][:_MOST_STARTS]:
        if start < end:
            continue  # inside of one that was read
        try:
            found, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        yield found


def _problems(error: ValidationError) -> str:
    """What is wrong with which field, without the values."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    lines = [f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['msg']}" for e in found[:_MOST_PROBLEMS]]
    return "; ".join(lines)
