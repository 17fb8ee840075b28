"""Support vector machines: with a kernel, whose time grows with the square of the rows, and linear ones."""

from mlestar_jupyter.families.base import Family, Replacement
from mlestar_jupyter.families.space import Choice, Real

_PENALTIES = ({"C": 10.0}, {"C": 0.1}, {"C": 100.0})
_NYSTROEM = "from sklearn.kernel_approximation import Nystroem"
_PIPELINE = "from sklearn.pipeline import make_pipeline"
SUPPORT_VECTORS = Family(
    name="support_vectors",
    title="Support vector machine",
    calls=("sklearn.SVC", "sklearn.SVR"),
    space={"C": Real(0.01, 1000, log=True), "gamma": Choice(("scale", 0.001, 0.01, 0.1, 1.0))},
    known=tuple({**penalty, "gamma": "scale"} for penalty in _PENALTIES),
    why_known="regularisation in steps of ten",
    weights='class_weight="balanced"',
    replacements=(
        Replacement(
            label="approximate kernel",
            reason="a kernel by a sample of the rows: time grows with the rows, not with their square",
            problems=("binary", "multiclass"),
            imports=(_NYSTROEM, "from sklearn.linear_model import LogisticRegression", _PIPELINE),
            call="make_pipeline(Nystroem(random_state=0), LogisticRegression(max_iter=1000))",
            title="A linear model on a kernel that is approximated",
            comment="the kernel with a hundred rows stands for that with all (Williams & Seeger 2001)",
        ),
        Replacement(
            label="approximate kernel",
            reason="a kernel by a sample of the rows: time grows with the rows, not with their square",
            problems=("regression",),
            imports=(_NYSTROEM, "from sklearn.linear_model import Ridge", _PIPELINE),
            call="make_pipeline(Nystroem(random_state=0), Ridge())",
            title="A linear model on a kernel that is approximated",
            comment="the kernel with a hundred rows stands for that with all (Williams & Seeger 2001)",
        ),
    ),
    max_rows=20_000,
)
LINEAR_SUPPORT_VECTORS = Family(
    name="linear_support_vectors",
    title="Linear support vector machine",
    calls=("sklearn.LinearSVC", "sklearn.LinearSVR"),
    space={"C": Real(0.001, 100, log=True)},
    known=({"C": 0.1}, {"C": 10.0}, {"C": 0.01}),
    why_known="regularisation in steps of ten",
)
