"""The CEL specification's conformance suite (simple tests): github.com/google/cel-spec."""
import re

import cel_tree
import textproto
from case import Case, Untranslated, Writer, asked, literal, pattern, plain, quoted

NAME = "cel-spec"
ARCHIVE = "cel-spec.tar.xz"
FOLDER = "cel-spec/tests/simple/testdata"
MESSAGES = {"proto2.textproto", "proto2_ext.textproto", "proto3.textproto", "enums.textproto", "wrappers.textproto",
            "dynamic.textproto"}
MACROS = {"all", "exists", "exists_one", "existsOne", "map", "filter", "transformList", "transformMap",
          "transformMapEntry", "bind", "block", "index", "iterVar", "accuVar", "sortBy"}
CONVERSIONS = {"int", "uint", "double", "string", "bool", "bytes"}
SAME = {"int": ["int"], "uint": ["int"], "double": ["float", "int"], "string": ["text"], "bool": ["bool"],
        "timestamp": ["time"], "duration": ["duration"]}
BUILT = {"charAt", "indexOf", "lastIndexOf", "substring", "trim", "join", "split", "replace", "format", "quote",
         "lowerAscii", "upperAscii", "reverse"}
PARTS = {"getFullYear": "year of {}", "getMonth": "month of {} - 1", "getDate": "day of month of {}",
         "getDayOfMonth": "day of month of {} - 1", "getHours": "hour of {}", "getDayOfYear": "day of year of {} - 1",
         "getDayOfWeek": "(if weekday of {0} == sunday then 0 else weekday of {0})"}
SIGNS = {"/": "/", "%": "mod"}
TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$")
UNITS = {"h": 3600000, "m": 60000, "s": 1000, "ms": 1}


def time_literal(text):
    match = TIME.match(text)
    if not match:
        raise Untranslated("instants that are written wrongly")
    part = (match[2] or ".")[1:].rstrip("0")
    if len(part) > 3:
        raise Untranslated("finer than a millisecond")
    return match[1] + ("." + part.ljust(3, "0") if part else "") + match[3]


def duration_literal(text):
    found = re.findall(r"(\d+(?:\.\d+)?)(ns|us|ms|h|m|s)", text.lstrip("-"))
    if "".join(a + b for a, b in found) != text.lstrip("-"):
        raise Untranslated("conversions between kinds")
    if any(unit in ("ns", "us") for _, unit in found):
        raise Untranslated("finer than a millisecond")
    ms = sum(round(float(amount) * UNITS[unit]) for amount, unit in found)
    return f"(-{ms}ms)" if text.startswith("-") else f"{ms}ms"


def zone_name(text):
    """Offsets of whole hours have names in the tz database, whose signs are the other way round."""
    match = re.fullmatch(r"([+-]?)(\d\d):00", text)
    if not match:
        return text
    hours = int(match[2])
    return f"Etc/GMT{'+' if match[1] == '-' else '-'}{hours}" if hours else "UTC"


