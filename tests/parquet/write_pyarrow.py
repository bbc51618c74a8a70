#!/usr/bin/env python3
"""Writes people as pyarrow's Parquet files, in several layouts, into a folder, and prints their names. Exit 77: there
is no pyarrow.

    write_pyarrow.py FOLDER"""
import os
import sys

import check

try:
    import pyarrow
    import pyarrow.parquet
except ImportError:
    sys.exit(77)

TEXT, WIDE = pyarrow.string(), pyarrow.large_string()
KINDS = {"profile": TEXT, "visits": pyarrow.int64(), "plan": TEXT, "country": TEXT, "score": pyarrow.float64(),
         "spend": pyarrow.decimal128(12, 2), "opted_out": pyarrow.bool_(), "joined": pyarrow.timestamp("ms", tz="UTC"),
         "renews_on": pyarrow.date32(), "tags": pyarrow.list_(TEXT), "born": pyarrow.timestamp("us"), "ignored": pyarrow.int8()}
OTHERS = {"profile": WIDE, "visits": pyarrow.uint16(), "plan": pyarrow.dictionary(pyarrow.int8(), TEXT),
          "country": pyarrow.dictionary(pyarrow.int32(), TEXT), "spend": pyarrow.decimal128(38, 6),
          "joined": pyarrow.timestamp("ns", tz="America/New_York"), "born": pyarrow.timestamp("ns"),
          "tags": pyarrow.large_list(WIDE), "ignored": pyarrow.float32()}
LAYOUTS = {
    "plain": (KINDS, {"row_group_size": 999}),
    "others": (dict(KINDS, **OTHERS), {"compression": "zstd", "version": "2.6", "data_page_version": "2.0"}),
    "old": (dict(KINDS, born=pyarrow.timestamp("ms")), {"version": "1.0", "compression": "gzip", "use_dictionary": False}),
    "int96": (dict(KINDS, joined=pyarrow.timestamp("ns"), born=pyarrow.timestamp("ms")), {"use_deprecated_int96_timestamps": True, "compression": "lz4"}),
    "split": (KINDS, {"use_dictionary": ["plan"], "use_byte_stream_split": ["score"], "compression": "none", "store_schema": False,
                      "data_page_size": 1024}),
}


def main():
    rows = check.people()
    for name, (kinds, options) in LAYOUTS.items():
        if name == "int96":  # such instants have no zone: written by the clocks of the rules' zone
            import zoneinfo
            berlin = zoneinfo.ZoneInfo("Europe/Berlin")
            same = [dict(row, joined=row["joined"] and row["joined"].astimezone(berlin).replace(tzinfo=None)) for row in rows]
        else:
            same = rows
        table = pyarrow.table({key: pyarrow.array([row[key] for row in same], kind) for key, kind in kinds.items()})
        pyarrow.parquet.write_table(table, os.path.join(sys.argv[1], name + ".parquet"), **options)
        print(name + ".parquet")


if __name__ == "__main__":
    main()
