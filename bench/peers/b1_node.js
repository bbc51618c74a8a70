// B1 in V8: one loop per segment, compiled from its source, over typed arrays; bits are read as bits.
"use strict";
const fs = require("fs");
const path = require("path");
const folder = process.argv[2];
const workload = JSON.parse(fs.readFileSync(path.join(folder, "workload.json"), "utf8"));
const kinds = { i: Int32Array, tdD: Int32Array, l: BigInt64Array, "tsm:": BigInt64Array, g: Float64Array,
  "d:18,2": BigInt64Array, b: Uint8Array, C: Uint8Array };
const columns = {};
for (const column of workload.columns) {
  const bytes = (part) => fs.readFileSync(path.join(folder, `${column.name}.${part}`));
  const values = bytes("values");
  let array = new kinds[column.format](values.buffer.slice(values.byteOffset, values.byteOffset + values.length));
  // Numbers of 64 bits that fit are held as doubles: the fastest form here.
  if (column.format === "l" || column.format === "tsm:") array = Float64Array.from(array, Number);
  if (column.format === "d:18,2") array = Float64Array.from(array.filter((_, i) => i % 2 === 0), Number);
  const valid = Uint8Array.from({ length: workload.rows });
  const bits = bytes("valid");
  for (let row = 0; row < workload.rows; row++) valid[row] = (bits[row >> 3] >> (row & 7)) & 1;
  columns[column.name] = { array, valid, ...column };
}

function condition([name, op, value, number]) {
  const column = columns[name];
  const at = `${name}_v[r]`;
  let test;
  if (column.texts.length) {
    const has = (text) => ({ "==": text === value, "!=": text !== value, in: value.split(" ").includes(text),
      starts: text.startsWith(value), contains: text.includes(value) })[op];
    const codes = column.texts.map((text, code) => (has(text) ? code : -1)).filter((code) => code >= 0);
    const others = column.texts.map((_, code) => code).filter((code) => !codes.includes(code));
    test = others.length < codes.length ? others.map((code) => `${at} !== ${code}`).join(" && ")
      : `(${codes.map((code) => `${at} === ${code}`).join(" || ")})`;
  } else if (column.format === "b") {
    test = `((${at.replace("[r]", "[r >> 3]")} >> (r & 7)) & 1) === ${number}`;
  } else {
    const right = column.format === "g" ? value : number;
    test = `${at} ${op === "within" ? ">" : op === "==" ? "===" : op} ${right}`;
  }
  return `(${name}_k[r] === 1 && ${test})`;
}

const atoms = workload.atoms.map(condition);
const names = workload.columns.map((column) => column.name);
const parameters = names.flatMap((name) => [`${name}_v`, `${name}_k`]);
const given = names.flatMap((name) => [columns[name].array, columns[name].valid]);
const loops = (what) => workload.segments.map(([form, a, b, c]) => {
  [a, b, c] = [atoms[a], atoms[b], atoms[c]];
  const test = [`${a} && ${b} && ${c}`, `${a} && (${b} || ${c})`, `(${a} && ${b}) || ${c}`][form];
  return new Function(...parameters, `let n = 0; for (let r = 0; r < ${workload.rows}; r++) if (${test}) n += ${what}; return n;`);
});
const count = loops("1");
const rows = loops("r");
console.log("ready");
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const start = process.cpuUsage();
  const found = (line === "rows" ? rows : count).map((loop) => loop(...given));
  const spent = process.cpuUsage(start);
  console.log(((spent.user + spent.system) / 1e6).toFixed(9), found.join(" "));
});
