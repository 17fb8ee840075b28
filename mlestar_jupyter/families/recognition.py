"""Recognise the family of a ``model`` block by the estimator that its code makes; texts and comments say nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mlestar_jupyter.families.base import Family
from mlestar_jupyter.families.names import Names, read_names
from mlestar_jupyter.families.registry import families
from mlestar_jupyter.families.space import Settings, Space

_MAKER = "make_model"
_BESIDE = frozenset({"cv", "scoring", "transformer", "kernel", "memory", "func", "inverse_func", "voting"})
"""Arguments of a model around another that are no model."""
_PIPELINES = frozenset({"make_pipeline", "Pipeline"})
_RETURNING_ITSELF = frozenset({"set_params", "set_output"})
_ADDING = frozenset({"append", "extend", "update"})
_STOPS = "StopsEarly"


@dataclass(frozen=True)
class Made:
    """A call that makes an estimator of a family.

    Parameters
    ----------
    family : Family
    call : ast.Call
    passes : bool
        Whether it is given the parameters of ``make_model`` as they are.
    given : mapping
        By the name of each argument that the call sets itself: whether it takes it from the parameter of that name.
    """

    family: Family
    call: ast.Call
    passes: bool
    given: Mapping[str, bool]

    def tunes(self, name: str) -> bool:
        """Whether the parameter of this name reaches the estimator."""
        return self.given.get(name, self.passes)


@dataclass(frozen=True)
class Recognised:
    """What a ``model`` block makes.

    Parameters
    ----------
    made : tuple of Made
        Estimators of known families, whatever stands around them.
    is_whole : bool
        Whether these are all: no other estimator is made.
    classes : frozenset of str
        The block's own classes that are used.
    """

    made: tuple[Made, ...]
    is_whole: bool
    classes: frozenset[str]

    @property
    def families(self) -> tuple[Family, ...]:
        """The families of its estimators, each once."""
        return tuple(dict.fromkeys(made.family for made in self.made))

    @property
    def family(self) -> Family | None:
        """The family, where all estimators are of one."""
        return self.families[0] if self.is_whole and len(self.families) == 1 else None

    @property
    def takes_gaps(self) -> bool:
        """Whether all of its estimators take missing values."""
        return bool(self.made) and self.is_whole and all(family.takes_gaps for family in self.families)

    @property
    def space(self) -> Space:
        """What of the family's space reaches the estimator; empty where nothing does.

        What the block sets itself is not to be searched: given twice, it would be an error.
        """
        if self.family is None:
            return {}
        reached = [made for made in self.made if made.passes or any(made.given.values())]
        limits = self.family.counts if _STOPS in self.classes else ()
        return {
            name: part
            for name, part in self.family.space.items()
            if name not in limits and reached and all(made.tunes(name) for made in reached)
        }

    @property
    def known(self) -> tuple[Settings, ...]:
        """The family's known good settings, of what reaches the estimator."""
        space = self.space
        known = self.family.known if self.family is not None and space else ()
        return tuple({name: value for name, value in settings.items() if name in space} for settings in known)


def recognise(source: str) -> Recognised:
    """Read what a ``model`` block makes.

    Parameters
    ----------
    source : str
        That parses.
    """
    return _Reader(ast.parse(source)).read()


def family_of(imports: Iterable[str], estimator: str) -> Family | None:
    """Find the family of an estimator by its name under some import lines."""
    source = "\n".join([*imports, f"def {_MAKER}(**params):", f"    return {estimator}(**params)"])
    return recognise(source).family


@dataclass(frozen=True, eq=False)
class _Scope:
    """Where an expression stands: what its names were assigned, and which of them hold parameters."""

    values: dict[str, list[tuple[ast.expr, _Scope]]] = field(default_factory=dict)
    parameters: set[str] = field(default_factory=set)


