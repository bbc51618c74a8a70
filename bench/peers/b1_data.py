"""The columns and conditions of B1 as the benchmark wrote them, for peers in Python."""
import json
import os

import numpy
import pyarrow

TYPES = {"i": ("int32", pyarrow.int32()), "l": ("int64", pyarrow.int64()), "g": ("float64", pyarrow.float64()),
         "tsm:": ("int64", pyarrow.timestamp("ms")), "tdD": ("int32", pyarrow.date32()),
         "d:18,2": (None, pyarrow.decimal128(18, 2)), "b": (None, pyarrow.bool_()), "C": ("uint8", None)}


def load(folder):
    """The workload, and its columns as an Arrow table that lies over the files' bytes."""
    with open(os.path.join(folder, "workload.json"), encoding="utf-8") as file:
        workload = json.load(file)
    arrays, names = [], []
    for column in workload["columns"]:
        valid, values = (pyarrow.py_buffer(open(os.path.join(folder, f"{column['name']}.{part}"), "rb").read())
                         for part in ("valid", "values"))
        _, kind = TYPES[column["format"]]
        if column["texts"]:
            codes = pyarrow.Array.from_buffers(pyarrow.uint8(), workload["rows"], [valid, values])
            arrays.append(pyarrow.DictionaryArray.from_arrays(codes.cast(pyarrow.int32()), column["texts"]))
        else:
            arrays.append(pyarrow.Array.from_buffers(kind, workload["rows"], [valid, values]))
        names.append(column["name"])
    return workload, pyarrow.table(arrays, names=names)


def entries(texts, op, value):
    """Those of a column's texts for which a condition holds."""
    holds = {"==": lambda text: text == value, "!=": lambda text: text != value, "in": lambda text: text in value.split(),
             "starts": lambda text: text.startswith(value), "contains": lambda text: value in text}[op]
    return [text for text in texts if holds(text)]


def sql(workload, atom, quote_time):
    """A condition in SQL. Null is never a member: no condition stands under a NOT. Which texts begin with something or
    hold it is found beforehand."""
    name, op, value, number = atom
    kind = next(column for column in workload["columns"] if column["name"] == name)
    if kind["texts"]:
        if op in ("==", "!="):
            return f"{name} {'=' if op == '==' else '<>'} '{value}'"
        return f"{name} IN ({', '.join(repr(text) for text in entries(kind['texts'], op, value))})"
    if kind["format"] == "b":
        return f"{name} = {value}"
    if kind["format"] in ("tsm:", "tdD"):
        return f"{name} {'>' if op == 'within' else op} {quote_time(kind['format'], number)}"
    return f"{name} {'=' if op == '==' else op} {value}"


def segments(workload, conditions):
    """The segments in SQL."""
    made = []
    for form, a, b, c in workload["segments"]:
        a, b, c = conditions[a], conditions[b], conditions[c]
        made.append([f"{a} AND {b} AND {c}", f"{a} AND ({b} OR {c})", f"({a} AND {b}) OR {c}"][form])
    return made


def names(workload):
    """What found() calls the conditions."""
    return [f"a{number}" for number in range(len(workload["atoms"]))]


def found(workload, conditions):
    """The columns of a query that finds every condition once, for another to combine."""
    return ", ".join(f"{condition} AS {name}" for condition, name in zip(conditions, names(workload)))
