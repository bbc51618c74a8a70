// R1 in JavaScript. cel_js and hogvm: an interpreter of each; v8: a closure per rule. The rows lie ready as objects.
//   r1_node.mjs NAME FOLDER [PACKAGES]
import fs from "fs";
import path from "path";
import readline from "readline";
import { createRequire } from "module";
import { pathToFileURL } from "url";

const [name, folder, packages] = process.argv.slice(2);
const { now, rows: read } = JSON.parse(fs.readFileSync(path.join(folder, "rows.json"), "utf8"));
const DAY = 86400000;
const joined = now - 365 * DAY;
const ordered = now - 30 * DAY;
const prepared = (row) => ({ visits: row.visits, spend: row.spend, years: row.age ?? 0, has_age: row.age !== null,
  opted_out: row.opted_out, consent: row.consent, country: row.country, plan: row.plan,
  signed_up_at: row.signed_up_at, last_order_at: row.last_order_at ?? 0 });
const data = { shuffled: read.map(prepared), constant: read.map(() => prepared(read[0])) };
const required = packages && createRequire(path.join(packages, "package.json"));

// Numbers are doubles: faster here than its integers, which are BigInts.
async function celJs() {
  const { Environment } = await import(pathToFileURL(required.resolve("@marcbachmann/cel-js")));
  const environment = new Environment();
  for (const [each, value] of Object.entries(data.shuffled[0])) {
    environment.registerVariable(each, { number: "double", boolean: "bool", string: "string" }[typeof value]);
  }
  return {
    compare: environment.parse('visits < 5.0 && !opted_out && country in ["de", "at"]'),
    rule: environment.parse(`!opted_out && consent && !(country in ["us", "ca"]) && signed_up_at < ${joined}.0 &&
      (((plan == "enterprise" || spend >= 2000.0) && last_order_at > ${ordered}.0) ||
      (plan in ["basic", "pro", "team"] && spend >= 500.0 && visits >= 5.0 && (!has_age || years >= 18.0)))`),
  };
}

// Its compiler is not in the package, so the bytecode is put together here as that would: operands from the right.
function hogVm() {
  const { exec } = required("@posthog/hogvm");
  const op = { GLOBAL: 1, AND: 3, OR: 4, NOT: 5, EQ: 11, GT: 13, GE: 14, LT: 15, IN: 21, NOT_IN: 22, STRING: 32, INTEGER: 33,
    RETURN: 38, TUPLE: 44 };
  const global = (each) => [op.STRING, each, op.GLOBAL, 1];
  const number = (kind, each, value) => [op.INTEGER, value, ...global(each), kind];
  const among = (kind, each, words) => [...words.flatMap((word) => [op.STRING, word]), op.TUPLE, words.length,
    ...global(each), kind];
  const not = (code) => [...code, op.NOT];
  const all = (...codes) => [...codes.flat(), op.AND, codes.length];
  const some = (...codes) => [...codes.flat(), op.OR, codes.length];
  const codes = {
    compare: all(number(op.LT, "visits", 5), not(global("opted_out")), among(op.IN, "country", ["de", "at"])),
    rule: all(not(global("opted_out")), global("consent"), among(op.NOT_IN, "country", ["us", "ca"]),
      number(op.LT, "signed_up_at", joined), some(
        all(some([op.STRING, "enterprise", ...global("plan"), op.EQ], number(op.GE, "spend", 2000)),
          number(op.GT, "last_order_at", ordered)),
        all(among(op.IN, "plan", ["basic", "pro", "team"]), number(op.GE, "spend", 500), number(op.GE, "visits", 5),
          some(not(global("has_age")), number(op.GE, "years", 18))))),
  };
  return Object.fromEntries(Object.entries(codes).map(([rule, code]) => {
    const program = ["_H", 1, ...code, op.RETURN];
    return [rule, (row) => exec(program, { globals: row }).result];
  }));
}

function v8() {
  const rule = (text) => new Function("row", "joined", "ordered", `return ${text}`);
  const whole = rule(`!row.opted_out && row.consent && row.country !== "us" && row.country !== "ca" && row.signed_up_at < joined &&
    (((row.plan === "enterprise" || row.spend >= 2000) && row.last_order_at > ordered) ||
    ((row.plan === "basic" || row.plan === "pro" || row.plan === "team") && row.spend >= 500 && row.visits >= 5 &&
    (!row.has_age || row.years >= 18)))`);
  return {
    compare: rule('row.visits < 5 && !row.opted_out && (row.country === "de" || row.country === "at")'),
    rule: (row) => whole(row, joined, ordered),
  };
}

const rules = await { cel_js: celJs, hogvm: hogVm, v8 }[name]();
console.log("ready");
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const [rule, which, passes] = line.split(" ");
  const evaluate = rules[rule];
  const rows = data[which];
  let members, sum;
  const start = process.cpuUsage();
  for (let pass = 0; pass < passes; pass++) {
    members = sum = 0;
    for (let row = 0; row < rows.length; row++) if (evaluate(rows[row])) members++, sum += row;
  }
  const spent = process.cpuUsage(start);
  console.log(((spent.user + spent.system) / 1e6).toFixed(9), members, sum);
});
