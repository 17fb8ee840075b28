"""A modality of another package: a column of colours such as #1e90ff, which becomes three numbers a colour."""

from mlestar_jupyter.core.task import Column
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.modalities.base import Advice, Encoding, Measured, Modality, Step
from mlestar_jupyter.modalities.techniques import TechniqueKind, singly

PATTERN, FORM = "#[0-9a-fA-F]{6}", "a colour"
IMPORTS = (
    "import pandas as pd",
    "from sklearn.impute import SimpleImputer",
    "from sklearn.pipeline import make_pipeline",
    "from sklearn.preprocessing import FunctionTransformer",
)
SOURCE = '''
def red_green_blue(X):
    """Three numbers a colour."""
    parts = {"red": slice(1, 3), "green": slice(3, 5), "blue": slice(5, 7)}
    return pd.DataFrame({
        f"{name} {part}": X[name].str[where].map(lambda text: int(text, 16), na_action="ignore").astype(float)
        for name in X
        for part, where in parts.items()
    })
'''
WARMTH = '''def add_warmth(X):
    """How much more red than blue a colour has."""
    new = {{}}
    for name in {names!r}:
        red, blue = (X[name].str[at].map(lambda text: int(text, 16), na_action="ignore") for at in (slice(1, 3), slice(5, 7)))
        new[f"{mark}{{name{conversion}}} warmth"] = red.astype(float) - blue.astype(float)
    return X.assign(**new)
'''


class Colours(Modality):
    """Colours as the web writes them."""

    name = "colour"

    def reading(self, raw):
        texts = raw.known_texts
        if texts.empty or texts.str.fullmatch(PATTERN).mean() < 0.9:
            return None
        return ColumnReading(raw.name, "text", pattern=PATTERN, form=FORM, example="#1e90ff")

    def detect(self, values, reading):
        return Column(reading.name, self.name, 0, 0.0) if reading.form == FORM else None

    def notices(self, columns, readings):
        yield f"Colours: {', '.join(c.name for c in columns)}."

    def figures(self, known):
        return {"lowest": known.min(), "highest": known.max()}

    def measured(self, values):
        return Measured(values.str[1:3].map(lambda text: int(text, 16), na_action="ignore").astype(float), True)

    def advice(self, columns):
        yield Advice("colours", "low", tuple(columns), "Colours", "They become red, green and blue.")

    def encoding(self, columns):
        names = [c.name for c in columns]
        expression = "make_pipeline(FunctionTransformer(red_green_blue), SimpleImputer())"
        return Encoding("COLOURS", "colours", names, [Step("colours", expression, names)], IMPORTS, SOURCE)

    def techniques(self):
        def write(naming, colours):
            return WARMTH.format(names=colours, mark=naming.mark, conversion=naming.conversion)

        def values(task):
            names = task.names(self.name)
            return {"colours": names} if names else None

        expression = "FunctionTransformer(add_warmth)"
        adds = singly("{} warmth", of="colours")
        return {"warmth": TechniqueKind(5, "warm and cold colours differ", write, expression, values, adds)}


COLOURS = Colours()
