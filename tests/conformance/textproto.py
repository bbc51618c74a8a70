"""Reads protocol buffers in text form, as far as the CEL suite uses it: a message is a list of (name, value)."""
import re

TOKEN = re.compile(r"""\s+|\#[^\n]*|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<word>[A-Za-z0-9_.+-]+)|(?P<name>\[[\w./]+\])|(?P<sign>[{}<>:,;\[\]])""", re.X)
ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))", re.S)
SIGNS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


def unescaped(body):
    """The bytes of a quoted string."""
    def one(match):
        if match[1]:
            return bytes([int(match[1], 16)])
        if match[2] or match[3]:
            return chr(int(match[2] or match[3], 16)).encode()
        if match[4]:
            return bytes([int(match[4], 8) & 255])
        return SIGNS.get(match[5], match[5])
    return ESCAPE.sub(one, body.encode())


def tokens(text):
    place = 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if not match:
            raise ValueError(f"text form: {text[place:place + 40]!r}")
        place = match.end()
        if match.lastgroup:
            yield match.lastgroup, match[0]
    yield "end", ""


class Reader:
    def __init__(self, text):
        self.all, self.place = list(tokens(text)), 0

    @property
    def head(self):
        return self.all[self.place]

    def take(self):
        self.place += 1
        return self.all[self.place - 1]

    def message(self, close):
        fields = []
        while self.head[1] != close or self.head[0] == "string":
            name = self.take()[1]
            if self.head == ("sign", ":"):
                self.take()
            fields.append((name, self.value()))
            if self.head in (("sign", ","), ("sign", ";")):
                self.take()
        self.take()
        return fields

    def value(self):
        kind, text = self.take()
        if kind == "string":
            body = unescaped(text[1:-1])
            while self.head[0] == "string":
                body += unescaped(self.take()[1][1:-1])
            return body
        if text in ("{", "<"):
            return self.message("}" if text == "{" else ">")
        if text == "[":
            values = []
            while self.head != ("sign", "]"):
                values.append(self.value())
                if self.head == ("sign", ","):
                    self.take()
            self.take()
            return values
        return text


def parsed(text):
    return Reader(text).message("")


def first(message, name, default=None):
    return next((value for key, value in message if key == name), default)


def every(message, name):
    return [value for key, value in message if key == name]
