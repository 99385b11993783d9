"""Where Python text takes roles or shuts users out, read from its syntax tree.

It follows names within a file: what is assigned, looped over or declared as a role, user or institution, by queries and
plain copies. It does not see what a dictionary or `getattr` names, generic code that writes any model's rows, nor SQL.
"""

import ast
from collections.abc import Iterator

ROLE, WHOLE = "role", "whole"  # a whole is what a role goes with when it is deleted
MODELS = {"StaffRole": ROLE, "User": WHOLE, "Institution": WHOLE}
QUERY = {
    *("objects", "_base_manager", "_default_manager", "all", "filter", "exclude", "get", "first"),
    *("last", "order_by", "select_related", "select_for_update", "alias", "annotate", "distinct"),
    *("iterator", "values", "pop", "copy", "staffed_by"),
}
COPIES = {"list", "tuple", "set", "sorted", "reversed", "iter", "next", "get_object_or_404"}
TAKES = {"delete", "_raw_delete", "update", "bulk_update", "update_or_create", "save", "asave"}
GIVES = {"create", "bulk_create", "get_or_create"}
DELETES = {"delete", "_raw_delete"}


def writes(source: str) -> set[str]:
    """The methods by which the text writes roles, deletes what takes them along, or `is_active`."""
    tree = ast.parse(source)
    kinds = dict(MODELS)
    while (more := kinds | dict(_bound(tree, kinds))) != kinds:
        kinds = more
    return {found for node in ast.walk(tree) for found in _written(node, kinds)}


def _bound(tree: ast.AST, kinds: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Names that hold a role or a whole, or many of them."""
    for node in ast.walk(tree):
        for target, value in _bindings(node):
            kind = kind_of(value, kinds)
            if kind and isinstance(target, ast.Name | ast.arg):
                yield (target.id if isinstance(target, ast.Name) else target.arg), kind


def _bindings(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.AnnAssign(target=target, value=value) if value is not None:
            yield target, value
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            yield target, value
        case ast.arg(annotation=annotation) if annotation is not None:
            named = [each for each in ast.walk(annotation) if isinstance(each, ast.Name)]
            yield from ((node, each) for each in named)


def kind_of(value: ast.AST | None, kinds: dict[str, str]) -> str | None:
    """What the expression is: a role, a whole, or something else."""
    while value is not None and not isinstance(value, ast.Name):
        if isinstance(value, ast.Attribute) and value.attr == "staff_roles":
            return ROLE
        value = _inside(value)
    return kinds.get(value.id) if value is not None else None


def _inside(value: ast.AST) -> ast.AST | None:
    """What the expression is made from and is alike: the query below a query, the list that is copied."""
    match value:
        case ast.Attribute(value=inner, attr=attr) if attr in QUERY:
            pass
        case ast.Call(func=ast.Name(id=name), args=[inner, *_rest]) if name in COPIES:
            pass
        case ast.Call(func=ast.Attribute() as inner):
            pass
        case ast.Call(func=ast.Name(id=name) as inner) if name in MODELS:
            pass
        case ast.Subscript(value=inner) | ast.ListComp(elt=inner) | ast.GeneratorExp(elt=inner):
            pass
        case _:
            return None
    return inner


def _written(node: ast.AST, kinds: dict[str, str]) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Attribute(value=receiver, attr=verb), keywords=keywords):
            kind = kind_of(receiver, kinds)
            if (kind == ROLE and verb in TAKES | GIVES) or (kind == WHOLE and verb in DELETES):
                yield verb
            if verb == "update" and any(each.arg == "is_active" for each in keywords):
                yield "is_active"
        case ast.Assign(targets=targets):
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr == "is_active":
                    yield "is_active"
                elif isinstance(target, ast.Attribute) and kind_of(target.value, kinds) == ROLE:
                    yield "assigned"
