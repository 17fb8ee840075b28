"""Columns of every type of pandas and Arrow, and tables of them: for tests that rows are read alike everywhere."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

WORDS = [
    "red",
    "green",
    "NA",
    "None",
    "1",
    "1.0",
    "07",
    "ünï",
    "a b",
    "q\"uo'te",
    "line\nbreak",
    "<b>x</b>",
    "{x}",
    "$y$",
    "-",
]
NAMES = [
    "x",
    "a b",
    'q"uote',
    "it's",
    "Ünï",
    "line\nbreak",
    "class",
    "{x}",
    "column_1",
    "Field",
    "float",
    "C:\\users",
    "<i>",
    "$a_b$",
    "n 1",
    "µ",
    "rows",
    "self",
]


def _numbers(random, n):
    return random.normal(size=n).round(3) * random.choice([1, 100, 1e-3])


def _whole(random, n):
    return random.integers(0, 90, n)


def _words(random, n):
    return random.choice(np.array(WORDS[: random.integers(2, len(WORDS))], dtype=object), n)


def _stamps(random, n):
    return pd.Timestamp("2019-03-01") + pd.to_timedelta(random.integers(0, 5 * 365 * 86400, n), unit="s")


def _spans(random, n):
    return pd.to_timedelta(random.integers(0, 10**6, n), unit="s")


def _of(values, dtype):
    return pd.Series(values).astype(dtype)


def _arrow(make, kind, plain=lambda v: v):
    return lambda random, n: pd.Series(pd.array([plain(v) for v in make(random, n)], dtype=pd.ArrowDtype(kind)))


def _objects(make, plain=lambda v: v):
    return lambda random, n: pd.Series([plain(v) for v in make(random, n)], dtype=object)


def _typed(make, dtype):
    return lambda random, n: _of(make(random, n), dtype)


def _marked(random, n):
    values = pd.Series([f"{v:.3f}" for v in _numbers(random, n)], dtype=object)
    return values.mask(random.random(n) < 0.08, random.choice(["?", "unknown", " ", "n/a"]))


def _mixed(random, n):
    return pd.Series([[1, "R", 2.5, 3.0, True][k] for k in random.integers(0, 5, n)], dtype=object)


def _bools(random, n):
    return random.random(n) < 0.5


def _periods(freq):
    return lambda random, n: pd.Series(_stamps(random, n).to_period(freq))


def _written(pattern):
    return lambda random, n: pd.Series(_stamps(random, n).strftime(pattern).to_numpy(), dtype=object)


PLAIN = {
    **{t: _typed(_whole, t) for t in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")},
    "float64": _typed(_numbers, "float64"), "float32": _typed(_numbers, "float32"), "float16": _typed(_numbers, "float16"),
    "bool": _typed(_bools, "bool"),
    "words": _objects(_words), "str": _typed(_words, "str"),
    "text numbers": _marked,
    "money": _objects(_numbers, lambda v: f"-${-v * 1e4:,.2f}" if v < 0 else f"${v * 1e4:,.2f}"),
    "percent": _objects(_numbers, lambda v: f"{v:.3f} %".replace("-", "−")),
    "european": _objects(_numbers, lambda v: f"{v * 1e4:,.1f} kg".translate(str.maketrans(",.", ".,"))),
    "brackets": _objects(_numbers, lambda v: f"({-v:.1f})" if v < 0 else f"{v:.1f}"),
    "clock": _objects(_whole, lambda v: f"{v % 24:02d}:{v % 60:02d}"),
    "spans": _objects(_whole, lambda v: f"{v}h {v % 60}m"),
    "places": _objects(_numbers, lambda v: f"{v / 1000 + 50:.5f}, {v / 1000 + 8:.5f}"),
    "datetime64[ns]": _typed(_stamps, "datetime64[ns]"), "datetime64[s]": _typed(_stamps, "datetime64[s]"),
    "iso dates": _written("%Y-%m-%d"), "iso times": _written("%Y-%m-%dT%H:%M:%S"), "day first": _written("%d/%m/%Y"),
    "points": _written("%d.%m.%Y %H:%M"), "names of months": _written("%d %B %Y"), "month first": _written("%m/%d/%Y"),
}  # fmt: skip
"""Columns that csv and JSON can hold; a table of them is the same in every format."""

OTHERS = {
    **{t: _typed(_whole, t) for t in ("Int8", "Int32", "Int64", "UInt16", "Sparse[int]")},
    **{t: _typed(_numbers, t) for t in ("Float32", "Float64", "Sparse[float]")},
    **{f"arrow {k}": _arrow(_whole, k, int) for k in (pa.int8(), pa.int64(), pa.uint16())},
    **{f"arrow {k}": _arrow(_numbers, k, float) for k in (pa.float32(), pa.float64())},
    "arrow decimal": _arrow(_numbers, pa.decimal128(12, 4), lambda v: Decimal(f"{v:.4f}")),
    "Decimal": _objects(_numbers, lambda v: Decimal(f"{v:.4f}")), "int objects": _objects(_whole, int),
    "boolean": _typed(_bools, "boolean"), "arrow bool": _arrow(_bools, pa.bool_(), bool), "bool objects": _objects(_bools, bool),
    "string": _typed(_words, "string"), "string[python]": _typed(_words, "string[python]"),
    "arrow string": _arrow(_words, pa.string()), "arrow large_string": _arrow(_words, pa.large_string()),
    "arrow dictionary": _arrow(_words, pa.dictionary(pa.int32(), pa.string())),
    "category": _typed(_words, "category"), "int category": _typed(_whole, "category"), "float category": _typed(_numbers, "category"),
    "bool category": _typed(_bools, "category"), "interval category": lambda r, n: pd.Series(pd.cut(_numbers(r, n), 4)),
    "interval": lambda r, n: pd.Series(pd.arrays.IntervalArray.from_breaks(np.arange(5.0))[r.integers(0, 4, n)]),
    "ordered category": lambda r, n: pd.Series(pd.Categorical(r.choice(["low", "high"], n), ["low", "high"], ordered=True)),
    "date category": lambda r, n: pd.Series(pd.Categorical(_stamps(r, n).normalize())), "time category": _typed(_stamps, "category"),
    "dates among texts": lambda r, n: _stamps(r, n).normalize().to_series(index=range(n)).astype(object).mask(r.random(n) < 0.3, "late"),
    "bytes": _objects(_words, lambda v: v.encode()), "arrow binary": _arrow(_words, pa.binary(), lambda v: v.encode()),
    "mixed": _mixed, "lists": _objects(_whole, lambda v: ["t"] * int(v % 4)), "arrays": _objects(_whole, lambda v: np.arange(v % 3)),
    "arrow list": _arrow(_whole, pa.list_(pa.int64()), lambda v: [1] * int(v % 4)),
    "sets": _objects(_whole, lambda v: {"k", int(v % 4)}), "dicts": _objects(_whole, lambda v: {"k": int(v % 4)}),
    "times": _objects(_whole, lambda v: datetime.time(int(v) % 24)), "arrow time": _arrow(_whole, pa.time64("us"), lambda v: datetime.time(int(v) % 24)),
    **{f"datetime64[{u}]": _typed(_stamps, f"datetime64[{u}]") for u in ("ms", "us")},
    "zoned": lambda r, n: pd.Series(_stamps(r, n)).dt.tz_localize("Asia/Tokyo"),
    "dates": _objects(_stamps, lambda v: v.date()), "datetimes": _objects(_stamps, lambda v: v.to_pydatetime()),
    "zoned objects": _objects(_stamps, lambda v: v.tz_localize(["UTC", "Asia/Tokyo"][v.second % 2])),
    "arrow date32": _arrow(_stamps, pa.date32(), lambda v: v.date()), "arrow timestamp": _arrow(_stamps, pa.timestamp("us")),
    "arrow zoned": _arrow(_stamps, pa.timestamp("ms", "Europe/Berlin"), lambda v: v.tz_localize("UTC")),
    **{f"period {f}": _periods(f) for f in ("M", "Q", "W", "D", "Y")},
    **{f"timedelta64[{u}]": _typed(_spans, f"timedelta64[{u}]") for u in ("s", "ms", "ns")},
    "arrow duration": _arrow(_spans, pa.duration("ms")), "timedeltas": _objects(_spans, lambda v: v.to_pytimedelta()),
    "nothing": lambda r, n: pd.Series([None] * n, dtype=object), "arrow null": lambda r, n: pd.Series(pd.array([None] * n, dtype=pd.ArrowDtype(pa.null()))),
    "complex names": lambda r, n: _of(_words(r, n), "str"),
}  # fmt: skip
KINDS = PLAIN | OTHERS
FORMATS = ("csv", "semicolon", "tsv", "csv.gz", "parquet", "feather", "jsonl", "json", "jsonl.gz")


@dataclass(frozen=True)
class Drawn:
    """What a table is made of; `frame` makes it."""

    kinds: tuple[str, ...]
    names: tuple[str, ...]
    n_rows: int
    gaps: tuple[float, ...]
    classes: int
    seed: int
    format: str
    recipe: bool

    def frame(self):
        random = np.random.default_rng(self.seed)
        made = {}
        for kind, name, gaps in zip(self.kinds, self.names, self.gaps, strict=True):
            values = KINDS[kind](random, self.n_rows)
            gap = random.random(self.n_rows) < gaps
            made[name] = _with_gaps(values, gap) if gap.any() else values
        return pd.DataFrame(made).assign(y=self._target(made, random))

    def _target(self, made, random):
        signal = random.normal(size=self.n_rows)
        for values in made.values():
            try:
                signal += 2 * (pd.factorize(values.astype(str))[0] % 3)
            except (TypeError, ValueError):
                continue
        if not self.classes:
            return signal
        labels = np.array(["no", "yes", "may be"][: self.classes], dtype=object)
        return labels[np.minimum(np.argsort(np.argsort(signal)) * self.classes // self.n_rows, self.classes - 1)]


def _with_gaps(values, gap):
    if isinstance(values.dtype, pd.SparseDtype):
        return pd.Series(np.where(gap, np.nan, np.asarray(values, dtype=float))).astype("Sparse[float]")
    return values.mask(gap)


@st.composite
def tables(draw, plain=False):
    kinds = draw(st.lists(st.sampled_from(sorted(PLAIN if plain else KINDS)), min_size=1, max_size=5))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=len(kinds), max_size=len(kinds), unique=True))
    gaps = draw(st.lists(st.sampled_from([0.0, 0.0, 0.15, 0.6]), min_size=len(kinds), max_size=len(kinds)))
    return Drawn(
        # one number at least, so that there is something to learn from
        ("float64", *kinds), ("steady", *names), draw(st.integers(40, 60)), (0.0, *gaps), draw(st.sampled_from([0, 2, 3])),
        draw(st.integers(0, 2**31)), draw(st.sampled_from(FORMATS)), draw(st.booleans()),
    )  # fmt: skip


def write(frame, path, kind):
    """Write a table in one of the formats; what a format cannot hold raises."""
    match kind:
        case "csv" | "csv.gz":
            frame.to_csv(path, index=False)
        case "semicolon":
            frame.to_csv(path, index=False, sep=";", decimal=",")
        case "tsv":
            frame.to_csv(path, index=False, sep="\t")
        case "parquet":
            frame.to_parquet(path)
        case "feather":
            frame.to_feather(path)
        case "json":
            frame.to_json(path, orient="records", date_format="iso", double_precision=15)
        case _:
            frame.to_json(path, orient="records", lines=True, date_format="iso", double_precision=15)


def ending(kind):
    return "csv" if kind == "semicolon" else kind