class _Reader:
    """Follows what ``make_model`` returns down to the estimators."""

    def __init__(self, tree: ast.Module) -> None:
        self._names: Names = read_names(tree)
        self._claims = {call: family for family in families().values() for call in family.calls}
        self._made: list[Made] = []
        self._is_whole = True
        self._open: set[int] = set()
        self._module = _Scope()
        for node in tree.body:
            self._assign(node, self._module)

    def read(self) -> Recognised:
        """Read the block."""
        maker = self._names.functions.get(_MAKER)
        if maker is not None:
            self._enter(maker, _Scope(parameters={a.arg for a in _arguments(maker.args)}))
        for value, _ in self._module.values.get(_MAKER, ()):
            self._call(ast.Call(value, [], [ast.keyword(None, ast.Name("params"))]), _Scope(parameters={"params"}))
        return Recognised(tuple(self._made), self._is_whole, frozenset(self._names.classes) & self._names.used)

    def _enter(self, function: ast.FunctionDef, scope: _Scope) -> None:
        """Read what a function returns, once its assignments are known."""
        for node in _statements(function):
            self._assign(node, scope)
        for node in _statements(function):
            if isinstance(node, ast.Return) and node.value is not None:
                self._value(node.value, scope)

    def _assign(self, node: ast.AST, scope: _Scope) -> None:
        """Keep what a statement assigns, or appends, to a name."""
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                scope.values.setdefault(name, []).append((value, scope))
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                scope.values.setdefault(name, []).append((value, scope))
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr), args=[value])) if (
                attr in _ADDING
            ):
                scope.values.setdefault(name, []).append((value, scope))
            case _:
                return
        if _mentions(value, scope.parameters):
            scope.parameters.add(name)

    def _value(self, node: ast.expr, scope: _Scope) -> bool:
        """Read the estimators in an expression; whether there are any."""
        if id(node) in self._open:
            return False
        self._open.add(id(node))
        try:
            return self._read_value(node, scope)
        finally:
            self._open.discard(id(node))

    def _read_value(self, node: ast.expr, scope: _Scope) -> bool:
        match node:
            case ast.Call():
                return self._call(node, scope)
            case ast.Name(id=name):
                values = scope.values.get(name) or self._module.values.get(name, [])
                return self._values([(v, s) for v, s in values])
            case ast.Lambda(body=body):
                return self._value(body, scope)
        return self._values([(part, scope) for part in _parts(node)])

    def _values(self, nodes: Iterable[tuple[ast.expr, _Scope]]) -> bool:
        found = [self._value(node, scope) for node, scope in nodes]  # all of them, not only to the first
        return any(found)

    def _call(self, node: ast.Call, scope: _Scope) -> bool:
        """Read the estimators that a call makes, or is given."""
        match node.func:
            case ast.Attribute(value=value, attr=attr) if attr in _RETURNING_ITSELF:
                return self._value(value, scope)
            case ast.Name(id=name) if name in self._names.functions:
                return self._follow(self._names.functions[name], node, scope)
            case ast.Lambda(args=arguments, body=body):
                return self._value(body, _Scope(parameters={a.arg for a in _arguments(arguments)}))
        called = self._called(node.func, scope)
        if family := self._claims.get(_claim(called)):
            self._made.append(_made(family, node, scope.parameters))
            return True
        found = self._values((argument, scope) for argument in self._models(node, called))
        if not found and called.rpartition(".")[2][:1].isupper():
            self._is_whole = False
            return True
        return found

    def _called(self, node: ast.expr, scope: _Scope) -> str:
        """Name what is called in full; a class of the block's own by what it derives from."""
        if isinstance(node, ast.Name) and (values := scope.values.get(node.id) or self._module.values.get(node.id)):
            node = values[-1][0]
        return self._names.base(node)

    def _models(self, node: ast.Call, called: str) -> list[ast.expr]:
        """Arguments of a call that may be models: of a pipeline, its last step."""
        found = [*node.args, *(k.value for k in node.keywords if k.arg not in _BESIDE)]
        if called.rpartition(".")[2] not in _PIPELINES:
            return found
        steps = node.args or [k.value for k in node.keywords if k.arg == "steps"]
        if len(steps) == 1 and isinstance(steps[0], (ast.List, ast.Tuple)):
            steps = steps[0].elts
        return steps[-1:]

    def _follow(self, function: ast.FunctionDef, node: ast.Call, scope: _Scope) -> bool:
        """Read a function of the block's own with the arguments that it is given."""
        if id(function) in self._open:
            return False
        inner = _Scope()
        arguments = function.args
        places = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        given = [*zip(places, node.args, strict=False), *((k.arg, k.value) for k in node.keywords if k.arg)]
        for name, value in given:
            inner.values.setdefault(name, []).append((value, scope))
            if _mentions(value, scope.parameters):
                inner.parameters.add(name)
        if _passes(node, scope.parameters):
            inner.parameters.update({a.arg for a in _arguments(arguments)} - {name for name, _ in given})
        before = len(self._made), self._is_whole
        self._open.add(id(function))
        self._enter(function, inner)
        self._open.discard(id(function))
        return (len(self._made), self._is_whole) != before


def _made(family: Family, node: ast.Call, parameters: set[str]) -> Made:
    given = {k.arg: _takes(k.value, k.arg, parameters) for k in node.keywords if k.arg is not None}
    passes = not node.args and _passes(node, parameters)  # which parameters come first is not in the text
    return Made(family, node, passes, given)


def _takes(value: ast.expr, name: str, parameters: set[str]) -> bool:
    """Whether an argument's value is the parameter of its own name."""
    for node in ast.walk(value):
        match node:
            case ast.Name(id=found) if found == name and name in parameters:
                return True
            case (
                ast.Subscript(value=ast.Name(id=held), slice=ast.Constant(value=found))
                | ast.Call(
                    func=ast.Attribute(value=ast.Name(id=held), attr="get" | "pop"),
                    args=[ast.Constant(value=found), *_],
                )
            ) if found == name and held in parameters:
                return True
    return False


def _passes(node: ast.Call, parameters: set[str]) -> bool:
    return any(k.arg is None and _mentions(k.value, parameters) for k in node.keywords)


def _mentions(node: ast.expr, names: set[str]) -> bool:
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    more = [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *more]


def _statements(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """All statements of a function in order, without those of functions and classes within."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            waiting[:0] = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr)]


def _parts(node: ast.expr) -> list[ast.expr]:
    """Expressions of which one is the value, or which the value gathers."""
    match node:
        case ast.IfExp(body=body, orelse=other):
            return [body, other]
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Dict(values=parts):
            return parts
        case ast.ListComp(elt=part, generators=loops) | ast.GeneratorExp(elt=part, generators=loops):
            return [part, *(loop.iter for loop in loops)]
        case ast.NamedExpr(value=part) | ast.Starred(value=part) | ast.Subscript(value=part):
            return [part]
    return []


def _claim(called: str) -> str:
    """A full name as families claim it: top-level package and class, whatever module lies between."""
    package, _, rest = called.partition(".")
    return f"{package}.{rest.rpartition('.')[2]}"
