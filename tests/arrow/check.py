#!/usr/bin/env python3
"""Columns of pyarrow (and of Polars and DuckDB, where they are) through the Arrow C data interface, without a copy:
every segment has the members that `seg run` gives for the same values as JSON lines.

    check.py BUILD

Packages of Python that are not here are named and skipped; `bench/peers/run.py` installs them below the build."""
import ctypes
import datetime
import decimal
import json
import os
import random
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = 3000
NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.timezone.utc)
passed = failed = skipped = 0


def be_sure_of_pyarrow(build):
    """Runs again with the Python below the build when this one has no pyarrow."""
    try:
        import pyarrow  # noqa: F401
        return True
    except ImportError:
        other = os.path.join(build, "bench", "python", "bin", "python")
        if os.path.exists(other) and os.path.realpath(sys.prefix) != os.path.realpath(os.path.dirname(os.path.dirname(other))):
            os.execv(other, [other, __file__, build])
        return False


def say(what, fine):
    global passed, failed
    passed += fine
    failed += not fine
    if not fine:
        print(f"FAILED {what}")


def values():
    """Rows as Python sees them; the values lie around the rules' edges."""
    draw = random.Random(7)
    day = datetime.timedelta(days=1)

    def maybe(value):
        return None if draw.random() < 0.1 else value
    rows = []
    for number in range(ROWS):
        rows.append({
            "profile": f"p{number:05}",
            "visits": maybe(draw.randrange(4)), "plan": maybe(draw.choice(["free", "trial", "pro"])),
            "country": maybe(draw.choice(["de", "us", "no", "", "dänemark", "Oman"])),
            "score": maybe(draw.choice([0.5, 0.7, 0.25, 1.5, -0.0])),
            "spend": maybe(decimal.Decimal(draw.choice(["99.98", "99.99", "100.00", "0.01", "-5.00"]))),
            "opted_out": maybe(draw.random() < 0.3),
            "joined": maybe(NOW - draw.choice([29, 30, 31]) * day + datetime.timedelta(milliseconds=draw.randrange(-1, 2))),
            "renews_on": maybe(NOW.date() + draw.randrange(-1, 33) * day),
            "tags": maybe(draw.sample(["a", "b", "c", "d"], draw.randrange(4))),
            "stay": maybe(datetime.timedelta(minutes=draw.choice([89, 90, 91]))),
        })
    return rows


def as_json(row):
    """The same row as a line that sets attributes now."""
    traits = {}
    for name, value in row.items():
        if name == "profile" or value is None:
            continue
        if isinstance(value, datetime.datetime):
            value = value.isoformat(timespec="milliseconds")
        elif isinstance(value, datetime.date):
            value = value.isoformat()
        elif isinstance(value, datetime.timedelta):
            value = f"{int(value.total_seconds() // 60)}m"
        elif isinstance(value, decimal.Decimal):
            value = float(value)
        traits[name] = value
    return json.dumps({"type": "identify", "userId": row["profile"], "timestamp": NOW.isoformat(), "traits": traits})


