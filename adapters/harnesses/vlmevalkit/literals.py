"""What VLMEvalKit's eval() becomes: it evaluates cells of tables and answers of models as Python,
so that a table's author or a model could run code. Here: literals and plain arithmetic, no names.
"""

import ast
import operator

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
LARGEST_POWER = 64
LARGEST_BASE = 10**6


def literal(source, *_scopes):
    """The value of a literal or of arithmetic on numbers; raises ValueError, SyntaxError, TypeError
    or ArithmeticError for anything else, as eval() does for what it cannot evaluate.
    """
    if not isinstance(source, str):
        raise TypeError("a text was expected, not %s" % type(source).__name__)
    return _value(ast.parse(source.lstrip(" \t"), mode="eval").body)


def _value(node):
    if isinstance(node, (ast.List, ast.Tuple)):
        values = [_value(element) for element in node.elts]
        return values if isinstance(node, ast.List) else tuple(values)
    try:
        return ast.literal_eval(node)
    except ValueError:
        if isinstance(node, ast.BinOp):
            return _arithmetic(node.op, _number(node.left), _number(node.right))
        if isinstance(node, ast.UnaryOp):
            return _arithmetic(node.op, _number(node.operand))
        raise


def _number(node):
    value = _value(node)
    if not isinstance(value, (int, float, complex)):
        raise ValueError("no arithmetic on %s" % type(value).__name__)  # noqa: TRY004
    return value


def _arithmetic(sign, *operands):
    if type(sign) not in OPERATORS:
        raise ValueError("not a literal: operator %s" % type(sign).__name__)
    base, power = operands[0], operands[-1]
    if isinstance(sign, ast.Pow) and (abs(power) > LARGEST_POWER or abs(base) > LARGEST_BASE):
        raise ValueError("a power of that size is not evaluated")
    return OPERATORS[type(sign)](*operands)


def references(answer):
    """The texts that an answer cell holds: a list literal is several, everything else is one.

    As in VLMEvalKit's `vqa_eval.process_line`: only a list counts, never a tuple or a number.
    """
    try:
        value = literal(answer)
    except (ValueError, SyntaxError, TypeError, ArithmeticError, MemoryError, RecursionError):
        return [answer]
    return [str(one) for one in value] if isinstance(value, list) else [answer]