class Translator:
    def __init__(self, writer, bindings, container):
        self.writer, self.bindings, self.container = writer, bindings, container

    def of(self, tree):
        """(kind, rule)"""
        kind = tree[0]
        if kind in ("int", "uint"):
            return "int", self.writer.value("int", tree[1])
        if kind in ("float", "text", "bool"):
            return kind, self.writer.value(kind, tree[1])
        if kind == "null":
            return "null", ""
        method = getattr(self, "of_" + kind, None)
        if method:
            return method(tree)
        if kind in ("==", "!=", "<", "<=", ">", ">="):
            return self.comparison(tree)
        if kind in ("&&", "||"):
            words = {"&&": "and", "||": "or"}
            return "bool", f"({self.of(tree[1])[1]} {words[kind]} {self.of(tree[2])[1]})"
        if kind in ("+", "-", "*", "/", "%"):
            return self.arithmetic(tree)
        if kind in ("map", "message", "bytes"):
            raise Untranslated({"map": "maps", "message": "protocol buffers", "bytes": "bytes"}[kind])
        if kind == "list":
            raise Untranslated("lists as values")
        raise Untranslated("optional values" if kind == "optional" else "lists as values")

    def of_name(self, tree):
        name = tree[1]
        if self.container:
            raise Untranslated("names in packages")
        if name in self.bindings:
            kind, value = self.bindings[name]
            return kind, self.writer.attribute(kind, value)
        if name in ("int", "uint", "double", "string", "bytes", "bool", "list", "map", "type", "null_type"):
            raise Untranslated("types as values")
        if name in ("google", "TestAllTypes", "GlobalEnum", "cel", "NestedTestAllTypes"):
            raise Untranslated("protocol buffers")
        return "unknown", name

    def of_select(self, tree):
        if tree[1][0] in ("map", "message", "select", "call"):
            raise Untranslated("maps" if tree[1][0] == "map" else "protocol buffers")
        dotted = f"{tree[1][1]}.{tree[2]}" if tree[1][0] == "name" else ""
        if dotted in self.bindings:
            kind, value = self.bindings[dotted]
            return kind, self.writer.attribute(kind, value)
        raise Untranslated("protocol buffers" if tree[1][0] == "name" else "lists as values")

    def of_index(self, tree):
        raise Untranslated("maps" if tree[1][0] == "map" else "lists as values")

    def of_not(self, tree):
        return "bool", f"(not {self.of(tree[1])[1]})"

    def of_minus(self, tree):
        kind, rule = self.of(tree[1])
        return kind, f"(-{rule})"

    def of_if(self, tree):
        test, then, other = (self.of(part) for part in tree[1:])
        return then[0], f"(if {test[1]} then {then[1]} else {other[1]})"

    def of_in(self, tree):
        if tree[2][0] != "list":
            self.of(tree[2])
            raise Untranslated("maps")
        if not all(part[0] in ("int", "uint", "float", "text", "bool") for part in tree[2][1]):
            for part in tree[2][1]:
                self.of(part)
            raise Untranslated("lists as values")
        values = ", ".join(self.fixed(part) for part in tree[2][1])
        return "bool", f"({self.of(tree[1])[1]} in [{values}])"

    @staticmethod
    def fixed(part):
        if part[0] == "float" and not plain(part[1]):
            raise Untranslated("a list with a number that has no exact literal")
        return quoted(part[1]) if part[0] == "text" else str(part[1]).lower()

    def comparison(self, tree):
        sign, left, right = tree[0], tree[1], tree[2]
        (a, x), (b, y) = self.of(left), self.of(right)
        if "null" in (a, b) and sign in ("==", "!="):
            if a == b:
                raise Untranslated("null alone")
            return "bool", f"({y if a == 'null' else x} is {'missing' if sign == '==' else 'known'})"
        if "null" in (a, b):
            raise Untranslated("null alone")
        return "bool", f"({x} {sign} {y})"

    def arithmetic(self, tree):
        sign, left, right = tree
        a, x = self.of(left)
        if sign in ("/", "%") and right[0] in ("int", "uint", "float"):
            # A divisor from the data may be 0, so Seg would ask what then: a fixed one stays a literal.
            return a, f"({x} {SIGNS[sign]} {literal(right[0].replace('u', ''), right[1])})"
        b, y = self.of(right)
        if "text" in (a, b):
            raise Untranslated("texts that are built")
        return a, f"({x} {SIGNS.get(sign, sign)} {y})"

    def of_call(self, tree):
        name, target, rest = tree[1], tree[2], tree[3]
        if target is not None and target[0] == "name" and target[1] in ("math", "strings", "base64", "cel", "optional",
                                                                       "proto", "net"):
            raise Untranslated({"math": "functions of the math extension", "strings": "texts that are built",
                                "base64": "bytes", "cel": "macros", "optional": "optional values",
                                "proto": "protocol buffers"}.get(target[1], "addresses of a network"))
        if name == "dyn" and len(rest) == 1:
            return self.of(rest[0])
        if target is not None and name in ("startsWith", "endsWith", "contains", "matches"):
            return self.text_test(name, target, rest)
        if name == "timestamp" and len(rest) == 1 and rest[0][0] == "text":
            return "time", self.writer.value("time", time_literal(rest[0][1]))
        if name == "duration" and len(rest) == 1 and rest[0][0] == "text":
            return "duration", duration_literal(rest[0][1])
        if target is not None and name in PARTS:
            return self.part(name, target, rest)
        if target is None and name in SAME and len(rest) == 1:
            kind, rule = self.of(rest[0])
            if kind in SAME[name]:
                return SAME[name][0], rule
        if name == "type":
            raise Untranslated("types as values")
        for part in ([target] if target is not None else []) + rest:
            if name not in MACROS:
                self.of(part)
        raise Untranslated(self.category(name))

    @staticmethod
    def category(name):
        if name in MACROS:
            return "macros"
        if name in CONVERSIONS or name in ("timestamp", "duration"):
            return "conversions between kinds"
        if name in BUILT:
            return "texts that are built"
        if name in ("has",):
            return "protocol buffers"
        if name in ("size",):
            return "lengths"
        if name in ("isIP", "ip", "cidr", "isCIDR", "ip.isCanonical"):
            return "addresses of a network"
        if name.startswith("get"):
            return "parts of a time that Seg has not"
        return "functions that Seg has not"

    def text_test(self, name, target, rest):
        words = {"startsWith": "starts with", "endsWith": "ends with", "contains": "contains", "matches": "matches"}
        if len(rest) != 1 or rest[0][0] != "text":
            raise Untranslated("texts that are built")
        needle = pattern(rest[0][1]) if name == "matches" else quoted(rest[0][1])
        return "bool", f"({self.of(target)[1]} {words[name]} {needle})"

    def part(self, name, target, rest):
        kind, rule = self.of(target)
        if kind == "duration":
            raise Untranslated("parts of a length of time")
        zone = ""
        if rest:
            if rest[0][0] != "text":
                raise Untranslated("texts that are built")
            zone = f" in {quoted(zone_name(rest[0][1]))}"
        return "int", f"({PARTS[name].format(rule + zone)})"


