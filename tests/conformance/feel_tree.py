"""Reads an expression of FEEL into a tree of tuples; see `Parser` for the kinds."""
import re

TOKEN = re.compile(r'''(?P<space>\s+|//[^\n]*|/\*.*?\*/)|(?P<at>@"(?:\\.|[^"\\])*")|(?P<string>"(?:\\.|[^"\\])*")
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)|(?P<sign>\.\.|[<>!]=|\*\*|->|[-+*/<>=(),:.\[\]{}])
    |(?P<name>[^\W\d]\w*)''', re.X | re.S)
# Names of several words, as FEEL has them, and the names of models of the suite.
PHRASES = ["years and months duration", "date and time", "day of year", "day of week", "month of year", "week of year",
           "time offset", "instance of", "string length", "get value"]
COMPARED = ("=", "!=", "<", "<=", ">", ">=")


class Unreadable(Exception):
    pass


def unquoted(text):
    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", lambda m: chr(int(m[1][1:], 16)) if len(m[1]) > 1 else
                  {"n": "\n", "t": "\t", "r": "\r"}.get(m[1], m[1]), text[1:-1])


class Parser:
    """Kinds: number text at bool null name select list range context call not minus if in between test, and signs."""

    def __init__(self, text):
        self.tokens, self.place, place = [], 0, 0
        while place < len(text):
            match = TOKEN.match(text, place)
            if not match:
                raise Unreadable(text[place:])
            place = match.end()
            if match.lastgroup == "name":
                for phrase in PHRASES:
                    if text.startswith(phrase, match.start()):
                        place = match.start() + len(phrase)
                        break
                self.tokens.append(("name", text[match.start():place]))
            elif match.lastgroup != "space":
                self.tokens.append((match.lastgroup, match[0]))
        self.tokens.append(("end", ""))

    @property
    def head(self):
        kind, text = self.tokens[self.place]
        return text if kind in ("sign", "name") else None

    def take(self, wanted=None):
        kind, text = self.tokens[self.place]
        if wanted is not None and (text != wanted or kind not in ("sign", "name")):
            raise Unreadable(f"{wanted} wanted, {text} found")
        self.place += 1
        return kind, text

    def whole(self):
        tree = self.either()
        if self.tokens[self.place][0] != "end":
            raise Unreadable(self.tokens[self.place][1])
        return tree

    def either(self):
        if self.head in ("function", "for", "some", "every"):
            raise Unreadable("function")
        if self.head == "if":
            self.take()
            test = self.either()
            self.take("then")
            then = self.either()
            self.take("else")
            return ("if", test, then, self.either())
        tree = self.both()
        while self.head == "or":
            self.take()
            tree = ("or", tree, self.both())
        return tree

    def both(self):
        tree = self.compared()
        while self.head == "and":
            self.take()
            tree = ("and", tree, self.compared())
        return tree

    def compared(self):
        tree = self.sum()
        while True:
            if self.head in COMPARED:
                sign = self.take()[1]
                tree = (sign, tree, self.sum())
            elif self.head == "between":
                self.take()
                low = self.sum()
                self.take("and")
                tree = ("between", tree, low, self.sum())
            elif self.head == "in":
                self.take()
                tree = ("in", tree, self.tests())
            elif self.head == "instance of":
                raise Unreadable("instance of")
            else:
                return tree

    def tests(self):
        """The tests behind `in`: a list of ('test', sign, tree) and trees."""
        if self.head == "(":
            start = self.place
            self.take()
            try:
                out = [self.test()]
                while self.head == ",":
                    self.take()
                    out.append(self.test())
                self.take(")")
                return out
            except Unreadable:
                self.place = start
        return [self.test()]

    def test(self):
        if self.head in COMPARED:
            sign = self.take()[1]
            return ("test", sign, self.sum())
        return self.sum()

    def sum(self):
        tree = self.product()
        while self.head in ("+", "-"):
            sign = self.take()[1]
            tree = (sign, tree, self.product())
        return tree

    def product(self):
        tree = self.unary()
        while self.head in ("*", "/", "**"):
            sign = self.take()[1]
            tree = (sign, tree, self.unary())
        return tree

    def unary(self):
        if self.head == "-":
            self.take()
            inner = self.unary()
            return ("number", "-" + inner[1]) if inner[0] == "number" and inner[1][0] != "-" else ("minus", inner)
        return self.behind(self.primary())

    def behind(self, tree):
        while self.head in (".", "["):
            if self.head == "[":
                # `x]1..2[`: an opening bracket behind a range's end belongs to the range.
                raise Unreadable("filter")
            self.take()
            tree = ("select", tree, self.take()[1])
        return tree

    def primary(self):
        kind, text = self.take()
        if kind == "number":
            return ("number", text)
        if kind == "string":
            return ("text", unquoted(text))
        if kind == "at":
            return ("at", unquoted(text[1:]))
        if kind == "name":
            if text in ("true", "false"):
                return ("bool", text == "true")
            if text == "null":
                return ("null", None)
            if self.head == "(":
                return self.call(text)
            return ("name", text)
        if text in ("(", "[", "]"):
            return self.bracket(text)
        if text in COMPARED:
            return ("test", text, self.sum())
        raise Unreadable("context" if text == "{" else text)

    def call(self, name):
        self.take("(")
        out, names = [], []
        while self.head != ")":
            if self.tokens[self.place][0] == "name" and self.tokens[self.place + 1] == ("sign", ":"):
                names.append(self.take()[1])
                self.take(":")
            else:
                names.append(None)
            out.append(self.either())
            if self.head != ")":
                self.take(",")
        self.take(")")
        return ("call", name, out, names)

    def bracket(self, opened):
        if opened == "[" and self.head == "]":
            self.take()
            return ("list", [])
        first = self.either()
        if self.head == "..":
            self.take()
            last = self.either()
            closed = self.take()[1]
            if closed not in ("]", ")", "["):
                raise Unreadable(closed)
            return ("range", opened == "[", first, last, closed == "]")
        if opened == "(":
            self.take(")")
            return first
        values = [first]
        while self.head == ",":
            self.take()
            values.append(self.either())
        self.take("]")
        return ("list", values)


def parsed(text):
    return Parser(text).whole()
