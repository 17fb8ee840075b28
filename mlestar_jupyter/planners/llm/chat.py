"""Talking to a chat model: the only module that knows LangChain.

Every reply is on record in the journal, so that the same question is asked once. Whatever goes wrong ends as no answer
and a note: a run goes on without its chat model.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.events import Asked, Listener
from mlestar_jupyter.core.journal import Journal, ReplyRecord
from mlestar_jupyter.planners.llm.ledger import Ledger
from mlestar_jupyter.planners.llm.providers import Way, check_provider, find_provider, key_of
from mlestar_jupyter.planners.llm.structured import Question, UnusableReplyError, parse, repair, schema_of
from mlestar_jupyter.planners.llm.tally import Tally
from mlestar_jupyter.planners.llm.telling import Teller
from mlestar_jupyter.planners.llm.text import one_line
from mlestar_jupyter.planners.llm.transport import FailedRequestError, Received, receive

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

A = TypeVar("A", bound=BaseModel)
MOST_TOKENS = 8_000  # of a reply: a solution of four long blocks
MOST_REPAIRS = 2
_MOST_TRIES = 3
_MOST_FAILURES = 3
_LONGEST_WAIT = 60.0
_FIRST_WAIT = 0.5
_SHORTEST_KEY = 6  # a shorter text may stand anywhere
_DETAIL = 200  # characters of what a server says about a request
_OPTIONAL = ("temperature", "stream_options")  # what some servers do not take


class Chat:
    """A chat model that gives answers by a schema, or None.

    Parameters
    ----------
    model : str
        As in ``openai:gpt-5-mini``.
    journal : Journal
        Keeps the replies.
    ledger : Ledger
        Books tokens and money.
    emit : Listener
        Hears `Sent` once, `Asked` for every answer, `Note` for every one that could not be had.
    url : str or None
        Address of a server of one's own.
    seconds : float
        That one request may take.

    Raises
    ------
    SettingError
        When the model's name cannot be read.
    """

    def __init__(
        self,
        model: str,
        journal: Journal,
        ledger: Ledger,
        *,
        emit: Listener,
        url: str | None = None,
        seconds: float = 120,
    ) -> None:
        self.model = model
        self.ledger = ledger
        self._provider, self._name = find_provider(model)
        self._journal, self._url = journal, url
        self._seconds = seconds
        self._teller = Teller(model, ledger, emit)
        self._ways: tuple[Way, ...] = self._provider.ways
        self._left_out: frozenset[str] = frozenset()
        self._clients: dict[tuple[object, ...], BaseChatModel] = {}
        self._failures = 0
        self._is_off = False
        self.only_on_record = False
        """Whether nothing is asked: a phase that is done again must not go on where a call failed then."""
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"Chat({self.model!r})"

    def check(self) -> None:
        """See that requests can be made and paid for, without making one.

        Raises
        ------
        MissingExtraError
            When a package is not installed.
        SettingError
            When there is no key, or a cost limit without a price.
        """
        check_provider(self._provider, self._url)
        self.ledger.check(self.model)

    def enter(self, phase: str, *, replaying: bool) -> None:
        """Book what is asked under a phase, and say anew in it how matters stand."""
        self.ledger.enter(phase)
        self._teller.forget()
        self.only_on_record = replaying

    def ask(
        self,
        role: str,
        prompt: str,
        answer: type[A],
        *,
        system: str = "",
        attempt: int = 0,
        budget: Budget | None = None,
    ) -> A | None:
        """Ask for an answer; None when none could be had, the reason is a note.

        The same question has the same answer: only another `attempt` is a new one. No request takes longer than the
        budget has left.
        """
        key = _key(self.model, role, prompt, system, json.dumps(schema_of(answer), sort_keys=True), attempt)
        known = self._journal.reply(key)
        if known is not None:
            self.ledger.replay()
            self._teller.emit(Asked(role, self.model, known.tokens_in, known.tokens_out, 0.0, 0.0, cached=True))
            return self._read(known, answer)
        if self.only_on_record:
            return None
        if self._is_off:
            self._tell_off()
            return None
        tally, question = Tally(), Question(role, prompt, system, answer, budget=budget or Budget())
        try:
            text, reason = self._converse(question, tally)
        except FailedRequestError as failure:
            if tally.tokens_out:  # a repair failed: what came before it has to be paid
                never_found = _key(key, time.time_ns())
                self._record(never_found, question, attempt, tally, "", failure.text)
            self._failed(role, failure)
            return None
        self._failures = 0
        self.ledger.close_call(priced=tally.cost is not None, estimated=tally.is_estimated)
        record = self._record(key, question, attempt, tally, text, reason)
        self._teller.emit(
            Asked(role, self.model, tally.tokens_in, tally.tokens_out, tally.cost, tally.seconds, cached=False)
        )
        return self._read(record, answer)

    def _record(self, key: str, question: Question, attempt: int, tally: Tally, text: str, reason: str) -> ReplyRecord:
        """Put what was asked, answered and paid on record."""
        sent = self._without_key(f"{question.system}\n\n{question.prompt}".strip())
        record = ReplyRecord(
            key, self.model, question.role, self.ledger.phase, attempt, text, reason, tally.tokens_in,
            tally.tokens_out, tally.is_estimated, tally.cost, tally.seconds, sent,
        )  # fmt: skip
        self._journal.add_reply(record)
        return record

    def _read(self, record: ReplyRecord, answer: type[A]) -> A | None:
        reason = record.reason
        try:
            if not reason:
                return parse(record.text, answer)
        except UnusableReplyError as error:  # recorded by a version that read it otherwise
            reason = str(error)
        self._teller.note(f"The {_words(record.role)} of {self.model} gave no answer: {reason}.")
        return None

    def _converse(self, question: Question, tally: Tally) -> tuple[str, str]:
        """Ask, and ask again with what to mend; gives the valid reply, or the reason why there is none."""
        problem = ""
        for _ in range(1 + MOST_REPAIRS):
            received = self._request(question, tally)
            if received.is_refused:
                return "", "the model refused"
            if received.is_huge:
                return "", f"the reply was longer than {len(received.text):,} characters and was cut off"
            try:
                parse(received.text, question.answer)
            except UnusableReplyError as error:
                problem = f"{error}; it reached the limit of length" if received.is_too_long else str(error)
            else:
                return received.text, ""
            question = replace(question, repair=repair(problem))
        return "", f"no valid answer after {MOST_REPAIRS} repairs ({problem})"

    # --- requests -------------------------------------------------------------------------------------------------

    def _request(self, question: Question, tally: Tally) -> Received:
        """Send in the best way that the server takes, and remember which one that was."""
        ways = list(self._ways)
        while True:
            try:
                received = self._with_retries(question, ways[0], tally)
            except FailedRequestError as failure:
                if (reply := failure.as_reply()) is not None:
                    return reply
                if failure.kind != "request":
                    raise
                refused = next((o for o in _OPTIONAL if o in failure.detail and o not in self._left_out), None)
                if refused is not None:
                    self._left_out |= {refused}
                elif len(ways) > 1:
                    ways.pop(0)
                else:
                    raise
            else:
                self._ways = tuple(ways)
                return received

    def _with_retries(self, question: Question, way: Way, tally: Tally) -> Received:
        """Send, and again after a while where the server is busy, as far as the time allows."""
        tries = 0
        while True:
            try:
                return self._send(question, way, tally)
            except FailedRequestError as failure:
                tries += 1
                wait = _FIRST_WAIT * 2**tries if failure.retry_after is None else failure.retry_after
                if failure.kind != "busy" or tries == _MOST_TRIES or wait > _most(_LONGEST_WAIT, question.budget):
                    raise
            time.sleep(wait)

    def _send(self, question: Question, way: Way, tally: Tally) -> Received:
        """Make one request, within time and money."""
        seconds, text = _most(self._seconds, question.budget), self._without_key(question.text(way))
        if seconds <= 0:
            raise FailedRequestError("time", "the time of the run is up")
        sent = f"{question.system}\n\n{text}".strip()
        size = len(sent) + len(json.dumps(schema_of(question.answer)))
        reserved = self.ledger.reserve(self.model, size, MOST_TOKENS)
        if reserved is None:
            raise FailedRequestError("money", f"the limit of {self.ledger.max_cost:g} USD might be passed")
        began, received = time.monotonic(), Received("", 0, 0)
        try:
            self._teller.show(question.role, sent)
            received = self._stream(question, text, way, seconds)
        except FailedRequestError as failure:
            failure.detail = self._without_key(failure.detail)
            if failure.partial or failure.kind == "slow":
                received = Received(failure.partial)
            raise
        finally:  # what was sent before an error or the user's interrupt may have to be paid as well
            tokens = tally.add(received, size, time.monotonic() - began)
            tally.pay(self.ledger.spend(self.model, *tokens, reserved))
        return replace(received, text=self._without_key(received.text))

    def _stream(self, question: Question, text: str, way: Way, seconds: float) -> Received:
        """Send through LangChain; its tracing to others is off, whatever the environment says."""
        from langsmith import tracing_context

        model: Any = self._client(seconds)
        schema = schema_of(question.answer)
        if way == "json_schema":
            model = model.bind(**self._provider.bound(schema))
        elif way == "function_calling":
            tool = {"name": "answer", "description": "Give the answer", "parameters": schema}
            model = model.bind_tools([{"type": "function", "function": tool}], tool_choice="answer")
        messages = [("system", question.system)] * bool(question.system) + [("human", text)]
        with tracing_context(enabled=False):
            stream = model.stream(messages)
            try:
                return receive(stream, seconds)
            finally:
                stream.close()

    def _client(self, seconds: float) -> BaseChatModel:
        """The model by LangChain, made once for each time limit."""
        from langchain.chat_models import init_chat_model

        with self._lock:
            key = (round(seconds), *sorted(self._left_out))
            if key not in self._clients:
                self.check()
                options = self._provider.options(max(1.0, seconds), MOST_TOKENS, self._left_out)
                secret = key_of(self._provider, self._url)
                options |= {"base_url": self._url} if self._url else {}
                options |= {"api_key": secret.reveal()} if secret else {}
                self._clients[key] = init_chat_model(self._name, model_provider=self._provider.name, **options)
            return self._clients[key]

    def _without_key(self, text: str) -> str:
        """A server may repeat the key, and a block may hold it: it must reach neither prompt nor journal nor note."""
        secret = key_of(self._provider, self._url)
        if secret is None or len(secret.reveal()) < _SHORTEST_KEY:
            return text
        return text.replace(secret.reveal(), "[key]")

    def _failed(self, role: str, failure: FailedRequestError) -> None:
        """Tell of a request that failed; switch off where others would fail as well."""
        if failure.kind in ("money", "time"):
            self._teller.once(f"{self.model} is asked no more: {failure.text}. The recipes go on alone.")
            return
        detail = f": {one_line(failure.detail, _DETAIL)}" if failure.detail else ""
        self._teller.note(f"The {_words(role)} of {self.model} gave no answer: {failure.text}{detail}.")
        self._failures += 1
        if failure.kind in ("key", "missing") or self._failures >= _MOST_FAILURES:
            self._is_off = True
            self._tell_off()

    def _tell_off(self) -> None:
        self._teller.once(f"{self.model} is switched off until the run is started again. The recipes go on alone.")


def _most(seconds: float, budget: Budget) -> float:
    """So many seconds, or what the budget has left."""
    left = budget.seconds_left()
    return seconds if left is None else min(seconds, left)


def _words(role: str) -> str:
    return role.replace("_", " ")


def _key(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
