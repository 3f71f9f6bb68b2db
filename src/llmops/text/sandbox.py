"""The Jinja2 environment that templates of the workspace run in.

Three fences. Parsing: only an allow-listed part of the language, and includes by literal name. Compiling: the tree is
rewritten so that loops, includes, literals, slices and `~` pay the budget. Running: attributes, methods and callables are
allow-listed by type, and operators that can grow a value are checked before they work. The plain sandbox of Jinja2 renders
100 MB from twenty characters; see tests/text/test_sandbox.py for what is refused here.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Never, cast

from jinja2 import nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.runtime import Context, LoopContext, Macro, StrictUndefined, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Namespace
from jinja2.visitor import NodeTransformer

from llmops.core.hashing import Json
from llmops.text.budget import MAX_DEPTH, LimitExceeded, allow_text, as_text, paid, spend, ticking
from llmops.text.filters import (
    FILTERS,
    FUNCTIONS,
    TESTS,
    Method,
    add,
    join_text,
    modulo,
    multiply,
    power,
    replace_text,
    slice_of,
)

MAX_SOURCE: Final = 200_000
MAX_NESTING: Final = 100

_TICK, _CONCAT, _SLICE, _WEIGH, _SPEND = "·tick", "·concat", "·slice", "·weigh", "·spend"  # names no template can write

_METHODS: Final[Mapping[type, frozenset[str]]] = {
    str: frozenset({
        "upper", "lower", "title", "capitalize", "strip", "lstrip", "rstrip", "startswith", "endswith", "split", "rsplit",
        "splitlines", "count", "find", "index", "isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower",
        "removeprefix", "removesuffix", "replace", "join",
    }),
    list: frozenset({"index", "count"}),
    tuple: frozenset({"index", "count"}),
    dict: frozenset({"items", "keys", "values", "get"}),
}  # fmt: skip
_NONE: Final[frozenset[str]] = frozenset()
_LOOP: Final = frozenset(
    {"index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0", "previtem", "nextitem"}
)
_FORBIDDEN: Final = {
    nodes.Extends: "extends", nodes.Block: "block", nodes.Import: "import", nodes.FromImport: "from",
    nodes.EvalContextModifier: "autoescape",
}  # fmt: skip
_OPERATORS: Final = {"*": multiply, "**": power, "%": modulo, "+": add}


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2 with the fences of this module."""

    intercepted_binops = frozenset(_OPERATORS)

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined, finalize=as_text, trim_blocks=True, lstrip_blocks=True, optimized=False,
            auto_reload=False, cache_size=64,
        )  # fmt: skip
        self.filters = {
            **FILTERS,
            _TICK: ticking,
            _CONCAT: join_text,
            _SLICE: slice_of,
            _WEIGH: paid,
            _SPEND: _pay,
        }
        self.tests = dict(TESTS)
        self.globals = dict(FUNCTIONS)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if len(source) > MAX_SOURCE:
            raise TemplateSyntaxError(f"a template of {len(source):,} characters is too long", 1)
        tree = super()._parse(source, name, filename)
        _check(tree)
        rewritten = _Rewriter().visit(tree)
        assert isinstance(rewritten, nodes.Template)
        rewritten.set_environment(self)
        return rewritten

    @staticmethod
    def concat(parts: Iterable[str]) -> str:
        """Put the pieces of a macro, call or block assignment together."""
        pieces = list(parts)
        allow_text(sum(map(len, pieces)))
        return "".join(pieces)

    def call_binop(self, context: Context, operator: str, left: Json, right: Json) -> Json:
        """Check, then work."""
        spend()
        if isinstance(left, Undefined) or isinstance(right, Undefined):
            return self.binop_table[operator](left, right)  # which says what is undefined
        return _OPERATORS[operator](left, right)

    def getattr(self, obj: Json, attribute: str) -> Json:
        """`value.name`: an entry of a map, an allowed method, or a property of a loop."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, Undefined):
            return getattr(obj, attribute)  # which says what is undefined
        if attribute in _METHODS.get(type(obj), _NONE):
            return Method(_method(obj, attribute))
        if isinstance(obj, LoopContext):
            if attribute in _LOOP:
                return getattr(obj, attribute)
            if attribute in ("cycle", "changed"):
                return Method(getattr(obj, attribute))
        elif isinstance(obj, Cycler) and attribute in ("next", "reset"):
            return Method(getattr(obj, attribute))
        elif isinstance(obj, Namespace) and not attribute.startswith("_"):
            try:
                return getattr(obj, attribute)
            except AttributeError:
                return self.undefined(obj=obj, name=attribute)
        elif isinstance(obj, tuple) and attribute in ("grouper", "list") and hasattr(obj, "_fields"):
            return getattr(obj, attribute)
        if hasattr(obj, attribute):
            return self.undefined(f"{attribute!r} of a {type(obj).__name__} is closed to templates", exc=SecurityError)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Json, argument: Json) -> Json:
        """`value[key]`: an entry of a map, list or text; else as `value.name`."""
        if isinstance(obj, Undefined):
            return obj[argument]
        if isinstance(obj, (dict, list, tuple, str)):
            try:
                return obj[argument]
            except (TypeError, LookupError):
                pass
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        return self.undefined(obj=obj, name=argument)

    def call(__self, __context: Context, __obj: Json, *args: Json, **kwargs: Json) -> Json:  # noqa: N805
        """Call what may be called, counting depth."""
        budget = spend()
        if isinstance(__obj, Method):
            for internal in ("_loop_vars", "_block_vars"):
                kwargs.pop(internal, None)
            return _listed(paid(__obj.function(*args, **kwargs)))
        if isinstance(__obj, Undefined):
            return __obj()
        if not isinstance(__obj, (Macro, LoopContext)):
            raise SecurityError(f"a {type(__obj).__name__} cannot be called")
        if budget.depth >= MAX_DEPTH:
            raise LimitExceeded(f"the template calls itself more than {MAX_DEPTH} levels deep")
        budget.depth += 1
        try:
            if isinstance(__obj, LoopContext):
                return __obj(ticking(args[0]))
            return super().call(__context, __obj, *args, **kwargs)
        finally:
            budget.depth -= 1


def _pay(nothing: None) -> None:
    spend()


def _method(obj: Json, name: str) -> Json:
    if isinstance(obj, str) and name == "replace":
        return lambda old, new, count=-1: replace_text(obj, old, new, count)
    if isinstance(obj, str) and name == "join":
        return lambda parts: join_text(parts, obj)
    return getattr(obj, name)


def _listed(value: Json) -> Json:
    """Views of maps become lists, so that they have an order, a size and a text."""
    return paid(list(value)) if type(value).__name__ in ("dict_keys", "dict_values", "dict_items") else value


def _refuse(problem: str, line: int) -> Never:
    raise TemplateSyntaxError(problem, line)


def _check(tree: nodes.Template) -> None:
    """Refuse parts of the language that reach outside, and trees too deep to compile."""
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_NESTING:
            _refuse(f"nested more than {MAX_NESTING} levels deep", node.lineno)
        for kind, word in _FORBIDDEN.items():
            if isinstance(node, kind):
                _refuse(f"{{% {word} %}} is not available in prompts", node.lineno)
        if isinstance(node, nodes.Include) and not (
            isinstance(node.template, nodes.Const) and isinstance(node.template.value, str)
        ):
            _refuse("{% include %} takes one name in quotes", node.lineno)
        waiting.extend((child, depth + 1) for child in node.iter_child_nodes())


def _filtered(node: nodes.Node, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(cast(nodes.Expr, node), name, list(arguments), [], None, None, lineno=node.lineno)


class _Rewriter(NodeTransformer):
    """Puts payments where a template could otherwise work for nothing."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802  # Jinja2 finds visitors by this name
        self.generic_visit(node)
        node.iter = _filtered(node.iter, _TICK)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), _CONCAT)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        if not isinstance(node.arg, nodes.Slice):
            return node
        bounds = (node.arg.start, node.arg.stop, node.arg.step)
        return _filtered(node.node, _SLICE, *(bound or nodes.Const(None, lineno=node.lineno) for bound in bounds))

    def visit_List(self, node: nodes.List) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node, _WEIGH)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        return node if node.ctx == "store" else _filtered(node, _WEIGH)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node, _WEIGH)

    def visit_Include(self, node: nodes.Include) -> list[nodes.Stmt]:  # noqa: N802
        payment = _filtered(nodes.Const(None, lineno=node.lineno), _SPEND)
        return [nodes.ExprStmt(payment, lineno=node.lineno), node]
