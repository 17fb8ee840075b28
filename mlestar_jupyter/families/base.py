"""A family of models: all that the package knows of it, in one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mlestar_jupyter.environment import installed, missing
from mlestar_jupyter.families.space import Settings, Space

Peers = Literal["boosting", "forest"]


@dataclass(frozen=True)
class Stopping:
    """How a library stops early, as pieces of the source of a ``model`` block; ``{rounds}`` is filled in.

    Parameters
    ----------
    constructor : str
        Arguments of the estimator itself.
    fit : str
        Arguments of its ``fit``, given ``X_apart`` and ``y_apart``.
    imports : str
        What is imported from the library beside the estimator.
    """

    constructor: str
    fit: str
    imports: str = ""


@dataclass(frozen=True)
class Replacement:
    """Another estimator that refinement tries in the place of one of the family.

    Parameters
    ----------
    label, reason : str
        As shown with the proposal.
    problems : tuple of str
        Problem types that it is for.
    imports : tuple of str
        The import lines.
    call : str
        It gets no parameters.
    title, comment : str
        Of the ``model`` block.
    """

    label: str
    reason: str
    problems: tuple[str, ...]
    imports: tuple[str, ...]
    call: str
    title: str
    comment: str


@dataclass(frozen=True, eq=False)
class Family:
    """A family of models.

    Parameters
    ----------
    name : str
    title : str
        For people.
    calls : tuple of str
        The estimators by which it is recognised: top-level package and class, as in ``"sklearn.Ridge"``.
    space : mapping
        What is tuned; empty where nothing is.
    known : tuple of mapping
        Settings to try before any search.
    why_known : str
        Reason that is shown with them.
    defaults : mapping
        The library's defaults of what is tuned and no card sets.
    counts : tuple of str
        Numbers of trees or rounds: with early stopping they are limits, and not tuned.
    rate : str
        Argument that is raised where there are fewer rounds; empty where rounds do not build on one another.
    highest_rate : float
        To which it is raised at most.
    takes_gaps, takes_categories : bool
        Whether the estimator takes missing values, and columns of categories as they are.
    weights : str
        Argument that weighs classes by their rarity, as source; empty where there is none.
    weighs_rows : bool
        Whether rows are weighed where it is fitted, for want of such an argument.
    stopping : Stopping or None
    refuses : callable or None
        Whether the library refuses a table with such column names.
    replacements : tuple of Replacement
    peers : {"boosting", "forest"} or None
        Among which refinement puts it in the place of another.
    swap, growth_swap : str
        Ids of the cards by which it does so, on the target and on the target over its growth; empty: it does not.
    max_rows, max_columns : int or None
        Beyond them it takes too long to be put in the place of another; beyond `max_rows` to be tuned, too.
    package, extra : str
        The module that must be installed, and the extra of this package that brings it; empty: always there.
    card : mapping
        Card of the knowledge base, by which a family of another package is ranked and drafted; see `Approach`.
    """

    name: str
    title: str
    calls: tuple[str, ...]
    space: Space = field(default_factory=dict)
    known: tuple[Settings, ...] = ()
    why_known: str = "settings that did well on other tables"
    defaults: Settings = field(default_factory=dict)
    counts: tuple[str, ...] = ()
    rate: str = ""
    highest_rate: float = 0.3
    takes_gaps: bool = False
    takes_categories: bool = False
    weights: str = ""
    weighs_rows: bool = False
    stopping: Stopping | None = None
    refuses: Callable[[Sequence[str]], bool] | None = None
    replacements: tuple[Replacement, ...] = ()
    peers: Peers | None = None
    swap: str = ""
    growth_swap: str = ""
    max_rows: int | None = None
    max_columns: int | None = None
    package: str = ""
    extra: str = ""
    card: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_installed(self) -> bool:
        """Whether the package that it needs is there."""
        return not self.package or installed(self.package)

    def takes_size(self, n_rows: int, n_columns: int) -> bool:
        """Whether a table of this size is within its limits."""
        return n_rows <= (self.max_rows or n_rows) and n_columns <= (self.max_columns or n_columns)

    def check_installed(self) -> None:
        """Check that its package is there.

        Raises
        ------
        MissingExtraError
            Naming the package and how to get it.
        """
        if not self.is_installed:
            raise missing(self.package, extra=self.extra, purpose=self.title)
