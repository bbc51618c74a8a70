"""PostHog's property matching, as its library for Python tests it: github.com/PostHog/posthog-python."""
import json
import re

from case import Case, Form, Untranslated, Writer, literal, pattern, quoted

NAME = "posthog"
ARCHIVE = "posthog.tar.xz"
FOLDER = "posthog"
KINDS = {bool: "bool", int: "int", float: "float", str: "text"}
ORDERS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
VERSIONS = {f"semver_{name}": sign for name, sign in dict(ORDERS, eq="==", neq="!=").items()}
DATES = {"is_date_before": "<", "is_date_after": ">"}
DATE = re.compile(r"\d{4}-\d\d-\d\d$")


def number(value):
    """The literal of a number that may be written as text; of other texts, in quotes."""
    if isinstance(value, str):
        return value if re.fullmatch(r"\d+(\.\d+)?", value) else quoted(value)
    return literal(KINDS[type(value)], value)


def asks(name, kind, operator, wanted):
    """A test of a known value."""
    if operator in ("exact", "is_not"):
        values = wanted if isinstance(wanted, list) else [wanted]
        if kind == "text":
            return f"{name} in [{', '.join(quoted(str(one)) for one in values)}] ignoring case"
        return f"{name} in [{', '.join(number(one) for one in values)}]"
    if operator in ("icontains", "not_icontains"):
        return f"{name} contains {quoted(str(wanted))} ignoring case"
    if operator in ("regex", "not_regex"):
        return f"{name} matches {pattern(str(wanted))}"
    if operator in VERSIONS:
        return f"{name} version {VERSIONS[operator]} {quoted(str(wanted))}"
    if operator in ORDERS:
        return f"{name} {ORDERS[operator]} {number(wanted)}"
    raise Untranslated("operators that PostHog itself does not know")


def forms(entry):
    operator = entry["property"].get("operator") or "exact"
    wanted, expect = entry["property"].get("value"), entry["expect"]
    if operator.startswith("semver") and operator not in VERSIONS:
        raise Untranslated("ranges of versions")
    if not isinstance(expect, bool):
        raise Untranslated("values that PostHog cannot tell")
    found = entry["person"].get(entry["property"]["key"])
    if isinstance(found, (dict, list)) or isinstance(wanted, dict):
        raise Untranslated("values of Python")
    writer = Writer(True)
    if operator in DATES:
        if not (isinstance(found, str) and DATE.match(found) and DATE.match(str(wanted))):
            raise Untranslated("dates that are written in other ways, or by a frozen clock")
        name = writer.attribute("date", found, optional=True)
        rule = f"({name} is known and {name} {DATES[operator]} {wanted})"
    else:
        kind = KINDS.get(type(found), "int" if operator in ORDERS and number(wanted)[0] != '"' else "text")
        name = writer.attribute(kind, found, optional=True)
        if operator in ("is_set", "is_not_set"):
            rule = f"({name} is {'known' if operator == 'is_set' else 'missing'})"
        else:
            rule = f"({name} is known and {asks(name, kind, operator, wanted)})"
            if operator in ("is_not", "not_icontains", "not_regex"):
                rule = f"(not {rule})"
    if expect:
        return [Form(rule, "in", writer.values)]
    return [Form(rule, "out", writer.values), Form(f"not {rule}", "in", writer.values)]


def cases(read):
    for entry in json.loads(read("property-matching.json")):
        if entry["kind"] != "match_property":
            yield Case(NAME, entry["test"].split(".")[-1], category="lengths of time on their own")
            continue
        name = f"{entry['test'].split('.')[-1]}/{entry['property'].get('operator') or 'exact'}"
        try:
            yield Case(NAME, name, forms(entry))
        except Untranslated as why:
            yield Case(NAME, name, category=str(why))
