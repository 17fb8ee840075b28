"""The tables of `tests.planners.tables` under other names, and all sources that recipes write for a task."""

from dataclasses import replace

import numpy as np

from mlestar_jupyter.core.task import Column
from mlestar_jupyter.ensembles.strategies import strategies
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.knowledge.approach import load_approaches
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.planners.variants import PREPROCESSING_REASONS
from tests.planners.tables import COLUMNS, N_ROWS, make_table, make_task

PLAIN = tuple(c.name for c in COLUMNS)
PLANNER = RecipePlanner()


def renamed_task(names, more=(), *, problem="binary", time=None, group=None):
    """The usual task, its columns under other names, and numeric columns behind them."""
    new = dict(zip(PLAIN, names, strict=True))
    columns = [replace(c, name=new[c.name]) for c in COLUMNS]
    columns += [Column(name, "numeric", N_ROWS, 0.0) for name in more]
    task = make_task(problem)
    return replace(task, columns=tuple(columns), time=new.get(time), group=new.get(group))


def renamed_table(names, more=(), *, problem="binary"):
    """The rows of that task."""
    X, y = make_table(problem)
    X = X.rename(columns=dict(zip(PLAIN, names, strict=True)))
    random = np.random.default_rng(1)
    for name in more:
        X[name] = random.normal(size=N_ROWS)
    return X, y


def sources(task):
    """Every source that recipes write for a task, by what it is."""
    found = {
        "cleaning": recipes.cleaning(task),
        "cleaning codes": recipes.cleaning(task, codes=True),
        "cleaning neutral": PLANNER.neutral(task, PLANNER.baselines(task)[1].solution, "cleaning"),
    }
    techniques = recipes.feature_techniques(task)
    found |= {f"features {name}": recipes.features([t]) for name, t in techniques.items()}
    found["features all"] = recipes.features(list(techniques.values()))
    found["features behind"] = recipes.features_behind(recipes.features_none(), list(techniques.values()))
    found |= {f"preprocessing {kind}": recipes.preprocessing(task, kind) for kind in PREPROCESSING_REASONS}
    for strategy in ("mean", "weighted", "stacking", "dynamic", "experts"):
        found[f"ensemble {strategy}"] = strategies()[strategy].source(task, [0.5, 0.5])
    for card in load_approaches():
        own = {"binary": "classification", "regression": "regression"}[task.problem]
        if card.kind == "model" and own in card.recipe:
            if card.recipe.get("growth") and recipes.growth_column(task) is None:
                continue
            source, parameters = recipes.model(task, card.recipe)
            found |= {f"model {card.id}": source, f"hyperparameters {card.id}": parameters}
            found[f"model {card.id} instead"] = recipes.replaced_by(task, card.recipe)
    return found
