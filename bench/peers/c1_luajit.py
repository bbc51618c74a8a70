"""C1 in LuaJIT (as the package lupa brings it): a chunk of all rules from its text to bytecode.

    c1_luajit.py RULES.lua

Answers with how many functions the chunk defines, which is found out once and outside of what is timed."""
import sys

import lupa.luajit21 as luajit

import peer

lua = luajit.LuaRuntime(encoding=None)
with open(sys.argv[1], "rb") as file:
    text = file.read()
load = lua.eval(b"function(text) return assert(loadstring(text)) end")
count = lua.eval(b"""function(chunk)
  local before, after = 0, 0
  for _ in pairs(_G) do before = before + 1 end
  chunk()
  for _ in pairs(_G) do after = after + 1 end
  return after - before
end""")
functions = count(load(text))


def ask(_):
    load(text)
    return [functions]


peer.measure(ask)
