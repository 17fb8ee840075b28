"""Search, as the registry lists it."""

from __future__ import annotations

from mlestar_jupyter.phases.base import Phase
from mlestar_jupyter.phases.search.settings import SearchSettings

SEARCH = Phase(
    name="search",
    summary="Find approaches that fit the task, with their evidence.",
    settings=SearchSettings,
    package=__package__,
    share=0.01,
    begins_anew=True,
)
