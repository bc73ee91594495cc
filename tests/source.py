"""The integration's own source code, as the checks of `test_hassfest` see it.

Lives here: syntax trees, and what an expression in them can be at run time. Not here:
what is right or wrong.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
import importlib
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]
OURS = ROOT / "custom_components" / "zkteco"

type Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One module."""

    path: Path

    @property
    def name(self) -> str:
        """Return the path inside of the integration, without the suffix."""
        return self.path.relative_to(OURS).with_suffix("").as_posix()

    @cached_property
    def tree(self) -> ast.Module:
        """Return the syntax tree."""
        return ast.parse(self.path.read_text(encoding="utf-8"))

    @cached_property
    def module(self) -> ModuleType:
        """Return the imported module."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return importlib.import_module(".".join(parts).removesuffix(".__init__"))

    def place(self, node: ast.AST) -> str:
        """Return where a node is, for people."""
        return f"{self.name}:{getattr(node, 'lineno', '?')}"

    def functions(self) -> Iterator[Function]:
        """Yield every function and method."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def calls(self, *names: str, within: ast.AST | None = None) -> Iterator[ast.Call]:
        """Yield the calls of functions and methods by name."""
        for node in ast.walk(within or self.tree):
            if isinstance(node, ast.Call) and called(node) in names:
                yield node

    def classes(self, base: str) -> Iterator[ast.ClassDef]:
        """Yield the classes with a base class whose name starts so."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef) and any(
                name_of(item).startswith(base) for item in node.bases
            ):
                yield node

    def value(self, node: ast.expr) -> object:
        """Return what an expression of module-level names is; None if it is not one."""
        code = compile(ast.Expression(node), str(self.path), "eval")
        try:
            # Nothing but our own source gets here.
            return eval(code, dict(vars(self.module)))  # noqa: S307
        except NameError, AttributeError:
            return None

    def strings(self, node: ast.expr | None, within: ast.AST) -> set[str]:
        """Return every string that an expression in a function can be.

        Follows module-level names, local assignments, loops over module-level tables,
        and parameters to their callers. What only the run time knows is left out.
        """
        match node:
            case None:
                return set()
            case ast.IfExp():
                return self.strings(node.body, within) | self.strings(
                    node.orelse, within
                )
            case ast.Name() if not hasattr(self.module, node.id):
                return self._local_strings(node.id, within)
            case ast.Call(func=ast.Name(id="str")):
                return self.strings(node.args[0], within)
            case ast.Call() | ast.JoinedStr() | ast.Subscript():
                return set()
        value = self.value(node)
        return {str(value)} if isinstance(value, str) else set()

    def _local_strings(self, name: str, within: ast.AST) -> set[str]:
        """Return every string that a local name can be."""
        found: set[str] = set()
        for node in ast.walk(within):
            match node:
                case ast.Assign(targets=[ast.Name(id=target)]) if target == name:
                    found |= self.strings(node.value, within)
                case ast.For() | ast.comprehension():
                    found |= self._row_strings(name, node.target, node.iter)
        for function in self.functions():
            if within in ast.walk(function) or function is within:
                found |= self._argument_strings(name, function)
        return found

    def _row_strings(self, name: str, target: ast.expr, table: ast.expr) -> set[str]:
        """Return what a loop variable becomes."""
        rows = self.value(table)
        if not isinstance(rows, list | tuple):
            return set()
        match target:
            case ast.Name(id=variable) if variable == name:
                return {str(row) for row in rows if isinstance(row, str)}
            case ast.Tuple(elts=elements):
                return {
                    str(row[index])
                    for index, element in enumerate(elements)
                    if name_of(element) == name
                    for row in rows
                    if isinstance(row[index], str)
                }
        return set()

    def _argument_strings(self, name: str, function: Function) -> set[str]:
        """Return what the callers of a function pass for a parameter."""
        arguments = [*function.args.posonlyargs, *function.args.args]
        positions = [argument.arg for argument in arguments]
        if name not in positions:
            return set()
        index = positions.index(name) - (positions[0] in ("self", "cls"))
        found: set[str] = set()
        for caller in self.functions():
            for call in self.calls(function.name, within=caller):
                argument = keyword(call, name)
                if argument is None and index < len(call.args):
                    argument = call.args[index]
                found |= self.strings(argument, caller)
        return found


def name_of(node: ast.AST) -> str:
    """Return the last part of a name: `cv` of `cv`, `string` of `cv.string`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return name_of(value)
    return ""


def called(call: ast.Call) -> str:
    """Return the name of the function that is called."""
    return name_of(call.func)


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """Return a keyword argument; None if it is not given."""
    return next((item.value for item in call.keywords if item.arg == name), None)


def spread(call: ast.Call) -> bool:
    """Return whether a call gets keyword arguments from a mapping."""
    return any(item.arg is None for item in call.keywords)


def modules(folder: Path = OURS) -> list[Source]:
    """Return the modules of a folder and its sub-folders."""
    return [Source(path) for path in sorted(folder.rglob("*.py"))]


def rooms() -> list[Source]:
    """Return the modules that belong to Home Assistant, not to the protocols."""
    return [source for source in modules() if not source.name.startswith("protocol/")]


def flat(data: object, prefix: str = "") -> dict[str, str]:
    """Return nested texts with dotted keys."""
    if isinstance(data, Mapping):
        return {
            key: text
            for name, value in data.items()
            for key, text in flat(value, f"{prefix}.{name}" if prefix else name).items()
        }
    return {prefix: str(data)}
