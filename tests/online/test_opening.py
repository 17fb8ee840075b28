"""Which providers are made ready, from which keys and addresses."""

import base64
import sys
from types import SimpleNamespace

import pytest

from mlestar_jupyter.environment import Secret, secret, service_address, worker_environment
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.online.fetch import Fetcher
from mlestar_jupyter.online.providers import PROVIDERS, Online, open_online

pytestmark = pytest.mark.fast

NO_KEY = ["tavily", "arxiv", "semantic_scholar", "huggingface", "openml", "github"]


def online(keys=(), addresses=()):
    keys, addresses = dict(keys), dict(addresses)
    return Online(
        Fetcher(),
        lambda name: Secret(keys[name]) if name in keys else None,
        addresses.get,
    )


def names(providers):
    return [provider.name for provider in providers]


def test_by_default_those_that_need_no_key_are_asked():
    providers, notes = online().chosen(())
    assert (names(providers), notes) == (NO_KEY, [])


def test_key_and_address_add_the_others_but_not_duckduckgo():
    providers, _ = online({"KAGGLE_API_TOKEN": "t"}, {"MLESTAR_SEARXNG_URL": "https://s.example"}).chosen(())
    assert set(names(providers)) == {*PROVIDERS} - {"duckduckgo"}


def test_named_ones_alone_are_asked():
    assert names(online().chosen(("github", "duckduckgo"))[0]) == ["duckduckgo", "github"]


def test_named_one_without_its_key_is_a_note():
    providers, notes = online().chosen(("kaggle", "searxng", "arxiv"))
    assert names(providers) == ["arxiv"]
    assert notes == [
        "searxng: it needs MLESTAR_SEARXNG_URL, which is not set.",
        "kaggle: it needs KAGGLE_API_TOKEN, which is not set.",
    ]


def test_unknown_name_says_which_is_nearest():
    with pytest.raises(SettingError, match="Did you mean 'arxiv'"):
        online().chosen(("arxive",))


def test_address_that_is_none_on_the_web_is_refused():
    with pytest.raises(SettingError) as error:
        online(addresses={"MLESTAR_ARXIV_URL": "file:///etc"}).chosen(("arxiv",))
    assert str(error.value) == (
        "The environment variable MLESTAR_ARXIV_URL is no address on the web. Write it with http:// or https://."
    )


def test_password_in_an_address_goes_into_a_header():
    address = "https://ann:pa%2Fss@s.example:8443/x"
    ((provider,), _) = online(addresses={"MLESTAR_SEARXNG_URL": address}).chosen(("searxng",))
    assert provider.base == "https://s.example:8443/x"
    assert base64.b64decode(provider.key.reveal()) == b"ann:pa/ss"
    assert "pa" not in repr(provider).replace("mlestar_jupyter", "")


def test_environment_gives_keys_and_addresses(monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", " planted ")
    monkeypatch.setenv("MLESTAR_GITHUB_URL", "http://127.0.0.1:1/")
    ((provider,), _) = open_online().chosen(("github",))
    assert (provider.key.reveal(), provider.base) == ("planted", "http://127.0.0.1:1")
    assert service_address("MLESTAR_NOT_SET_URL", "https://own.example") == "https://own.example"


def test_keyring_is_asked_where_the_environment_has_no_key(monkeypatch):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    errors = SimpleNamespace(KeyringError=OSError)
    store = SimpleNamespace(
        errors=errors, get_password=lambda service, user: f"{service} {user}", __spec__=SimpleNamespace()
    )
    monkeypatch.setitem(sys.modules, "keyring", store)
    assert secret("HF_TOKEN").reveal() == "mlestar-jupyter HF_TOKEN"


def test_keyring_without_a_store_has_no_key(monkeypatch):
    def fail(service, user):
        raise OSError("no backend")

    monkeypatch.delenv("HF_TOKEN", raising=False)
    store = SimpleNamespace(errors=SimpleNamespace(KeyringError=OSError), get_password=fail, __spec__=SimpleNamespace())
    monkeypatch.setitem(sys.modules, "keyring", store)
    assert secret("HF_TOKEN") is None


def test_workers_get_no_key(monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "planted")
    assert "planted" not in str(worker_environment())


def test_key_shows_itself_nowhere():
    key = Secret("planted")
    assert "planted" not in f"{key} {key!r} {[key]} {vars(open_online())}"
    with pytest.raises(TypeError):
        key.__reduce__()
