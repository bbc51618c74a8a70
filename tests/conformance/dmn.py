"""The test compatibility kit of DMN: expressions of FEEL about dates, times, durations, ranges, comparison, logic."""
import re
import xml.etree.ElementTree

import feel_tree
from case import Case, Untranslated, Writer, asked, literal

NAME = "dmn-tck"
ARCHIVE = "dmn-tck.tar.xz"
FOLDER = "dmn-tck"
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December"]
WRONG = "calls that are wrong in FEEL itself, or whose values come from somewhere else"
PARTS = {"day of week": ("weekday", "weekday of {}"), "month of year": ("month", "month of {}"),
         "day of year": ("int", "day of year of {}"), "week of year": ("int", "week of {}")}
DURATION = re.compile(r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$")
XSD = {"boolean": "bool", "decimal": "number", "double": "number", "date": "date", "dateTime": "time",
       "duration": "duration", "string": "text", "time": "time of day"}
NOTHING = {"bool": "{}", "int": "{} == 0", "float": "{} == 0", "text": '{} == ""', "time": "{} == 2026-01-01T00:00Z",
           "date": "{} == 2026-01-01", "duration": "{} == 1s", "months": "{} == 1mo", "weekday": "{} == 1",
           "month": "{} == 1"}


class Translator:
    def __init__(self, writer, inputs, decisions, depth=0):
        self.writer, self.inputs, self.decisions, self.depth = writer, inputs, decisions, depth

    def of(self, tree):
        """(kind, rule)"""
        kind = tree[0]
        if kind == "number":
            return self.number(tree[1])
        if kind in ("text", "bool"):
            return kind, self.writer.value(kind, tree[1])
        if kind == "null":
            return "null", ""
        if kind == "at":
            return self.dated(tree[1])
        method = getattr(self, "of_" + kind, None)
        if method:
            return method(tree)
        if kind in ("and", "or"):
            return "bool", "({} {} {})".format(self.condition(tree[1]), kind, self.condition(tree[2]))
        if kind in ("=", "!=", "<", "<=", ">", ">="):
            return self.comparison(kind, tree[1], tree[2])
        if kind in ("+", "-", "*", "/", "**"):
            raise Untranslated("arithmetic of dates and lengths of time")
        raise Untranslated({"list": "lists as values", "range": "ranges as values", "test": "ranges as values",
                            "select": "parts of a value"}[kind])

    def condition(self, tree):
        kind, rule = self.of(tree)
        return self.writer.missing("bool") if kind == "null" else rule

    def number(self, text):
        value = float(text)
        if value == int(value) and abs(value) < 2**53:
            return "int", self.writer.value("int", int(value))
        return "float", self.writer.value("float", value)

    def of_name(self, tree):
        if tree[1] in self.inputs:
            kind, value = self.inputs[tree[1]]
            if kind == "number":
                kind, value = "float", float(value)
            if kind not in ("bool", "float", "text", "date", "time"):
                raise Untranslated(f"{kind} as data")
            return kind, self.writer.attribute(kind, value)
        if tree[1] in self.decisions and self.depth < 8:
            deeper = Translator(self.writer, self.inputs, self.decisions, self.depth + 1)
            return deeper.of(parsed(self.decisions[tree[1]]))
        raise Untranslated("names of other models")

    def of_minus(self, tree):
        kind, rule = self.of(tree[1])
        return kind, f"(-{rule})"

    def of_if(self, tree):
        test, then, other = (self.of(part) for part in tree[1:])
        return then[0], f"(if {test[1]} then {then[1]} else {other[1]})"

    def of_between(self, tree):
        parts = self.known(tree[1:])
        return "bool", "({} between {} and {})".format(*parts)

    def known(self, trees):
        """Rules of values to compare; null is an attribute of the others' kind that was never set."""
        pairs = [self.of(tree) for tree in trees]
        kinds = [kind for kind, _ in pairs if kind != "null"]
        if not kinds:
            raise Untranslated("null alone")
        base = {"months": "duration", "weekday": "int", "month": "int"}.get(kinds[0], kinds[0])
        return [self.writer.missing(base) if kind == "null" else rule for kind, rule in pairs]

    def comparison(self, sign, left, right):
        (a, x), (b, y) = self.of(left), self.of(right)
        if "null" in (a, b):
            if a == b:
                raise Untranslated("null alone")
            if sign in ("=", "!="):
                return "bool", f"({y if a == 'null' else x} is {'missing' if sign == '=' else 'known'})"
            x, y = self.known([left, right])
        return "bool", f"({x} {'==' if sign == '=' else sign} {y})"

    def of_in(self, tree):
        return "bool", "(" + " or ".join(self.member(tree[1], test) for test in tree[2]) + ")"

    def member(self, value, test):
        if test[0] == "list":
            if not test[1]:
                raise Untranslated("lists as values")
            return "(" + " or ".join(self.member(value, one) for one in test[1]) + ")"
        if test[0] == "test":
            return self.comparison(test[1], value, test[2])[1]
        if test[0] != "range":
            return self.comparison("=", value, test)[1]
        _, low_in, low, high, high_in = test
        if low_in and high_in:
            return "({} between {} and {})".format(*self.known([value, low, high]))
        x, a, b = self.known([value, low, high])
        return f"({x} {'>=' if low_in else '>'} {a} and {x} {'<=' if high_in else '<'} {b})"

    def of_call(self, tree):
        _, name, rest, names = tree
        if any(word not in (None, "date", "time", "from", "year", "month", "day") for word in names):
            raise Untranslated(WRONG)
        if name == "not" and len(rest) == 1:
            return "bool", f"(not {self.condition(rest[0])})"
        if name in ("date", "date and time", "duration") and len(rest) == 1 and rest[0][0] == "text":
            return self.dated(rest[0][1], name)
        if name == "date" and len(rest) == 3 and all(part[0] == "number" for part in rest):
            year, month, day = (part[1] for part in rest)
            return "date", self.instant("date", f"{int(year):04}-{int(month):02}-{int(day):02}")
        if name == "date and time" and len(rest) == 2:
            return self.joined(rest)
        if name == "date" and len(rest) == 1:
            return self.date_of(rest[0])
        if name in PARTS and len(rest) == 1:
            kind, rule = self.of(rest[0])
            if kind == "null":
                rule = self.writer.missing("date")
            return PARTS[name][0], f"({PARTS[name][1].format(rule)})"
        for part in rest:
            self.of(part)
        raise Untranslated({"time": "times of day", "years and months duration": "months between two dates",
                            "range": "ranges as values", "string": "texts that are built"}.get(
                                name, WRONG
                                if name in PARTS or name in ("date", "date and time", "duration", "not") else
                                "functions that Seg has not"))

    def date_of(self, tree):
        kind, rule = self.of(tree)
        if kind == "date":
            return kind, rule
        if kind == "null":
            return "date", self.writer.missing("date")
        if kind != "time":
            raise Untranslated(WRONG)
        return "date", f"(date of {rule})"

    def joined(self, parts):
        """date and time(date, time) of two literals."""
        found = []
        for part, name in zip(parts, ("date", "time")):
            text = part[1] if part[0] == "at" else part[2][0][1] if part[0] == "call" and len(part[2]) == 1 else None
            if not isinstance(text, str) or (part[0] == "call" and part[1] != name):
                raise Untranslated("times of day")
            found.append(text)
        return self.dated("T".join(found), "date and time")

    def dated(self, text, name=None):
        if name == "duration" or (name is None and re.match(r"-?P", text)):
            return duration(text)
        if name is None and re.match(r"\d\d:", text):
            raise Untranslated("times of day")
        if name == "date" or (name is None and "T" not in text):
            return "date", self.instant("date", text)
        if "@" in text:
            raise Untranslated("zones by name inside of an instant")
        if re.fullmatch(r"-?\d+-\d\d-\d\d", text):
            text += "T00:00:00"
        part = re.search(r"\.(\d+)", text)
        if part and len(part[1].rstrip("0")) > 3:
            raise Untranslated("finer than a millisecond")
        # Local times are by the workspace's zone, which is UTC here.
        if re.fullmatch(r"[^Z+]*T[^Z+-]*", text):
            text += "Z"
        return "time", self.instant("time", text)

    def instant(self, kind, text):
        shape = r"\d{4}-\d\d-\d\d" + (r"T\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)" if kind == "time" else "")
        if re.fullmatch(shape, text):
            return self.writer.value(kind, text)
        # What is not even shaped like one can only come as data.
        return self.writer.attribute(kind, text)


def duration(text):
    match = DURATION.match(text)
    if not match or text.endswith("T") or not any(match.groups()[1:]):
        raise Untranslated("lengths of time that are written wrongly")
    sign, years, months, days, hours, minutes, seconds, part = match.groups()
    if part and len(part.rstrip("0")) > 3:
        raise Untranslated("finer than a millisecond")
    if (years or months) and (days or hours or minutes or seconds):
        raise Untranslated("lengths of time that are written wrongly")
    pieces = [f"{int(amount)}{unit}" for amount, unit in
              ((years, "y"), (months, "mo"), (days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")) if amount]
    if part and part.rstrip("0"):
        pieces.append(f"{int(part[:3].ljust(3, '0'))}ms")
    return "months" if years or months else "duration", f"({sign}{''.join(pieces)})" if sign else "".join(pieces)


def parsed(text):
    try:
        return feel_tree.parsed(text)
    except feel_tree.Unreadable as why:
        raise Untranslated({"function": "functions as values", "filter": "lists as values",
                            "context": "contexts", "instance of": "types as values"}.get(
                                str(why), "not a sentence of FEEL")) from None


def local(element):
    return element.tag.rsplit("}", 1)[-1]


def below(element, *path):
    """The children of children with these names."""
    found = [element]
    for name in path:
        found = [child for one in found for child in one if local(child) == name]
    return found


def decisions(text):
    """name -> its expression, None where it is not a single expression."""
    out = {}
    for element in xml.etree.ElementTree.fromstring(text):
        if local(element) == "decision":
            texts = below(element, "literalExpression", "text")
            out[element.get("name")] = texts[0].text.strip() if texts and texts[0].text else None
    return out


def value_of(element):
    """(kind, value) of <value>; ('null', None)."""
    kind = next((value for name, value in element.items() if name.endswith("}type")), None)
    if any(name.endswith("}nil") and value == "true" for name, value in element.items()):
        return "null", None
    kind = XSD.get((kind or "xsd:string").split(":")[-1], "other")
    text = element.text or ""
    return kind, text.strip() == "true" if kind == "bool" else text


def expected_rule(made, kind, rule, expected):
    """The comparison with the value that the suite expects."""
    wanted, value = expected
    if kind == "weekday":
        return f"{rule} == {WEEKDAYS.index(value) + 1}"
    if kind == "month":
        return f"{rule} == {MONTHS.index(value) + 1}"
    if wanted == "text" and kind != "text":
        raise Untranslated("texts that are built")
    if wanted == "number":
        return f"{rule} == {made.number(value)[1]}"
    if wanted == "duration":
        return f"{rule} == {duration(value)[1]}"
    if wanted in ("time", "date"):
        return f"{rule} == {made.dated(value, 'date' if wanted == 'date' else 'date and time')[1]}"
    if wanted == "text":
        return f"{rule} == {literal('text', value)}"
    raise Untranslated(wanted)


def forms(tree, inputs, known, expected):
    def rule(writer, shape):
        made = Translator(writer, inputs, known)
        kind, text = made.of(tree)
        if kind == "null":
            raise Untranslated("null alone")
        return shape(made, kind, text)

    if expected[0] == "null":
        return asked(lambda w: rule(w, lambda made, kind, text: NOTHING[kind].format(text)), "neither")
    if expected[0] == "bool":
        return asked(lambda w: rule(w, lambda made, kind, text: text), "in" if expected[1] else "out")
    rule(Writer(False), lambda made, kind, text: text)
    return asked(lambda w: rule(w, lambda made, kind, text: expected_rule(made, kind, text, expected)), "in") + \
        asked(lambda w: f"not ({rule(w, lambda made, kind, text: expected_rule(made, kind, text, expected))})", "out")


def of_node(node, inputs, known):
    name, values = node.get("name"), below(node, "expected", "value")
    if known.get(name) is None or not values:
        raise Untranslated("contexts")
    return forms(parsed(known[name]), inputs, known, value_of(values[0]))


def cases(read):
    for file in sorted(name for name in read(None) if name.endswith("-test-01.xml")):
        folder = file.split("/")[0]
        known = decisions(read(f"{folder}/{folder}.dmn"))
        for test in xml.etree.ElementTree.fromstring(read(file)):
            if local(test) != "testCase":
                continue
            inputs = {node.get("name"): value_of(below(node, "value")[0]) if below(node, "value") else ("lists", None)
                      for node in below(test, "inputNode")}
            for node in below(test, "resultNode"):
                name = f"{folder[:4]}/{test.get('id')}"
                name += "" if node.get("name") == test.get("id") else "/" + node.get("name")
                try:
                    yield Case(NAME, name, of_node(node, inputs, known))
                except Untranslated as why:
                    yield Case(NAME, name, category=str(why))
