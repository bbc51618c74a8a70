"""GrowthBook's targeting conditions (evalCondition of its cases for SDKs): github.com/growthbook/growthbook."""
import json

from case import Case, Form, Untranslated, Writer, literal, pattern

NAME = "growthbook"
ARCHIVE = None
FOLDER = "growthbook/packages/sdk-js/test"
KINDS = {bool: "bool", int: "int", float: "float", str: "text"}
ORDERS = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
VERSIONS = {"$veq": "==", "$vne": "!=", "$vgt": ">", "$vgte": ">=", "$vlt": "<", "$vlte": "<="}
OTHER = {"$size": "lengths", "$type": "types as values", "$inGroup": "groups that stand beside the condition",
         "$notInGroup": "groups that stand beside the condition"}
ABSENT = object()


def found(data, path):
    for name in path.split("."):
        if not isinstance(data, dict) or name not in data:
            return ABSENT
        data = data[name]
    return data


def scalar(value):
    """The literal of a fixed value."""
    if type(value) not in KINDS:
        raise Untranslated("lists and objects as values")
    return literal(KINDS[type(value)], value)


class Translator:
    def __init__(self, data):
        self.data, self.writer = data, Writer(True)

    def of(self, condition):
        parts = [self.entry(name, value) for name, value in condition.items()]
        return "(" + (" and ".join(parts) or "true") + ")"

    def entry(self, name, value):
        if name in ("$and", "$or", "$nor"):
            if name != "$and" and not value:
                return "true"  # GrowthBook: nothing to choose from keeps nobody out
            word = " and " if name == "$and" else " or "
            joined = "(" + (word.join(self.of(one) for one in value) or "true") + ")"
            return f"(not {joined})" if name == "$nor" else joined
        if name == "$not":
            return f"(not {self.of(value)})"
        if name.startswith("$") and name != "$groups":
            raise Untranslated(OTHER.get(name, "operators that GrowthBook itself does not know"))
        attribute, kind = self.attribute(found(self.data, name), value)
        if isinstance(value, dict) and all(key.startswith("$") for key in value):
            return "(" + (" and ".join(self.test(attribute, kind, *one) for one in value.items()) or "true") + ")"
        if value is None:
            return f"{attribute} is missing"
        return f"({self.known(attribute, kind)}{attribute} == {scalar(value)})"

    def attribute(self, value, asked):
        """(name, kind); what is absent gets the kind that is asked about."""
        if isinstance(value, list):
            if not all(isinstance(one, str) for one in value):
                raise Untranslated("lists and objects as values")
            return self.writer.attribute("set of text", value), "set"
        if isinstance(value, dict):
            raise Untranslated("lists and objects as values")
        if value is ABSENT or value is None:
            return self.writer.missing(self.kind_of(asked)), self.kind_of(asked)
        return self.writer.attribute(KINDS[type(value)], value, optional=True), KINDS[type(value)]

    def kind_of(self, asked):
        if isinstance(asked, dict):
            inner = next((one for one in asked.values() if one is not None), "")
            return self.kind_of(inner)
        if isinstance(asked, list):
            return self.kind_of(asked[0]) if asked else "text"
        return KINDS.get(type(asked), "text")

    @staticmethod
    def known(attribute, kind):
        return "" if kind == "set" else f"{attribute} is known and "

    def test(self, attribute, kind, operator, value):
        if operator in VERSIONS:
            return f"({attribute} is known and {attribute} version {VERSIONS[operator]} {scalar(value)})"
        if operator == "$exists":
            if kind == "set":
                raise Untranslated("lists and objects as values")
            return f"{attribute} is {'known' if value else 'missing'}"
        if operator == "$not":
            return f"(not ({' and '.join(self.test(attribute, kind, *one) for one in value.items())}))"
        if kind == "set":
            return self.set_test(attribute, operator, value)
        if operator in ORDERS:
            # GrowthBook takes a missing number for 0.
            subject = f"({attribute} ?? 0)" if kind in ("int", "float") else attribute
            return f"({'' if subject != attribute else attribute + ' is known and '}{subject} {ORDERS[operator]} {scalar(value)})"
        return self.plain_test(attribute, operator, value)

    def plain_test(self, attribute, operator, value):
        known = f"{attribute} is known and "
        if operator in ("$eq", "$ne"):
            if value is None:
                return f"{attribute} is {'missing' if operator == '$eq' else 'known'}"
            positive = f"({known}{attribute} == {scalar(value)})"
            return positive if operator == "$eq" else f"(not {positive})"
        if operator in ("$in", "$nin", "$ini", "$nini"):
            if not isinstance(value, list):
                return "1 == 2"  # GrowthBook: neither in nor not in what is no list
            blind = " ignoring case" if operator.endswith("ni") and operator != "$in" else ""
            positive = f"({known}{attribute} in [{', '.join(scalar(one) for one in value)}]{blind})"
            return positive if operator in ("$in", "$ini") else f"(not {positive})"
        if operator in ("$regex", "$regexi", "$notRegex", "$notRegexi"):
            flag = "i" if operator.endswith("i") else ""
            positive = f"({known}{attribute} matches {pattern(value)}{flag})"
            return f"(not {positive})" if operator.startswith("$not") else positive
        raise Untranslated(OTHER.get(operator, "lists and objects as values"
                                     if operator in ("$all", "$alli", "$elemMatch")
                                     else "operators that GrowthBook itself does not know"))

    @staticmethod
    def set_test(attribute, operator, value):
        if operator in ("$ini", "$nini", "$alli"):
            raise Untranslated("sets of texts, ignoring case")
        words = {"$in": "any of", "$nin": "none of", "$all": "all of"}
        if operator in words and isinstance(value, list) and all(isinstance(one, str) for one in value):
            return f"({attribute} {words[operator]} [{', '.join(scalar(one) for one in value)}])"
        if operator == "$elemMatch" and isinstance(value, dict) and list(value) in (["$eq"], ["$in"]):
            wanted = value.get("$in", [value.get("$eq")])
            if all(isinstance(one, str) for one in wanted):
                return f"({attribute} any of [{', '.join(scalar(one) for one in wanted)}])"
        raise Untranslated(OTHER.get(operator, "lists and objects as values"))


def forms(condition, data, wanted):
    made = Translator(data)
    rule = made.of(condition)
    if wanted:
        return [Form(rule, "in", made.writer.values)]
    return [Form(rule, "out", made.writer.values), Form(f"not {rule}", "in", made.writer.values)]


def cases(read):
    for name, condition, data, wanted, *groups in json.loads(read("cases.json"))["evalCondition"]:
        try:
            if groups:
                raise Untranslated("groups that stand beside the condition")
            yield Case(NAME, name, forms(condition, data, wanted))
        except Untranslated as why:
            yield Case(NAME, name, category=str(why))
