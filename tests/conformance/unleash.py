"""Unleash's client specification: strategies with constraints over a context: github.com/Unleash/client-specification."""
import json
import re

from case import Case, Form, Untranslated, Writer, literal, pattern, quoted

NAME = "unleash"
ARCHIVE = "unleash.tar.xz"
FOLDER = "unleash/specifications"
NUMBERS = {"NUM_EQ": "==", "NUM_GT": ">", "NUM_GTE": ">=", "NUM_LT": "<", "NUM_LTE": "<="}
DATES = {"DATE_AFTER": ">", "DATE_BEFORE": "<"}
VERSIONS = {"SEMVER_EQ": "==", "SEMVER_GT": ">", "SEMVER_GTE": ">=", "SEMVER_LT": "<", "SEMVER_LTE": "<="}
TEXTS = {"STR_STARTS_WITH": "starts with", "STR_ENDS_WITH": "ends with", "STR_CONTAINS": "contains"}


def instant(text):
    """An instant as Seg writes it: three digits of a second at most."""
    return re.sub(r"(\.\d{3})\d+", r"\1", text)


class Translator:
    def __init__(self, context, segments):
        self.context, self.segments, self.writer = context, segments, Writer(True)

    def value(self, name):
        found = self.context.get(name)
        return (self.context.get("properties") or {}).get(name) if found is None else found

    def feature(self, feature):
        if not feature.get("enabled"):
            return "1 == 2"
        if feature.get("dependencies"):
            raise Untranslated("features that depend on others")
        strategies = feature.get("strategies") or []
        return "(" + (" or ".join(self.strategy(one) for one in strategies) or "true") + ")"

    def strategy(self, strategy):
        constraints = list(strategy.get("constraints") or [])
        for number in strategy.get("segments") or []:
            if number not in self.segments:
                return "1 == 2"  # Unleash: who asks for a segment that is not there gets nothing
            constraints += self.segments[number]
        parts = [self.constraint(one) for one in constraints]
        name = strategy["name"]
        if name == "userWithId":
            listed = [quoted(one.strip()) for one in strategy["parameters"]["userIds"].split(",")]
            attribute = self.writer.attribute("text", self.value("userId"), optional=True)
            parts.append(f"({attribute} is known and {attribute} in [{', '.join(listed)}])")
        elif name == "remoteAddress":
            raise Untranslated("addresses of a network")
        elif name != "default":
            raise Untranslated("shares by Unleash's own hash" if "ollout" in name else
                               "strategies that Unleash itself does not know")
        return "(" + (" and ".join(parts) or "true") + ")"

    def constraint(self, one):
        operator, found = one["operator"], self.value(one["contextName"])
        if operator == "IN_CIDR":
            raise Untranslated("addresses of a network")
        kind = "float" if operator in NUMBERS else "time" if operator in DATES else "text"
        if kind == "float" and found is not None:
            found = float(found) if re.fullmatch(r"-?\d+(\.\d+)?", str(found)) else found
        elif found is not None:
            found = instant(str(found)) if kind == "time" else str(found)
        attribute = self.writer.attribute(kind, found, optional=True)
        rule = f"({attribute} is known and {self.asks(attribute, operator, one)})"
        return f"(not {rule})" if bool(one.get("inverted")) != (operator == "NOT_IN") else rule

    @staticmethod
    def asks(attribute, operator, one):
        blind = " ignoring case" if one.get("caseInsensitive") else ""
        values = [quoted(value) for value in one.get("values") or []]
        if operator in NUMBERS:
            return f"{attribute} {NUMBERS[operator]} {literal('float', float(one['value']))}"
        if operator in VERSIONS:
            return f"{attribute} version {VERSIONS[operator]} {quoted(one['value'])}"
        if operator in DATES:
            return f"{attribute} {DATES[operator]} {instant(one['value'])}"
        if operator in ("IN", "NOT_IN"):
            return f"{attribute} in [{', '.join(values)}]" if values else "1 == 2"
        if operator in TEXTS:
            return "(" + (" or ".join(f"{attribute} {TEXTS[operator]} {value}{blind}" for value in values)
                          or "1 == 2") + ")"
        if operator == "REGEX":
            return f"{attribute} matches {pattern(one['value'])}{'i' if blind else ''}"
        raise Untranslated("operators that Unleash itself does not know")


def forms(state, test):
    segments = {one["id"]: one["constraints"] for one in state.get("segments") or []}
    made = Translator(test["context"], segments)
    feature = next((one for one in state["features"] if one["name"] == test["toggleName"]), None)
    if feature is None:
        raise Untranslated("features that are not there")
    rule = made.feature(feature)
    if test["expectedResult"]:
        return [Form(rule, "in", made.writer.values)]
    return [Form(rule, "out", made.writer.values), Form(f"not {rule}", "in", made.writer.values)]


def cases(read):
    for file in sorted(name for name in read(None) if re.match(r"\d", name)):
        found = json.loads(read(file))
        for test in found.get("tests") or []:
            name = f"{file[:2]}/{test['description']}"
            try:
                if "features" not in found.get("state", {}):
                    raise Untranslated("how a client keeps up with its server")
                yield Case(NAME, name, forms(found["state"], test))
            except Untranslated as why:
                yield Case(NAME, name, category=str(why))
        for test in found.get("variantTests") or []:
            yield Case(NAME, f"{file[:2]}/variant/{test['description']}", category="which variant is shown")