NOTHING = {"bool": "{}", "int": "{} == 0", "float": "{} == 0", "text": '{} == ""', "time": "{} == 2026-01-01T00:00Z",
           "duration": "{} == 1s", "unknown": "{} == 0"}
VALUES = {"int64_value": "int", "uint64_value": "int", "double_value": "float", "string_value": "text",
          "bool_value": "bool"}
OTHER = {"bytes_value": "bytes", "list_value": "lists as values", "map_value": "maps",
         "object_value": "protocol buffers", "type_value": "types as values", "enum_value": "protocol buffers",
         "null_value": "null alone"}


def scalar(message):
    """(kind, value) of a Value message."""
    field, value = message[0]
    if field not in VALUES:
        raise Untranslated(OTHER[field])
    kind = VALUES[field]
    if kind == "text":
        return kind, value.decode()
    if kind == "bool":
        return kind, value == "true"
    if kind == "float":
        if value.lower().lstrip("+-") in ("nan", "inf", "infinity"):
            raise Untranslated("infinity and not-a-number")
        return kind, float(value)
    return kind, int(value, 0)


def bindings(test):
    out = {}
    for binding in textproto.every(test, "bindings"):
        value = textproto.first(textproto.first(binding, "value"), "value")
        out[textproto.first(binding, "key").decode()] = value
    return out


def forms(test):
    try:
        tree = cel_tree.parsed(textproto.first(test, "expr").decode())
    except cel_tree.Unreadable:
        raise Untranslated("not a sentence of CEL") from None
    if textproto.first(test, "unknown") is not None:
        raise Untranslated("values that are not there yet")
    known = bindings(test)

    def rule(writer, shape):
        made = Translator(writer, {name: scalar(value) for name, value in known.items()},
                          textproto.first(test, "container"))
        kind, text = made.of(tree)
        if kind == "null":
            raise Untranslated("null alone")
        return shape(made, kind, text)

    value = textproto.first(test, "value")
    if value is None and textproto.first(test, "typed_result") is not None:
        value = textproto.first(textproto.first(test, "typed_result"), "result")
        if value is None:
            raise Untranslated("types as values")
    if textproto.first(test, "eval_error") is not None or textproto.first(test, "any_eval_errors") is not None:
        return asked(lambda w: rule(w, lambda made, kind, text: NOTHING[kind].format(text)), "error")
    if value is None:
        return asked(lambda w: rule(w, lambda made, kind, text: text), "in")
    # The rule first: what it cannot say is the better reason.
    rule(Writer(False), lambda made, kind, text: text)
    kind, expected = scalar(value)
    if kind == "bool":
        return asked(lambda w: rule(w, lambda made, _, text: text), "in" if expected else "out")
    return asked(lambda w: rule(w, lambda made, _, text: f"{text} == {made.writer.value(kind, expected)}"), "in") + \
        asked(lambda w: rule(w, lambda made, _, text: f"{text} != {made.writer.value(kind, expected)}"), "out")


def cases(read):
    """read(name) gives a file's text; name None gives the names."""
    for file in sorted(name for name in read(None) if name.endswith(".textproto")):
        for section in textproto.every(textproto.parsed(read(file)), "section"):
            title = textproto.first(section, "name").decode()
            for test in textproto.every(section, "test"):
                name = f"{file.split('.')[0]}/{title}/{textproto.first(test, 'name').decode()}"
                try:
                    yield Case(NAME, name, forms(test))
                except Untranslated as why:
                    yield Case(NAME, name, category=str(why))
