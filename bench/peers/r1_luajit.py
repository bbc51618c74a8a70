"""R1 in LuaJIT (as the package lupa brings it): a function per rule and a loop over it, over an array of FFI structs,
enums as numbers; all of it is compiled by its JIT."""
import json
import os
import sys

import lupa.luajit21 as luajit

import peer

with open(os.path.join(sys.argv[1], "rows.json"), encoding="utf-8") as rows_file:
    workload = json.load(rows_file)
DAY = 86400000
PLANS = ["free", "basic", "pro", "team", "enterprise"]
COUNTRIES = ["de", "at", "ch", "fr", "us", "ca"]
lua = luajit.LuaRuntime()
lua.execute("""
ffi = require("ffi")
ffi.cdef[[typedef struct {
  double signed_up_at, last_order_at;
  int32_t visits, spend, age, country, plan;
  bool opted_out, consent, has_age;
} row;]]
function make(count) return ffi.new("row[?]", count) end
function set(rows, at, name, value) rows[at][name] = value end
""")
RULES = {
    "compare": "row.visits < 5 and not row.opted_out and (row.country == 0 or row.country == 1)",
    "rule": f"""not row.opted_out and row.consent and row.country ~= 4 and row.country ~= 5
        and row.signed_up_at < {workload['now'] - 365 * DAY}
        and (((row.plan == 4 or row.spend >= 2000) and row.last_order_at > {workload['now'] - 30 * DAY})
          or ((row.plan == 1 or row.plan == 2 or row.plan == 3) and row.spend >= 500 and row.visits >= 5
            and (not row.has_age or row.age >= 18)))"""}
# A loop of its own for each rule, so that its JIT sees one function in it.
loops = {name: lua.execute(f"""
local function rule(row) return {text} end
return function(rows, count, passes)
  local members, sum
  for _ = 1, passes do
    members, sum = 0, 0
    for r = 0, count - 1 do if rule(rows[r]) then members = members + 1 sum = sum + r end end
  end
  return members, sum
end""") for name, text in RULES.items()}


def load(rows):
    made = lua.globals().make(len(rows))
    for at, row in enumerate(rows):
        values = dict(row, age=row["age"] or 0, has_age=row["age"] is not None, last_order_at=row["last_order_at"] or 0,
                      plan=PLANS.index(row["plan"]), country=COUNTRIES.index(row["country"]))
        for name, value in values.items():
            lua.globals().set(made, at, name, value)
    return made


COUNT = len(workload["rows"])
data = {"shuffled": load(workload["rows"]), "constant": load([workload["rows"][0]] * COUNT)}


def ask(line):
    rule, which, passes = line.split()
    return [int(number) for number in loops[rule](data[which], COUNT, int(passes))]


peer.measure(ask)
