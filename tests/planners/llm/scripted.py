"""A chat that answers by a script, with the real schemas: what the model says is given, what becomes of it is tested."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError


@dataclass
class Asked:
    """One question that was put."""

    role: str
    prompt: str
    system: str
    attempt: int


@dataclass
class ScriptedChat:
    """Gives its answers in turn; None, and an answer that breaks the schema, is no answer."""

    answers: Sequence[dict | None] = ()
    asked: list[Asked] = field(default_factory=list)

    def ask(
        self,
        role: str,
        prompt: str,
        answer: type[BaseModel],
        *,
        system: str = "",
        attempt: int = 0,
        budget: object = None,
    ) -> BaseModel | None:
        self.asked.append(Asked(role, prompt, system, attempt))
        if len(self.asked) > len(self.answers):
            return None
        said = self.answers[len(self.asked) - 1]
        try:
            return None if said is None else answer.model_validate(said)
        except ValidationError:
            return None

    @property
    def roles(self) -> list[str]:
        return [a.role for a in self.asked]
