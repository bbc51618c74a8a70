"""One case of a suite, as Seg sees it: rules to ask, what each must answer, and the values that they look at."""
import itertools
import re

NUMBERS = itertools.count()
LARGEST = 2**63 - 1


class Untranslated(Exception):
    """The case asks for something outside of the scalar subset; the text is its category."""


class Form:
    """One rule that asks the case's question. `wanted` is in, out, error (refused) or neither (never in)."""

    def __init__(self, rule, wanted, values=None, identity=None):
        self.rule = " ".join(rule.split())
        self.wanted = wanted
        self.values = values or {}
        self.identity = identity
        self.outcome = None


class Case:
    def __init__(self, suite, name, forms=(), category=None):
        self.suite, self.name, self.forms, self.category = suite, name, list(forms), category


class Writer:
    """Writes scalar values: as literals, or as attributes of the profile, which the runtime then reads.

    The same question asked in both ways goes through the checker's constants and through the machine.
    """

    def __init__(self, lifting):
        self.lifting, self.values, self.words = lifting, {}, 0

    def attribute(self, kind, value, optional=False):
        name = f"v{next(NUMBERS)}"
        self.values[name] = (kind, optional, value)
        return name

    def missing(self, kind):
        return self.attribute(kind, None, optional=True)

    def value(self, kind, value):
        """kind: bool int float text time date. Times and dates are given as Seg writes them."""
        if not self.lifting and (kind != "float" or plain(value)):
            return literal(kind, value)
        self.words += 1
        return self.attribute(kind, value)


def plain(number):
    """Whether a float's shortest form has at most 15 digits and no exponent: then its literal is exact."""
    text = repr(float(number))
    return re.fullmatch(r"-?\d+\.\d+", text) is not None and len(text) <= 16


def quoted(text):
    """A text as Seg writes it."""
    out = []
    for sign in text:
        if sign in '"\\':
            out.append("\\" + sign)
        elif sign == "\n":
            out.append("\\n")
        elif ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 or not sign.isprintable():
            out.append("\\u{%x}" % ord(sign))
        else:
            out.append(sign)
    return '"' + "".join(out) + '"'


def literal(kind, value):
    if kind == "bool":
        return "true" if value else "false"
    if kind == "text":
        return quoted(value)
    if kind == "float":
        return f"({value!r})" if value < 0 else repr(float(value))
    if kind == "int":
        return f"({value})" if value < 0 else str(value)
    return value


def pattern(text):
    """A regular expression between slashes. Signs that Seg will not have in a source are written as escapes."""
    out, index = [], 0
    while index < len(text):
        sign = text[index]
        if sign == "\\" and index + 1 < len(text):
            out.append(text[index:index + 2])
            index += 2
            continue
        out.append("\\/" if sign == "/" else "\\n" if sign == "\n" else sign)
        index += 1
    return "/" + "".join(out) + "/"


def asked(build, wanted, expect_error=False):
    """The forms of a question. build(writer) gives the rule; wanted is in, out, error or neither.

    A rule that must not hold is also asked denied, so that it is false and not merely silent.
    """
    forms = []
    for lifting in (False, True):
        writer = Writer(lifting)
        rule = build(writer)
        if lifting and not writer.words:
            continue
        forms.append(Form(rule, wanted, writer.values))
        if wanted in ("out", "neither"):
            denied = "in" if wanted == "out" else "neither"
            forms.append(Form(f"not ({rule})", denied, writer.values))
    return forms
