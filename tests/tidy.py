#!/usr/bin/env python3
"""The house's rules that a compiler does not know. The last line counts rules that hold and that do not.

    tidy.py [BUILD]      with BUILD, the exported symbols of its libraries are looked at too
"""
import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
LONGEST_FUNCTION, LONGEST_FILE, LONGEST_LINE = 70, 1000, 110
# The loop of the VM is one function by design: its cases are the opcodes.
LONG_FUNCTIONS = {("runtime/vm.c", "seg_vm_run")}

# What each folder may include beside itself and the C library: folders, or single headers.
MAY_INCLUDE = {
    "runtime": [],
    "grammar": ["runtime/base/"],
    "compiler": ["grammar/", "runtime/"],
    "engine": ["runtime/seg.h", "runtime/base/"],
    "cli": ["runtime/seg.h", "compiler/segc.h", "compiler/proof/segproof.h", "engine/engine.h"],
}
# Libraries of others, by the folder that may use them.
FOREIGN = {
    # xxhash is inlined: nothing to link; immintrin.h is the compiler's own
    "runtime": {"ffi.h", "xxhash.h", "immintrin.h", "pthread.h"},
    "compiler": {"cctz/time_zone.h", "cctz/civil_time.h", "simdjson.h", "utf8proc.h", "xxhash.h", "z3.h"},
    "engine": {"pthread.h", "simdjson.h", "zlib.h", "csv.h", "xxhash.h"},
    "cli": {"zlib.h", "csv.h", "roaring/roaring.h"},
}
C_LIBRARY = {
    "assert.h", "ctype.h", "dirent.h", "dlfcn.h", "errno.h", "fcntl.h", "float.h", "fnmatch.h", "fts.h", "getopt.h",
    "inttypes.h", "limits.h", "locale.h", "math.h", "poll.h", "signal.h", "stdalign.h", "stdarg.h", "stdatomic.h",
    "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdio_ext.h", "stdlib.h",
    "string.h", "strings.h", "time.h", "unistd.h",
}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|unimplemented|not implemented)\b")
UNFINISHED_CODE = re.compile(UNFINISHED.pattern + r"|\b(stub(bed)?|placeholder)\b")
CXX_HEADER = re.compile(r"[a-z_]+|sys/[a-z]+\.h")  # <string>, <sys/stat.h>


FOLDERS = ["runtime", "grammar", "compiler", "engine", "cli", "bindings", "stdlib", "tests", "bench", "examples",
           "docs", "mk", ".ci"]


def written(*endings):
    """The files of the project with these endings, as paths from its root."""
    found = [name for name in os.listdir(ROOT) if os.path.isfile(os.path.join(ROOT, name))]
    for folder in FOLDERS:
        for place, _, names in os.walk(os.path.join(ROOT, folder)):
            found += [os.path.relpath(os.path.join(place, name), ROOT) for name in names]
    return sorted(name for name in found if name.endswith(endings))


def lines_of(name):
    with open(os.path.join(ROOT, name), encoding="utf-8", errors="replace") as file:
        return file.read().split("\n")


def sources():
    return [name for name in written(".c", ".h", ".cc", ".y", ".re", ".def")
            if name.split("/")[0] in MAY_INCLUDE]


def is_allowed(name, kind, header):
    folder = name.split("/")[0]
    if kind == "<":
        own = {"seg.h": "runtime/seg.h", "segc.h": "compiler/segc.h", "engine.h": "engine/engine.h",
               "segproof.h": "compiler/proof/segproof.h"}
        if header not in own:
            return (header in C_LIBRARY or header in FOREIGN.get(folder, ())
                    or CXX_HEADER.fullmatch(header) is not None)
        header = own[header]
    else:
        beside = os.path.normpath(os.path.join(os.path.dirname(name), header))
        if os.path.exists(os.path.join(ROOT, beside)):
            header = beside
        else:  # generated, or found by -I
            header = next((f"{place}/{header}" for place in ("runtime", "compiler", "engine")
                           if os.path.exists(os.path.join(ROOT, place, header))), f"{folder}/{header}")
    return header.startswith(folder + "/") or any(header.startswith(may) for may in MAY_INCLUDE[folder])


def layers():
    """each folder includes only what stands below it"""
    for name in sources():
        for number, line in enumerate(lines_of(name), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if match and not is_allowed(name, *match.groups()):
                yield f"{name}:{number}: may not include {match[2]}"


def functions():
    """functions are under 70 lines"""
    names = [name for name in sources() if name.endswith((".c", ".cc"))]
    if not names:
        return
    command = ["ctags", "-x", "--kinds-c=f", "--kinds-c++=f", "--_xformat=%N\t%F\t%n\t%{end}", *names]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for row in printed.splitlines():
        function, name, start, end = row.split("\t")
        if end and int(end) - int(start) + 1 > LONGEST_FUNCTION and (name, function) not in LONG_FUNCTIONS:
            yield f"{name}:{start}: {function} has {int(end) - int(start) + 1} lines"


def files():
    """files are under 1,000 lines"""
    for name in written(".c", ".h", ".cc", ".y", ".re", ".py", ".sh"):
        if len(lines_of(name)) > LONGEST_FILE:
            yield f"{name}: {len(lines_of(name))} lines"


def widths():
    """lines of C are at most 110 columns wide; no line has tabs or spaces at its end"""
    # Rows of tables (.def, token lists) and scripts are not C: a row is a line there, however wide.
    for name in written(".c", ".h", ".cc", ".y", ".re", ".def", ".py"):
        for number, line in enumerate(lines_of(name), 1):
            if len(line) > LONGEST_LINE and name.endswith((".c", ".h", ".cc")):
                yield f"{name}:{number}: {len(line)} columns"
            if "\t" in line or line != line.rstrip():
                yield f"{name}:{number}: a tab, or spaces at the line's end"


def words():
    """nothing is unfinished by its own words"""
    for name in written(".c", ".h", ".cc", ".y", ".re", ".def", ".mk", ".seg", ".sh", ".sql", ".md"):
        for number, line in enumerate(lines_of(name), 1):
            match = (UNFINISHED if name.endswith(".md") else UNFINISHED_CODE).search(line)
            if match:
                yield f"{name}:{number}: {match[0]}"


def symbols(build):
    """every external symbol begins with seg_"""
    for library in ("libsegvm.a", "libseg.a", "libsegengine.a"):
        printed = subprocess.run(["nm", "-g", "--defined-only", "-P", os.path.join(build, library)],
                                 capture_output=True, text=True, check=True).stdout
        for row in printed.splitlines():
            symbol, *rest = row.split()
            # Weak ones are C++ templates that a header of others put there.
            if rest and rest[0] in "TDBRC" and not symbol.startswith("seg_"):
                yield f"{library}: {symbol}"


def main():
    rules = [layers, functions, files, widths, words]
    passed = failed = 0
    for rule in rules + ([lambda: symbols(sys.argv[1])] if len(sys.argv) == 2 else []):
        faults = list(rule())
        passed += not faults
        failed += bool(faults)
        print(f"{'FAILED ' if faults else 'ok     '} {rule.__doc__ or symbols.__doc__}")
        for fault in faults[:20]:
            print(f"          {fault}")
        if len(faults) > 20:
            print(f"          and {len(faults) - 20} more")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
