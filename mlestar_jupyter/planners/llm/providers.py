"""Providers of chat models: the package and the key that each needs, and how it takes a schema and limits."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any, Literal

from mlestar_jupyter.environment import Secret, installed, missing, secret
from mlestar_jupyter.errors import SettingError, nearest

Way = Literal["json_schema", "function_calling", "instructions"]
NO_KEY = "none"  # what a server of one's own is sent: the client insists on some key


@dataclass(frozen=True)
class Provider:
    """One provider.

    Parameters
    ----------
    name : str
        As in ``provider:model``.
    package, extra : str
        Module that LangChain needs for it, and the extra that installs it ("" where none of ours does).
    key : str
        Environment variable of its key; empty where there is none.
    ways : tuple of Way
        How an answer is made to keep a schema, the best first.
    """

    name: str
    package: str
    extra: str
    key: str
    ways: tuple[Way, ...] = ("function_calling", "instructions")

    @property
    def speaks_openai(self) -> bool:
        """Whether its client is OpenAI's, for a server that may be anybody's."""
        return self.package == "langchain_openai"

    def options(self, seconds: float, most_tokens: int, left_out: Set[str]) -> dict[str, Any]:
        """Arguments of its client for time, length and chance; tries are ours to count.

        Parameters
        ----------
        seconds : float
        most_tokens : int
            Of a reply.
        left_out : set of str
            Arguments that the server does not take.
        """
        steady = {} if "temperature" in left_out else {"temperature": 0}
        if self.name == "ollama":
            return {"client_kwargs": {"timeout": seconds}, "num_predict": most_tokens, **steady}
        limits: dict[str, Any] = {"timeout": seconds, "max_tokens": most_tokens, "max_retries": 0, **steady}
        return limits | ({"stream_usage": "stream_options" not in left_out} if self.speaks_openai else {})

    def bound(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Arguments of a request that make the answer keep a schema, for the way "json_schema"."""
        if self.name == "ollama":
            return {"format": schema}
        return {"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}}


_ALL_WAYS: tuple[Way, ...] = ("json_schema", "function_calling", "instructions")
PROVIDERS = {
    p.name: p
    for p in (
        Provider("openai", "langchain_openai", "llm", "OPENAI_API_KEY", _ALL_WAYS),
        Provider("anthropic", "langchain_anthropic", "anthropic", "ANTHROPIC_API_KEY"),
        Provider("google_genai", "langchain_google_genai", "google", "GOOGLE_API_KEY"),
        Provider("ollama", "langchain_ollama", "ollama", "", ("json_schema", "instructions")),
    )
}


def find_provider(model: str) -> tuple[Provider, str]:
    """Read ``provider:model``.

    Raises
    ------
    SettingError
        When it is not of this form, or the provider is not known.
    """
    name, colon, rest = model.partition(":")
    if not colon or not rest.strip():
        raise SettingError(f"The chat model {model!r} cannot be read.", mend="Write it like openai:gpt-5-mini.")
    if name not in PROVIDERS:
        near = nearest(name, PROVIDERS)
        mend = (
            f"Did you mean {near}:{rest}?"
            if near
            else f"Known: {', '.join(PROVIDERS)}; openai with --llm-url for a server of your own."
        )
        raise SettingError(f"There is no provider {name!r} of chat models.", mend=mend)
    return PROVIDERS[name], rest


def check_provider(provider: Provider, url: str | None) -> None:
    """See that its package is installed and its key is there, without a request.

    Raises
    ------
    MissingExtraError
        When the package is not installed.
    SettingError
        When there is no key, and no address of a server of one's own.
    """
    for package in ("langchain", provider.package):
        if not installed(package):
            raise missing(package, extra=provider.extra, purpose=f"A chat model of {provider.name}")
    if provider.key and url is None and secret(provider.key) is None:
        raise SettingError(
            f"There is no key for {provider.name}.",
            mend=f"Set the environment variable {provider.key} before Jupyter starts, or put it into the keyring.",
        )


def key_of(provider: Provider, url: str | None) -> Secret | None:
    """The key to send: the user's, or none of meaning to a server of one's own."""
    found = secret(provider.key) if provider.key else None
    return Secret(NO_KEY) if found is None and url is not None and provider.speaks_openai else found
