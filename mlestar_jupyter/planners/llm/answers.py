"""What each role must answer, as schemas with tight limits: longer lines are cut, longer code is refused."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from mlestar_jupyter.planners.llm.text import LABEL_LENGTH, REASON_LENGTH, cleaned, one_line

TITLE_LENGTH = 80
SKETCH_LENGTH = 3_000
PLAN_LENGTH = 800
SUMMARY_LENGTH = 1_200
SOURCE_LENGTH = 12_000
MOST_CHANGES = 3
MOST_IDEAS = 8
_MOST_COLUMNS = 50


def _line(value: object, limit: int) -> object:
    return one_line(value, limit) if isinstance(value, str) else value


def _text(value: object, limit: int) -> object:
    return cleaned(value, limit) if isinstance(value, str) else value


Label = Annotated[str, BeforeValidator(partial(_line, limit=LABEL_LENGTH)), Field(max_length=LABEL_LENGTH)]
Reason = Annotated[str, BeforeValidator(partial(_line, limit=REASON_LENGTH)), Field(max_length=REASON_LENGTH)]
PlanText = Annotated[str, BeforeValidator(partial(_text, limit=PLAN_LENGTH)), Field(max_length=PLAN_LENGTH)]
Source = Annotated[str, Field(max_length=SOURCE_LENGTH)]
BlockName = Annotated[str, Field(max_length=20)]


class FoundModel(BaseModel):
    """One model that the retriever proposes."""

    title: Annotated[str, BeforeValidator(partial(_line, limit=TITLE_LENGTH)), Field(max_length=TITLE_LENGTH)]
    sketch: Annotated[str, BeforeValidator(partial(_text, limit=SKETCH_LENGTH)), Field(max_length=SKETCH_LENGTH)]
    reason: Reason = ""
    reference: int = 0


class FoundModels(BaseModel):
    """The retriever's answer."""

    models: Annotated[list[FoundModel], Field(max_length=MOST_IDEAS)]


class WrittenSolution(BaseModel):
    """Blocks of a whole solution; an empty one stays as it is."""

    label: Label = ""
    reason: Reason = ""
    model: Source
    hyperparameters: Source = ""
    features: Source = ""
    preprocessing: Source = ""


class WrittenBlock(BaseModel):
    """One block's new source; which block is known."""

    label: Label = ""
    source: Source


class Correction(BaseModel):
    """A block that must change, with its corrected source, or "none"."""

    block: BlockName
    reason: Reason = ""
    source: Source = ""


class DataUse(BaseModel):
    """Columns that the solution ignores, and the block that would use them."""

    ignored: Annotated[list[str], Field(max_length=_MOST_COLUMNS)] = []
    block: BlockName = "none"
    label: Label = ""
    reason: Reason = ""
    source: Source = ""


class Change(BaseModel):
    """A change of one block that shows what a part of it is worth."""

    block: BlockName
    label: Label = ""
    reason: Reason = ""
    source: Source


class Changes(BaseModel):
    """The ablation writer's answer."""

    changes: Annotated[list[Change], Field(max_length=MOST_CHANGES)]


class Summary(BaseModel):
    """The summariser's answer."""

    summary: Annotated[str, BeforeValidator(partial(_text, limit=SUMMARY_LENGTH)), Field(max_length=SUMMARY_LENGTH)]


class Target(BaseModel):
    """The extractor's answer: a block by its name, and what to do to it."""

    block: BlockName
    plan: PlanText


class Planned(BaseModel):
    """A plan in words."""

    plan: PlanText
