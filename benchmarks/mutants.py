"""Python source → the same with one thing broken. Of rules it knows no more than how their levels read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
"""An order loses or gains its boundary; the negated condition turns it round."""
_OPERATIONS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}
_LEVELS = {
    "Severity": {"ERROR": "WARNING", "WARNING": "INFO", "INFO": "WARNING"},
    "Confidence": {"HIGH": "MEDIUM", "MEDIUM": "HIGH", "LOW": "HIGH"},
    "Mode": {"TRAINING": "INFERENCE", "INFERENCE": "TRAINING"},
    "Cause": {
        "UNWIRED": "UNREGISTERED",
        "UNREGISTERED": "UNWIRED",
        "INFERENCE_MODE": "LEARNING_PHASE",
        "LEARNING_PHASE": "MIXED_PHASE",
        "MIXED_PHASE": "LEARNING_PHASE",
    },
    "Need": {"VALUES": "SERVING", "GRAPH": "VALUES", "TRAINING": "VALUES", "STRUCTURE": "VALUES", "SERVING": "VALUES"},
}
_ARGUMENTS = {"repair", "evidence", "related", "is_part_absent", "explains", "thresholds"}
"""What a claim or a rule can be made without, and then says less."""
_OF_TYPES = {"annotation", "returns"}
"""Fields of the syntax that nothing runs."""


class Mutant(NamedTuple):
    """A source with one thing broken."""

    line: int
    what: str
    """What was done, such as ``negated: layer.updates``."""
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of ``source``, in the order of its lines. Its docstrings stay."""
    tree = ast.parse(source)
    yield from sorted(_mutants(tree, tree), key=lambda mutant: mutant.line)


def _mutants(tree: ast.Module, node: ast.AST) -> Iterator[Mutant]:
    for field, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for place, child in enumerate(children):
            if not isinstance(child, ast.AST) or isinstance(child, ast.Assert) or field in _OF_TYPES:
                continue
            for what, changed in _changes(child):
                before = (*children[:place], child, *children[place + 1 :])
                after = [*before[:place], changed, *before[place + 1 :]]
                setattr(node, field, after if isinstance(value, list) else changed)
                yield Mutant(getattr(child, "lineno", getattr(node, "lineno", 0)), what, ast.unparse(tree))
                setattr(node, field, value)
            yield from _mutants(tree, child)


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield what can be broken at ``node`` itself, and what it becomes."""
    yield from _conditions(node)
    yield from _operations(node)
    yield from _values(node)
    yield from _statements(node)


def _conditions(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.If(test, body, orelse):
            yield f"negated: {ast.unparse(test)}", ast.If(_not(test), body, orelse)
        case ast.IfExp(test, body, orelse):
            yield f"negated: {ast.unparse(test)}", ast.IfExp(_not(test), body, orelse)
        case ast.comprehension(target, iterated, [_, *_] as tests, is_async):
            shown = " and ".join(ast.unparse(test) for test in tests)
            yield f"not filtered by: {shown}", ast.comprehension(target, iterated, [], is_async)


def _operations(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    text = ast.unparse(node)
    match node:
        case ast.Compare(left, [first, *others], comparators):
            yield f"another comparison: {text}", ast.Compare(left, [_COMPARISONS[type(first)](), *others], comparators)
        case ast.BoolOp(operator, values):
            yield f"and for or, or the reverse: {text}", ast.BoolOp(_other(operator), values)
        case ast.UnaryOp(ast.Not(), operand):
            yield f"without not: {text}", operand
        case ast.BinOp(left, operator, right) if type(operator) in _OPERATIONS:
            yield f"another operation: {text}", ast.BinOp(left, _OPERATIONS[type(operator)](), right)


def _values(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    text = ast.unparse(node)
    match node:
        case ast.Constant(bool(value)):
            yield f"not {text}", ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):
            yield f"another number: {text}", ast.Constant(value * 2 or 1)
        case ast.Attribute(ast.Name(kind), level) if level in _LEVELS.get(kind, {}):
            other = _LEVELS[kind][level]
            yield f"{kind}.{other} for {text}", ast.Attribute(ast.Name(kind), other)
        case ast.Name(name) if name in _NAMES:
            yield f"{_NAMES[name]} for {name}", ast.Name(_NAMES[name])


def _statements(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Return(None) | ast.Continue():
            yield f"without {ast.unparse(node)}", ast.Pass()
        case ast.Call(function, arguments, keywords):
            for keyword in keywords:
                if keyword.arg in _ARGUMENTS:
                    fewer = [other for other in keywords if other is not keyword]
                    yield f"without {ast.unparse(keyword)}", ast.Call(function, arguments, fewer)


def _not(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _other(operator: ast.boolop) -> ast.boolop:
    return ast.Or() if isinstance(operator, ast.And) else ast.And()
