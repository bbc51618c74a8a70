"""B1 in LuaJIT (as the package lupa brings it): one loop per segment, compiled from its source, over FFI arrays."""
import os
import sys

import lupa.luajit21 as luajit

import b1_data
import peer

workload, table = b1_data.load(sys.argv[1])
lua = luajit.LuaRuntime()
KINDS = {"i": "int32_t", "tdD": "int32_t", "l": "int64_t", "tsm:": "int64_t", "g": "double", "d:18,2": "int64_t",
         "b": "uint8_t", "C": "uint8_t"}
lua.execute("""
ffi, bit = require("ffi"), require("bit")
function load_column(name, path, kind, step, rows)
  local function read(part) local f = io.open(path .. "." .. part, "rb") local s = f:read("*a") f:close() return s end
  local bytes, bits = read("values"), ffi.cast("const uint8_t *", read("valid"))
  _G[name .. "_k"] = ffi.new("uint8_t[?]", rows)
  for r = 0, rows - 1 do _G[name .. "_k"][r] = bit.band(bit.rshift(bits[bit.rshift(r, 3)], bit.band(r, 7)), 1) end
  if kind ~= "int64_t" then
    _G[name .. "_v"] = ffi.new(kind .. "[?]", #bytes) ffi.copy(_G[name .. "_v"], bytes, #bytes)
  else -- numbers of 64 bits that fit are held as doubles: the fastest form here
    local from = ffi.cast("const int64_t *", bytes)
    _G[name .. "_v"] = ffi.new("double[?]", rows)
    for r = 0, rows - 1 do _G[name .. "_v"][r] = tonumber(from[r * step]) end
  end
end""")
for column in workload["columns"]:
    lua.globals().load_column(column["name"], os.path.join(sys.argv[1], column["name"]), KINDS[column["format"]],
                              2 if column["format"].startswith("d") else 1, workload["rows"])


def condition(atom):
    name, op, value, number = atom
    column = next(each for each in workload["columns"] if each["name"] == name)
    if column["texts"]:
        codes = [column["texts"].index(text) for text in b1_data.entries(column["texts"], op, value)]
        others = [code for code in range(len(column["texts"])) if code not in codes]
        test = (" and ".join(f"{name}_v[r] ~= {code}" for code in others) if len(others) < len(codes) else
                "(" + " or ".join(f"{name}_v[r] == {code}" for code in codes) + ")")
    elif column["format"] == "b":
        test = f"bit.band(bit.rshift({name}_v[bit.rshift(r, 3)], bit.band(r, 7)), 1) == {number}"
    else:
        test = f"{name}_v[r] {'>' if op == 'within' else op} {value if column['format'] == 'g' else number}"
    return f"({name}_k[r] == 1 and {test})"


names = [column["name"] for column in workload["columns"]]
wheres = [where.replace(" AND ", " and ").replace(" OR ", " or ")
          for where in b1_data.segments(workload, [condition(atom) for atom in workload["atoms"]])]
# Arrays as upvalues of the loop; each segment is a chunk of its own.
loops = {what: [lua.execute(f"local bit = bit " + " ".join(
    f"local {name}_v, {name}_k = {name}_v, {name}_k" for name in names if f"{name}_v" in where) + f"""
    return function() local n = 0 for r = 0, {workload['rows'] - 1} do if {where} then n = n + {what} end end return n end""")
                for where in wheres] for what in ("1", "r")}


def ask(line):
    return [int(loop()) for loop in loops["r" if line == "rows" else "1"]]


peer.measure(ask)
