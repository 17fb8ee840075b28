"""Recipes: build the source of blocks for a task, written like a good data scientist's cells.

One module a block; they are gathered here.
"""

from mlestar_jupyter.knowledge.cleaning import cleaning, least_cleaning
from mlestar_jupyter.knowledge.feature_techniques import feature_techniques
from mlestar_jupyter.knowledge.features import (
    feature_steps,
    features,
    features_behind,
    features_none,
    written_techniques,
)
from mlestar_jupyter.knowledge.model_variants import (
    averaged_over_seeds,
    balanced,
    calibrated_inside,
    jittered,
    on_log_target,
    replacements,
    under_sampled,
)
from mlestar_jupyter.knowledge.models import growth_column, hyperparameters, model, plain_model, replaced_by
from mlestar_jupyter.knowledge.preprocessing import encodings, preprocessing
from mlestar_jupyter.knowledge.validation import plain_validation, validation
from mlestar_jupyter.modalities.techniques import Technique

__all__ = [
    "Technique",
    "averaged_over_seeds",
    "balanced",
    "calibrated_inside",
    "cleaning",
    "encodings",
    "feature_steps",
    "feature_techniques",
    "features",
    "features_behind",
    "features_none",
    "growth_column",
    "hyperparameters",
    "jittered",
    "least_cleaning",
    "model",
    "on_log_target",
    "plain_model",
    "plain_validation",
    "preprocessing",
    "replaced_by",
    "replacements",
    "under_sampled",
    "validation",
    "written_techniques",
]
