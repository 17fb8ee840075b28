"""A table whose names, values and labels would do harm wherever they are taken for anything but text."""

import numpy as np
import pandas as pd

N_ROWS = 320


def code(canary):
    """Statements that leave a file where something runs them."""
    return f"open({str(canary)!r}, 'w')"


def hostile_table(canary):
    """Rows with a learnable target; what is not hostile by its name is so by its values."""
    random, run = np.random.default_rng(0), code(canary)
    a, b, c = random.normal(size=(3, N_ROWS))
    labels = np.array([f"no'''\n{run}\n'''<b>", f'yes"""\n{run}\n"""{{x}}'])
    kinds = np.array(["it's {red} $x$", f'"\n{run}\n"', "\\N{blue} \x1b[31m", "<script>alert(1)</script>", "None"])
    kind = random.integers(0, 5, N_ROWS)
    return pd.DataFrame(
        {
            "Price\n(USD)": a,
            f'"""\n{run}\n"""': b,
            f"'); {run} #": c,
            f"{{{run}}}": random.normal(size=N_ROWS),
            "cost_$ per unit_$": random.normal(size=N_ROWS),
            '[a] <b>, {c}: "d"': random.normal(size=N_ROWS),
            "Price\n(USD) per cost_$ per unit_$": random.integers(0, 9, N_ROWS),
            "float": random.normal(size=N_ROWS),
            "self": random.integers(0, 30, N_ROWS),
            "class": kinds[kind],
            "Field": random.choice(["int", "str", "import os", "%s %(x)s"], N_ROWS),
            f"{{{{ {run} }}}} {{% raw %}}": kinds[random.integers(0, 5, N_ROWS)],
            "ﬁ": random.normal(size=N_ROWS),
            "fi": random.normal(size=N_ROWS),
            "µ": random.normal(size=N_ROWS),
            "μ": random.normal(size=N_ROWS),
            "column_1": random.normal(size=N_ROWS),
            "x y": random.normal(size=N_ROWS),
            "C:\\users\\N": random.choice(["\\", "'", '"'], N_ROWS),
            "\x1b[31mred": random.normal(size=N_ROWS),
            f"at\n{run}": pd.date_range("2025-01-01", periods=N_ROWS, freq="7h").astype(str),
            f"at\n{run}_days": random.normal(size=N_ROWS),
            "<img src=x onerror=alert(1)>": [f"words__ of {i} <b> ${i}$ \"'" for i in range(N_ROWS)],
            "my__notes": [f"some {'good' if v > 0 else 'bad'} words, number {i} {{x}}" for i, v in enumerate(a)],
            f'y"""\n{run}\n"""': labels[(a + b + (kind == 1) + random.normal(scale=0.3, size=N_ROWS) > 0).astype(int)],
        }
    )