class Library(ctypes.CDLL):
    """libsegvm as a shared library, made of the static one."""

    def __init__(self, build, folder):
        path = os.path.join(folder, "libsegvm.so")
        subprocess.run(["cc", "-shared", "-o", path, "-Wl,--whole-archive", os.path.join(build, "libsegvm.a"),
                        "-Wl,--no-whole-archive", "-lffi", "-lm"], check=True)
        super().__init__(path)

    def image(self, data):
        made, error = ctypes.c_void_p(), ctypes.create_string_buffer(256)
        if self.seg_image_load(ctypes.byref(made), data, ctypes.c_size_t(len(data)), None, error) != 0:
            raise ValueError(error.raw[16:].split(b"\0")[0].decode())
        return made

    def members(self, image, names, batch):
        """The members of each segment, of a record batch that is lent, not copied."""
        array, schema = ctypes.create_string_buffer(80), ctypes.create_string_buffer(72)
        batch._export_to_c(ctypes.addressof(array), ctypes.addressof(schema))
        made, error = ctypes.c_void_p(), ctypes.create_string_buffer(256)
        now = ctypes.c_int64(int(NOW.timestamp() * 1000))
        words = (batch.num_rows + 63) // 64
        bits = [(ctypes.c_uint64 * words)() for _ in names]
        rooms = (ctypes.c_void_p * len(names))(*[ctypes.addressof(each) for each in bits])
        status = self.seg_batch_new(ctypes.byref(made), image, schema, now, None, None, error)
        if status == 0:
            status = self.seg_batch_run(made, array, rooms, None, error)
        self.seg_batch_free(made)
        for exported, at in ((array, 64), (schema, 56)):  # `release` of each
            release = ctypes.c_void_p.from_buffer(exported, at).value
            ctypes.CFUNCTYPE(None, ctypes.c_void_p)(release)(ctypes.addressof(exported))
        if status != 0:
            raise ValueError(error.raw[16:].split(b"\0")[0].decode())
        ids = batch.column(batch.schema.get_field_index("profile")).to_pylist()
        return {name: {ids[row] for row in range(batch.num_rows) if each[row // 64] >> row % 64 & 1}
                for name, each in zip(names, bits)}


    def exported(self, image, batch):
        """The members as columns made by the library: bools by row, and row numbers by segment."""
        import pyarrow
        array, schema = ctypes.create_string_buffer(80), ctypes.create_string_buffer(72)
        batch._export_to_c(ctypes.addressof(array), ctypes.addressof(schema))
        made, error = ctypes.c_void_p(), ctypes.create_string_buffer(256)
        now, found = ctypes.c_int64(int(NOW.timestamp() * 1000)), []
        status = self.seg_batch_new(ctypes.byref(made), image, schema, now, None, None, error)
        for form in (0, 1):
            out, kind = ctypes.create_string_buffer(80), ctypes.create_string_buffer(72)
            status = status or self.seg_batch_export(made, array, form, out, kind, error)
            if status == 0:
                found.append(pyarrow.RecordBatch._import_from_c(ctypes.addressof(out), ctypes.addressof(kind)))
        self.seg_batch_free(made)
        for lent, at in ((array, 64), (schema, 56)):  # `release` of each
            ctypes.CFUNCTYPE(None, ctypes.c_void_p)(ctypes.c_void_p.from_buffer(lent, at).value)(ctypes.addressof(lent))
        if status != 0:
            raise ValueError(error.raw[16:].split(b"\0")[0].decode())
        for each in found:
            each.validate(full=True)
        return found


def wanted(seg, folder, rows):
    """What `seg run` says."""
    path = os.path.join(folder, "values.ndjson")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(as_json(row) + "\n" for row in rows)
    printed = subprocess.run([seg, "run", HERE, "--events", path, "--at", "2026-03-01T12:00Z", "--members", "--strict", "--quiet",
                              "--format", "json"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return {each["segment"]: set(each["members"]) for each in json.loads(printed)["segments"]}


def batches(rows):
    """The rows in the layouts of several libraries: (title, record batch)."""
    global skipped
    import pyarrow
    kinds = {"profile": pyarrow.string(), "visits": pyarrow.int64(), "plan": pyarrow.string(), "country": pyarrow.string(),
             "score": pyarrow.float64(), "spend": pyarrow.decimal128(12, 2), "opted_out": pyarrow.bool_(),
             "joined": pyarrow.timestamp("ms", tz="UTC"), "renews_on": pyarrow.date32(),
             "tags": pyarrow.list_(pyarrow.string()), "stay": pyarrow.duration("ms")}
    table = pyarrow.table({name: pyarrow.array([row[name] for row in rows], kind) for name, kind in kinds.items()})
    first = table.combine_chunks().to_batches()[0]
    yield "pyarrow", first, rows
    yield "pyarrow, a slice", first.slice(77, 1001), rows[77:1078]
    other = dict(kinds, visits=pyarrow.int8(), spend=pyarrow.decimal128(20, 4), joined=pyarrow.timestamp("us"),
                 renews_on=pyarrow.date64(), stay=pyarrow.duration("ns"), score=pyarrow.float64(),
                 country=pyarrow.dictionary(pyarrow.int16(), pyarrow.large_string()), profile=pyarrow.large_string(),
                 plan=pyarrow.dictionary(pyarrow.uint8(), pyarrow.string()), tags=pyarrow.large_list(pyarrow.large_string()))
    yield "pyarrow, other layouts", table.cast(pyarrow.schema(list(other.items()))).combine_chunks().to_batches()[0], rows
    try:
        import polars
        frame = polars.from_arrow(table).with_columns(polars.col("country").cast(polars.Categorical))
        back = frame.to_arrow(compat_level=polars.CompatLevel.oldest())
        yield f"Polars {polars.__version__}", back.combine_chunks().to_batches()[0], rows
    except ImportError:
        skipped += 1
        print("skipped: Polars is not here")
    try:
        import duckdb
        connection = duckdb.connect()
        connection.register("lent", table)  # an interval of DuckDB has months: no duration
        back = connection.sql("SELECT * EXCLUDE stay FROM lent").to_arrow_table()
        without = [dict(row, stay=None) for row in rows]
        yield f"DuckDB {duckdb.__version__}", back.combine_chunks().to_batches()[0], without
    except ImportError:
        skipped += 1
        print("skipped: DuckDB is not here")


class Table(ctypes.Structure):
    """seg_batch_table"""
    _fields_ = [("event", ctypes.c_uint32), ("schema", ctypes.c_void_p), ("profile", ctypes.c_char_p), ("time", ctypes.c_char_p)]


class Options(ctypes.Structure):
    """seg_batch_options"""
    _fields_ = [("vector_rows", ctypes.c_uint32), ("allow_extra", ctypes.c_bool), ("plain", ctypes.c_bool),
                ("id_column", ctypes.c_char_p), ("tables", ctypes.POINTER(Table)), ("table_count", ctypes.c_uint32)]


class Text(ctypes.Structure):
    """seg_text"""
    _fields_ = [("bytes", ctypes.c_char_p), ("size_bytes", ctypes.c_size_t)]


EVENTS = {  # of examples/completejourney: the fields that its rules declare
    "Item Purchased": ["basket", "product", "department", "category", "brand", "quantity", "amount", "saved"],
    "Basket Completed": ["basket", "store", "lines", "total"],
    "Campaign Received": ["campaign", "kind", "ends_on"], "Coupon Redeemed": ["coupon", "campaign"]}


def journey(library, seg, folder):
    """A year of a grocer's households as tables of events, against `seg run` over the same lines. Tables have no
    messageId, which decides the order within an instant, so the lines go without it too."""
    import gzip

    import pyarrow
    rules = os.path.join(HERE, "..", "..", "examples", "completejourney")
    log, at = os.path.join(folder, "journey.ndjson"), datetime.datetime(2017, 7, 1, 5, tzinfo=datetime.timezone.utc)
    rows = {name: [] for name in EVENTS}
    numbers = {}
    with gzip.open(os.path.join(rules, "events.ndjson.gz"), "rt", encoding="utf-8") as file, \
            open(log, "w", encoding="utf-8") as plain:
        for line in file:
            plain.write(re.sub(r'"messageId":"[^"]*",', "", line))
            event = json.loads(line, parse_float=decimal.Decimal)
            event["profile"] = numbers.setdefault(event["userId"], len(numbers))
            event["time"] = datetime.datetime.fromisoformat(event["timestamp"])
            rows[event["event"]].append(event)
    kinds = {"quantity": pyarrow.int32(), "lines": pyarrow.int64(), "amount": pyarrow.decimal128(12, 2),
             "saved": pyarrow.decimal128(12, 2), "total": pyarrow.decimal128(12, 2), "ends_on": pyarrow.date32()}
    printed = subprocess.run([seg, "run", rules, "--events", log, "--at", at.isoformat(), "--members", "--quiet", "--format", "json"],
                             stdout=subprocess.PIPE, text=True, check=True).stdout
    right = {each["segment"]: set(each["members"]) for each in json.loads(printed)["segments"]}
    path = os.path.join(folder, "journey")
    subprocess.run([seg, "compile", rules, "--output", path], check=True, capture_output=True)
    with open(path, "rb") as file:
        image = library.image(file.read())
    lent, tables, arrays = [], (Table * len(EVENTS))(), (ctypes.c_void_p * len(EVENTS))()

    def lend(batch):
        array, schema = ctypes.create_string_buffer(80), ctypes.create_string_buffer(72)
        batch._export_to_c(ctypes.addressof(array), ctypes.addressof(schema))
        lent.append((batch, array, schema))
        return ctypes.addressof(array), ctypes.addressof(schema)
    for i, (name, fields) in enumerate(EVENTS.items()):
        columns = {"profile": pyarrow.array([row["profile"] for row in rows[name]], pyarrow.int32()),
                   "time": pyarrow.array([row["time"] for row in rows[name]], pyarrow.timestamp("us", tz="UTC"))}
        for field in fields:
            found = [row["properties"].get(field) for row in rows[name]]
            if field == "ends_on":
                found = [each and datetime.date.fromisoformat(each) for each in found]
            columns[field] = pyarrow.array([None if each is None else decimal.Decimal(each) if field in ("amount", "saved", "total")
                                            else each for each in found], kinds.get(field, pyarrow.string()))
        array, schema = lend(pyarrow.record_batch(columns))
        library.seg_image_find_event.argtypes = [ctypes.c_void_p, Text]
        number = library.seg_image_find_event(image, Text(name.encode(), len(name.encode())))
        tables[i], arrays[i] = Table(number, schema, None, None), array
    ids = sorted(numbers, key=numbers.get)
    array, schema = lend(pyarrow.record_batch({"profile": ids}))
    options, made, error = Options(tables=tables, table_count=len(EVENTS)), ctypes.c_void_p(), ctypes.create_string_buffer(256)
    status = library.seg_batch_new(ctypes.byref(made), image, ctypes.c_void_p(schema), ctypes.c_int64(int(at.timestamp() * 1000)),
                                   ctypes.byref(options), None, error)
    words, count = (len(ids) + 63) // 64, len(right)
    bits = [(ctypes.c_uint64 * words)() for _ in range(count)]
    rooms = (ctypes.c_void_p * count)(*[ctypes.addressof(each) for each in bits])
    status = status or library.seg_batch_run_events(made, ctypes.c_void_p(array), arrays, rooms, None, error)
    say(f"a year of households is taken: {error.raw[16:].split(bytes(1))[0].decode()}", status == 0)
    library.seg_batch_free(made)
    library.seg_image_find_segment.argtypes = [ctypes.c_void_p, Text]
    for name, members in right.items():
        each = bits[library.seg_image_find_segment(image, Text(name.encode(), len(name.encode())))]
        found = {key for key, row in numbers.items() if each[row // 64] >> row % 64 & 1}
        say(f"households, {name}: {len(members)} members, {len(found)} from tables of events", found == members)
    say("households: some are in, some are not", any(0 < len(each) < len(ids) for each in right.values()))
    library.seg_image_free(image)


def main():
    global skipped
    build = os.path.abspath(sys.argv[1])
    if not be_sure_of_pyarrow(build):
        print("skipped: pyarrow is not here, so no columns of other libraries were read")
        print("0 passed, 0 failed, 1 skipped")
        return
    import pyarrow
    seg = os.path.join(build, "seg")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "image")
        subprocess.run([seg, "compile", HERE, "--output", path], check=True, capture_output=True)
        library = Library(build, folder)
        with open(path, "rb") as file:
            image = library.image(file.read())
        rows = values()
        for title, batch, same in batches(rows):
            right = wanted(seg, folder, same)
            found = library.members(image, sorted(right), batch)
            for name, members in right.items():
                say(f"{title}, {name}: {len(members)} members, {len(found[name])} from columns", found[name] == members)
            bools, lists = library.exported(image, batch)
            ids = batch.column(batch.schema.get_field_index("profile")).to_pylist()
            by_rows = dict(zip(lists.column(0).to_pylist(), lists.column(1).to_pylist()))
            for name, members in right.items():
                column = bools.column(bools.schema.get_field_index(name)).to_pylist()
                say(f"{title}, {name}: bools", {key for key, member in zip(ids, column) if member} == members)
                say(f"{title}, {name}: row numbers", {ids[row] for row in by_rows[name]} == members)
            say(f"{title}: some are in, some are not", any(0 < len(each) < len(same) for each in right.values()))
        bad = pyarrow.record_batch({"profile": ["a"], "visits": ["two"]})
        try:
            library.members(image, [], bad)
            say("texts for numbers are refused", False)
        except ValueError as error:
            say(f"the refusal names the column: {error}", str(error).startswith("column visits must be an integer"))
        library.seg_image_free(image)
        journey(library, seg, folder)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
