"""Flagsmith's engine test data: segments over the traits of an identity. Each segment of a file is a case."""
import json
import re

from case import Case, Form, Untranslated, Writer, literal, pattern

NAME = "flagsmith"
ARCHIVE = None
FOLDER = "flagsmith/test_cases"
KINDS = {bool: "bool", int: "int", float: "float", str: "text"}
ORDERS = {"EQUAL": "==", "NOT_EQUAL": "!=", "GREATER_THAN": ">", "GREATER_THAN_INCLUSIVE": ">=", "LESS_THAN": "<", "LESS_THAN_INCLUSIVE": "<="}


def trait(context, name):
    """The value that a condition looks at; None where there is none."""
    identity = context.get("identity") or {}
    traits = identity.get("traits") or {}
    if name in traits:
        return traits[name]
    if name in ("$.identity.identifier", "$.identity.key", "$.environment.name", "$.environment.key"):
        _, part, field = name.split(".")
        return (context.get(part) or {}).get(field)
    match = re.fullmatch(r"\$\.identity\.traits(?:\.(\w+)|\['([^']*)'\])", name)
    if match:
        return traits.get(match[1] or match[2])
    if name == "$.identity":
        raise Untranslated("a condition on a whole object")
    return None


def cast(text, kind):
    """A condition's value, which Flagsmith writes as text, as the trait's kind; text where it is none."""
    if not isinstance(text, str):
        text = json.dumps(text) if isinstance(text, bool) else str(text)
    try:
        if kind == "int":
            return kind, int(text)
        if kind == "float":
            return kind, float(text)
        if kind == "bool" and text.lower() in ("true", "false", "1"):
            return kind, text.lower() in ("true", "1")
    except ValueError:
        pass
    return "text", text


def listed(value):
    if isinstance(value, list):
        return [str(one) for one in value]
    try:
        found = json.loads(value)
        if isinstance(found, list):
            return [str(one) for one in found]
    except ValueError:
        pass
    return value.split(",")


def remainder(name, value):
    """`divisor|remainder`; what is not written so is met by nobody, and cannot be written in Seg at all."""
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?)\|(-?\d+(?:\.\d+)?)", value)
    if not match:
        raise Untranslated("remainders that are written wrongly")
    return f"({name} is known and {name} mod {match[1]} == {match[2]})"


class Translator:
    def __init__(self, context):
        self.context, self.writer = context, Writer(True)

    def of(self, rule):
        parts = [self.condition(one) for one in rule.get("conditions") or []]
        parts += [self.of(one) for one in rule.get("rules") or []]
        kind = rule["type"]
        if kind == "ALL":
            return "(" + (" and ".join(parts) or "true") + ")"
        # Flagsmith: nothing to ask is no reason to keep anybody out.
        if not parts:
            return "true"
        joined = "(" + " or ".join(parts) + ")"
        return joined if kind == "ANY" else f"(not {joined})"

    def condition(self, one):
        operator, value = one["operator"], one.get("value")
        if operator == "PERCENTAGE_SPLIT":
            raise Untranslated("shares by Flagsmith's own hash")
        found = trait(self.context, one["property"])
        if isinstance(value, str) and value.endswith(":semver"):
            name = self.writer.attribute("text", found, optional=True)
            return f"({name} is known and {name} version {ORDERS[operator]} {literal('text', value.removesuffix(':semver'))})"
        kind = KINDS.get(type(found), cast(value, "float")[0] if operator in ORDERS else "text")
        if found is not None and type(found) not in KINDS:
            raise Untranslated("a condition on a whole object")
        name = self.writer.attribute(kind, found, optional=True)
        if operator in ("IS_SET", "IS_NOT_SET"):
            return f"{name} is {'known' if operator == 'IS_SET' else 'missing'}"
        if operator == "MODULO":
            return remainder(name, value)
        return self.test(operator, name, kind, value)

    def test(self, operator, name, kind, value):
        """A condition on what is missing does not hold, also behind `not`: so the rule says `is known` first."""
        if operator == "CONTAINS":
            asks = f"contains {literal('text', value)}"
        elif operator == "REGEX":
            asks = f"matches {pattern('^(?:' + value + ')')}"
        elif operator == "IN":
            # Yes and no are in no list of Flagsmith's.
            kind = "text" if kind == "bool" else kind
            asks = f"in [{', '.join(literal(*cast(text, kind)) for text in listed(value))}]"
        else:
            asks = f"{ORDERS[operator]} {literal(*cast(value, kind))}"
        return f"({name} is known and {name} {asks})"


def forms(context, segment, wanted):
    made = Translator(context)
    rule = " and ".join(made.of(one) for one in segment["rules"]) or "true"
    if wanted:
        return [Form(rule, "in", made.writer.values)]
    return [Form(rule, "out", made.writer.values), Form(f"not ({rule})", "in", made.writer.values)]


def cases(read):
    for file in read(None):
        text = re.sub(r"^\s*//.*$", "", read(file), flags=re.M)
        found = json.loads(text)
        matched = {segment["name"] for segment in found["result"].get("segments") or []}
        for key, segment in sorted((found["context"].get("segments") or {}).items()):
            name = f"{file.split('.')[0].removeprefix('test_')}/{segment['name']}"
            try:
                yield Case(NAME, name, forms(found["context"], segment, segment["name"] in matched))
            except Untranslated as why:
                yield Case(NAME, name, category=str(why))
