"""Reads an expression of CEL into a tree of tuples; see `Parser` for the kinds."""
import re

TOKEN = re.compile(r'''(?P<space>\s+|//[^\n]*)
    |(?P<string>[rRbB]{0,2}(?:"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<float>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
    |(?P<uint>(?:0x[0-9a-fA-F]+|\d+)[uU])|(?P<int>0x[0-9a-fA-F]+|\d+)
    |(?P<name>[A-Za-z_]\w*|`[^`]*`)|(?P<sign>\[\?|\.\?|&&|\|\||[<>=!]=|[-+*/%!<>?:.,()\[\]{}])''', re.X | re.S)
ESCAPE = re.compile(r"\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.S)
SIGNS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
BINARY = [("||",), ("&&",), ("==", "!=", "<", "<=", ">", ">=", "in"), ("+", "-"), ("*", "/", "%")]


class Unreadable(Exception):
    pass


def string(token):
    """('text', value) or ('bytes', ...) of a quoted literal."""
    prefix = re.match(r"[rRbB]*", token)[0].lower()
    body = token[len(prefix):]
    body = body[3:-3] if body[:3] in ('"""', "'''") else body[1:-1]
    if "b" in prefix:
        return ("bytes", body)
    if "r" in prefix:
        return ("text", body)

    def one(match):
        code = match[1] or match[2] or match[3]
        if code or match[4]:
            return chr(int(code, 16) if code else int(match[4], 8))
        return SIGNS.get(match[5], match[5])
    return ("text", ESCAPE.sub(one, body))


class Parser:
    """Kinds: int uint float text bytes bool null name select index call list map message not minus if, and signs."""

    def __init__(self, text):
        self.tokens, self.place, place = [], 0, 0
        while place < len(text):
            match = TOKEN.match(text, place)
            if not match:
                raise Unreadable(text[place:])
            place = match.end()
            if match.lastgroup != "space":
                self.tokens.append((match.lastgroup, match[0]))
        self.tokens.append(("end", ""))

    @property
    def head(self):
        return self.tokens[self.place][1] if self.tokens[self.place][0] in ("sign", "name", "end") else None

    def take(self, wanted=None):
        kind, text = self.tokens[self.place]
        if wanted is not None and text != wanted:
            raise Unreadable(f"{wanted} wanted, {text} found")
        self.place += 1
        return kind, text

    def whole(self):
        tree = self.choice()
        if self.tokens[self.place][0] != "end":
            raise Unreadable(self.tokens[self.place][1])
        return tree

    def choice(self):
        tree = self.binary(0)
        if self.head == "?":
            self.take()
            then = self.binary(0)
            self.take(":")
            tree = ("if", tree, then, self.choice())
        return tree

    def binary(self, level):
        if level == len(BINARY):
            return self.unary()
        tree = self.binary(level + 1)
        while self.head in BINARY[level]:
            sign = self.take()[1]
            tree = (sign, tree, self.binary(level + 1))
        return tree

    def unary(self):
        if self.head == "!":
            self.take()
            return ("not", self.unary())
        if self.head == "-":
            self.take()
            kind, text = self.tokens[self.place]
            if kind in ("int", "float"):
                tree = self.primary()
                return self.behind((tree[0], -tree[1]))
            return ("minus", self.unary())
        return self.behind(self.primary())

    def behind(self, tree):
        while self.head in (".", "[", ".?", "[?", "{"):
            sign = self.take()[1]
            if sign == "{":
                tree = self.message(tree)
            elif sign in ("[", "[?"):
                tree = ("index" if sign == "[" else "optional", tree, self.choice())
                self.take("]")
            else:
                name = self.take()[1]
                if self.head == "(":
                    tree = ("call", name, tree, self.arguments())
                else:
                    tree = ("select" if sign == "." else "optional", tree, name)
        return tree

    def arguments(self):
        self.take("(")
        return self.several(")", self.choice)

    def several(self, close, one):
        out = []
        while self.head != close:
            out.append(one())
            if self.head != close:
                self.take(",")
        self.take(close)
        return out

    def entry(self):
        if self.head == "?":
            self.take()
        key = self.choice()
        self.take(":")
        return (key, self.choice())

    def message(self, tree):
        return ("message", tree, self.several("}", self.entry))

    def element(self):
        if self.head == "?":
            self.take()
        return self.choice()

    def primary(self):
        kind, text = self.take()
        if kind == "string":
            return string(text)
        if kind == "float":
            return ("float", float(text))
        if kind in ("int", "uint"):
            return (kind, int(text.rstrip("uU"), 0 if text[:2].lower() == "0x" else 10))
        if kind == "name":
            if text in ("true", "false"):
                return ("bool", text == "true")
            if text == "null":
                return ("null", None)
            if self.head == "(":
                return ("call", text, None, self.arguments())
            return ("name", text)
        if text == "(":
            tree = self.choice()
            self.take(")")
            return tree
        if text == "[":
            return ("list", self.several("]", self.element))
        if text == "{":
            return ("map", self.several("}", self.entry))
        if text == ".":
            self.place -= 0
            return ("name", self.take()[1]) if self.tokens[self.place + 1][1] != "(" else \
                ("call", self.take()[1], None, self.arguments())
        raise Unreadable(text)


def parsed(text):
    return Parser(text).whole()
