"""What a scripted chat model says in each role: sources that really fit, one that fails, and repairs for it."""

from collections import Counter

from tests.agents_for_tests import BAYES, BROKEN, CONTRACTS, FOREST, VOTE
from tests.planners.llm.server import Request, role_of

RATIO = (
    "from sklearn.preprocessing import FunctionTransformer\n\n\n"
    "def add_ratio(X):\n    return X.assign(ratio{n}=X.notna().sum(axis=1))\n\n\n"
    "def make_features():\n    return FunctionTransformer(add_ratio)"
)


class ScriptedModel:
    """Answers by role; `asked` counts the calls of each."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def __call__(self, request: Request) -> dict:
        role = role_of(request)
        self.asked[role] += 1
        return getattr(self, f"_{role}")(request, self.asked[role])

    def _retriever(self, _, __):
        models = [
            {"title": "Random forest", "sketch": "A forest of shallow trees.", "reason": "mixed columns"},
            {"title": "Naive Bayes", "sketch": "GaussianNB on all columns.", "reason": "few rows"},
        ]
        return {"models": models}

    def _initial(self, request, _):
        source = BROKEN if "Naive Bayes" in request.prompt else FOREST.format(trees=20)
        label = "bayes" if "Naive Bayes" in request.prompt else "forest"
        return {"label": label, "reason": "as found", "model": source, "hyperparameters": "PARAMS = {}"}

    def _debugger(self, _, __):
        return {"block": "model", "reason": "no error", "source": BAYES}

    def _merger(self, _, number):
        model = FOREST.format(trees=30 + number)
        return {"label": "merged", "reason": "both", "model": model, "hyperparameters": "PARAMS = {}"}

    def _data_usage(self, _, __):
        return {"ignored": [], "block": "none"}

    def _leakage(self, _, __):
        return {"block": "none"}

    def _ablation(self, _, __):
        return {"changes": [{"block": "cleaning", "label": "numbers only", "reason": "", "source": CONTRACTS}]}

    def _summariser(self, _, __):
        return {"summary": "The cleaning matters most."}

    def _extractor(self, _, number):
        return {"block": ("cleaning", "features", "model")[(number - 1) % 3], "plan": "Use contract and service."}

    def _planner(self, _, number):
        return {"plan": f"Try another version, number {number}."}

    def _coder(self, request, number):
        block = next(b for b in ("cleaning", "features", "model") if f"the block {b}" in request.prompt)
        sources = {
            "cleaning": f"{CONTRACTS}  # {number}",
            "features": RATIO.format(n=number),
            "model": FOREST.format(trees=40 + number),
        }
        return {"label": f"version {number}", "source": sources[block]}

    def _ensemble_planner(self, _, number):
        return {"plan": f"Vote by probabilities, number {number}."}

    def _ensembler(self, _, number):
        return {"label": "vote", "source": f"{VOTE.format(weights=None)}  # {number}"}
