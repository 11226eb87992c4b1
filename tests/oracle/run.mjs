// run.mjs VENDOR MODULES ORACLE PLUGINS: holds a plugin against its vendor's own library on seeded random cases.
// What the vendor signs, ours accepts; what ours signs, the vendor accepts; of what was changed, ours accepts nothing
// that the vendor refuses, and refuses what the vendor accepts only where README.md says that it is stricter. HOOKGATE_ORACLE_SEED picks other cases.
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {Random} from './random.mjs';

const CASES = 500;
const [vendor, modules, program, plugins] = process.argv.slice(2);
const seed = Number(process.env.HOOKGATE_ORACLE_SEED ?? 1);

// Our side, a question and an answer at a time.
class Ours {
  constructor() {
    this.child = spawn(program, [plugins], {stdio: ['pipe', 'pipe', 'inherit']});
    this.waiting = [];
    createInterface({input: this.child.stdout}).on('line', (line) => this.waiting.shift()(JSON.parse(line)));
    this.child.on('exit', (code) => {
      if (this.waiting.length > 0) {
        console.error(`the oracle ended with ${code}`);
        process.exit(1);
      }
    });
  }

  ask(question) {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.child.stdin.write(JSON.stringify(question) + '\n');
    }).then((answer) => {
      if (answer.error) throw new Error(`${answer.error} (${JSON.stringify(question)})`);
      return answer;
    });
  }

  close() {
    this.child.stdin.end();
  }
}

function questionOf(op, scheme, request, now) {
  return {op, provider: scheme.provider, secrets: request.secrets, settings: scheme.settings ?? {}, now,
    privateKey: request.privateKey ?? '',
    request: {method: request.method, url: request.url, headers: request.headers,
      body: request.body.toString('base64')}};
}

const ours = new Ours();
const {scheme} = await import(`./vendors/${vendor}.mjs`);
const library = await scheme.load((name) => import(resolveModule(name)));
const random = new Random(seed);
const counts = {vendorSigned: 0, oursSigned: 0, changed: 0, sameBytes: 0, stricter: {}};
const failures = [];

function resolveModule(name) {
  return new URL(`${name}`, `file://${modules}/node_modules/`).href;
}

async function accepts(request, now) {
  return (await ours.ask(questionOf('verify', scheme, request, now))).accepted;
}

function fail(what, request) {
  failures.push(`${what}: ${JSON.stringify({...request, body: request.body.toString('latin1')})}`);
}

for (let i = 0; i < CASES; i++) {
  const now = Date.now();
  const request = scheme.request(random, now, library);
  const signed = await scheme.sign(library, request, now);
  counts.vendorSigned++;
  if (!await accepts(signed, now)) fail('ours refuses what the vendor signed', signed);
  if (!await scheme.verify(library, signed, now)) fail('the vendor refuses what it signed itself', signed);

  const made = await ours.ask(questionOf('sign', scheme, request, now));
  const own = {...request, url: made.url, headers: {...request.headers, ...made.headers}};
  counts.oursSigned++;
  if (!await scheme.verify(library, own, now)) fail('the vendor refuses what ours signed', own);

  for (const change of scheme.changes(random, signed)) {
    counts.changed++;
    let theirs = false;
    try {
      theirs = await scheme.verify(library, change.request, now);
    } catch {
      // A library that throws accepts nothing.
    }
    const mine = await accepts(change.request, now);
    if (mine === Boolean(theirs)) continue;
    // Another spelling of the very same proof.
    if (mine && scheme.sameBytes?.includes(change.name)) counts.sameBytes++;
    else if (mine) fail(`ours accepts what the vendor refuses (${change.name})`, change.request);
    else if (scheme.stricter.includes(change.name))
      counts.stricter[change.name] = (counts.stricter[change.name] ?? 0) + 1;
    else fail(`ours refuses what the vendor accepts (${change.name})`, change.request);
  }
}
ours.close();
console.log(`${vendor}, seed ${seed}:`, JSON.stringify(counts));
for (const failure of failures.slice(0, 10)) console.error(failure);
process.exitCode = failures.length === 0 ? 0 : 1;
