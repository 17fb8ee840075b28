"""Answers found in what models write, and replies that hold none."""

import json

import pytest
from pydantic import BaseModel

from mlestar_jupyter.planners.llm.answers import Changes, Planned, Target
from mlestar_jupyter.planners.llm.structured import Question, UnusableReplyError, instructions, parse, repair

pytestmark = pytest.mark.fast

PLAN = Planned(plan="Try logs.")


@pytest.mark.parametrize(
    "text",
    [
        '{"plan": "Try logs."}',
        '\n\n {"plan": "Try logs."} \n',
        '```json\n{"plan": "Try logs."}\n```',
        'Sure, here it is:\n\n```\n{"plan": "Try logs."}\n```\nGood luck!',
        'I would say {"plan": "Try logs."}, because of {this}.',
        'A set {1, 2} first. {"plan": "Try logs."}',
        '{"thought": 1} then {"plan": "Try logs."}',
        '<think>Maybe {"plan": "something else"}?</think>{"plan": "Try logs."}',
        '{"plan": "Try logs.", "confidence": 0.9}',
        '  ```json\n  {"plan": "Try logs."}\n  ```',
    ],
    ids=["bare", "spaces", "fence", "fence in prose", "prose", "braces", "two", "thoughts", "more", "indented"],
)
def test_the_answer_is_found(text):
    assert parse(text, Planned) == PLAN


def test_line_breaks_in_strings_may_stand_as_they_are():
    assert parse('{"plan": "Try\nlogs."}', Planned).plan == "Try\nlogs."


def test_code_with_braces_and_fences_survives():
    source = 'PARAMS = {"C": {"low": 1}}\n```\nx = "{"'
    reply = "Here:\n```json\n" + json.dumps({"changes": [{"block": "model", "source": source}]}) + "\n```"
    assert parse(reply, Changes).changes[0].source == source


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the reply is empty"),
        ("  \n", "the reply is empty"),
        ("<think>hm</think>", "the reply is empty"),
        ("I cannot.", "holds no complete JSON object"),
        ('{"plan": "Try', "holds no complete JSON object"),
        ('["plan"]', "holds no complete JSON object"),
        ('{"plan": 3}', "plan: Input should be a valid string"),
        ('{"idea": "logs"}', "plan: Field required"),
        ("{" * 100_000, "holds no complete JSON object"),
        ('{"plan":' + "[" * 100_000, "holds no complete JSON object"),
    ],
)
def test_a_reply_without_an_answer_says_why(text, reason):
    with pytest.raises(UnusableReplyError, match=reason):
        parse(text, Planned)


def test_the_reason_does_not_quote_the_reply():
    with pytest.raises(UnusableReplyError) as caught:
        parse('{"block": {"secret": "Lagos"}, "plan": ["Lagos"]}', Target)
    assert "Lagos" not in str(caught.value)
    assert "block: " in str(caught.value)
    assert "plan: " in str(caught.value)


def test_a_repair_is_fenced_and_short():
    text = repair("x" * 5_000)
    assert "BEGIN DATA-" in text
    assert len(text) < 1_000


def test_the_schema_is_in_the_text_where_the_server_takes_none_and_in_repairs():
    class Small(BaseModel):
        plan: str

    question = Question("planner", "Plan!", "", Small)
    assert question.text("json_schema") == question.text("function_calling") == "Plan!"
    assert question.text("instructions") == "Plan!\n" + instructions(Small)
    assert instructions(Small) in Question("planner", "Plan!", "", Small, repair("empty")).text("json_schema")
