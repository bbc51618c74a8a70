// One count of S1 in d2mini, differential dataflow: who has had so many events of a kind in so many days, of all kinds
// at once. Whoever feeds it takes out what has left the window, once per batch, and knows beforehand in which order
// (some events come late). Members are those of segment 1.
//   s1_d2.mjs FOLDER PACKAGES
import fs from "fs";
import path from "path";
import readline from "readline";
import { createRequire } from "module";
import { pathToFileURL } from "url";

const [folder, packages] = process.argv.slice(2);
const required = createRequire(path.join(packages, "package.json"));
const { D2, MultiSet, count, filter, output } = await import(pathToFileURL(required.resolve("@electric-sql/d2mini")));

const array = (name, Kind) => {
  const bytes = fs.readFileSync(path.join(folder, name));
  return new Kind(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};
const person = array("person", Int32Array);
const kind = array("kind", Int32Array);
const time = Float64Array.from(array("time", BigInt64Array), Number); // numbers of 64 bits are slow here
const { start, days, segments } = JSON.parse(fs.readFileSync(path.join(folder, "segments.json"), "utf8"));
const [[, [wanted, length, least]], DAY, BATCH] = [segments, 86400000, 1000];
const [end, window] = [start + days * DAY, length * DAY];
const byTime = Uint32Array.from(time.keys()).sort((a, b) => time[a] - time[b]);
const keys = person.map((each, at) => each * 8 + kind[at]);

function play() {
  const members = new Int8Array(keys.reduce((most, key) => Math.max(most, key), 0) + 1);
  const graph = new D2();
  const input = graph.newInput();
  input.pipe(
    count(),
    filter(([, number]) => number >= least),
    output((changes) => {
      for (const [[key], change] of changes.getInner()) members[key] += change;
    }),
  );
  graph.finalize();
  let [expired, newest] = [0, 0];
  const feed = (first, last, now) => {
    const changes = [];
    for (let i = first; i < last; i++) changes.push([[keys[i], 1], 1]);
    while (expired < last && time[byTime[expired]] <= now - window) changes.push([[keys[byTime[expired++]], 1], -1]);
    input.sendData(new MultiSet(changes));
    graph.run();
  };
  for (let first = 0; first < time.length; first += BATCH) {
    const last = Math.min(first + BATCH, time.length);
    for (let i = first; i < last; i++) newest = Math.max(newest, time[i]);
    feed(first, last, last < time.length ? newest : end);
  }
  return members;
}

console.log("ready");
for await (const _ of readline.createInterface({ input: process.stdin })) {
  const before = process.cpuUsage();
  const members = play();
  const { user, system } = process.cpuUsage(before);
  let [number, sum] = [0, 0];
  members.forEach((held, key) => {
    if (held && key % 8 === wanted) [number, sum] = [number + 1, sum + Math.floor(key / 8)];
  });
  console.log(((user + system) / 1e6).toFixed(9), number, sum);
}
