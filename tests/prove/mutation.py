"""A small mutation runner: one small lie at a time in a module, and whether the tests notice.

Each mutant is tried in a child forked off before the room is imported: the child loads the lying module in place of the true one and
runs the tests until the first fails. A child that runs too long is ended: an endless loop is noticed too.
"""

from __future__ import annotations

import ast
import copy
import importlib.abc
import importlib.machinery
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

OPTIONS = ("-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:xdist", "-m", "not prove")
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OTHER: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult}


class Mutant(NamedTuple):
    """One lie: where, what, and the module's whole text with it."""

    module: str
    line: int
    what: str
    source: str


def mutants(module: str, file: Path) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    tree = ast.parse(file.read_text())
    skip = set(_untouched(tree))
    for place, node in enumerate(ast.walk(tree)):
        if id(node) in skip:
            continue
        for what, changed in _lies(node):
            lying = copy.deepcopy(tree)
            target = next(found for at, found in enumerate(ast.walk(lying)) if at == place)
            _replace(lying, target, changed)
            yield Mutant(module, getattr(node, "lineno", 0), what, ast.unparse(ast.fix_missing_locations(lying)))


def _untouched(tree: ast.Module) -> Iterator[int]:
    """What isn't code that decides: docstrings, annotations, imports, messages of errors."""
    for node in ast.walk(tree):
        parts: list[ast.AST] = []
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            parts = [node]
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            parts = [node.annotation]
        elif isinstance(node, ast.FunctionDef):
            parts = [node.returns] if node.returns is not None else []
        elif isinstance(node, ast.Raise | ast.ImportFrom | ast.Import | ast.Assert | ast.JoinedStr):
            parts = [node]
        for part in parts:
            yield from (id(inner) for inner in ast.walk(part))


def _lies(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in OPPOSITE:
        lie = copy.copy(node)
        lie.ops = [OPPOSITE[type(node.ops[0])]()]
        yield f"{type(node.ops[0]).__name__} -> {type(lie.ops[0]).__name__}", lie
    elif isinstance(node, ast.BoolOp):
        lie2 = copy.copy(node)
        lie2.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "and <-> or", lie2
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not taken away", node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in OTHER:
        lie3 = copy.copy(node)
        lie3.op = OTHER[type(node.op)]()
        yield f"{type(node.op).__name__} -> {type(lie3.op).__name__}", lie3
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Expr | ast.AugAssign | ast.Delete) or _sets_a_fact(node):
        yield "left out", ast.copy_location(ast.Pass(), node)
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield "returns None", ast.copy_location(ast.Return(ast.Constant(None)), node)
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        lie4 = copy.copy(node)
        lie4.test = ast.UnaryOp(ast.Not(), node.test)
        yield "condition turned", lie4


def _sets_a_fact(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name)


def _constants(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.value, bool):
        yield f"{node.value} turned", ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield f"{node.value} + 1", ast.Constant(node.value + 1)
    elif isinstance(node.value, str) and node.value:
        yield f"{node.value!r} misspelt", ast.Constant(node.value + "x")


def _replace(tree: ast.AST, target: ast.AST, changed: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, changed)
                return
            if isinstance(value, list) and any(item is target for item in value):
                value[next(at for at, item in enumerate(value) if item is target)] = changed
                return


class _Liar(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module from a given text."""

    def __init__(self, mutant: Mutant, file: Path) -> None:
        self._mutant, self._file = mutant, file

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._mutant.module:
            return None
        package = self._file.name == "__init__.py"
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=str(self._file), is_package=package)
        if package:
            spec.submodule_search_locations = [str(self._file.parent)]
        return spec

    def exec_module(self, module: object) -> None:
        exec(compile(self._mutant.source, str(self._file), "exec"), vars(module))


@dataclass(slots=True)
class Verdict:
    """What became of a mutant."""

    mutant: Mutant
    killed: bool
    seconds: float


def attempt(mutant: Mutant, file: Path, tests: Sequence[Sequence[str]], cpu_s: int) -> Verdict:
    """Run ``tests``, some after the others, on the lie in a child; killed when one fails, or the child took ``cpu_s`` of CPU time."""
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        _tell_the_lie(mutant, file, tests, cpu_s)
    _, status = os.waitpid(child, 0)
    return Verdict(mutant, status != 0, time.perf_counter() - start)


def _tell_the_lie(mutant: Mutant, file: Path, tests: Sequence[Sequence[str]], cpu_s: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    sys.meta_path.insert(0, _Liar(mutant, file))
    good = False
    try:
        good = all(pytest.main([*OPTIONS, *some]) == 0 for some in tests)
    finally:
        os._exit(0 if good else 1)
