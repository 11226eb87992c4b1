// Numbers and requests that are the same for the same seed (mulberry32).
import {Buffer} from 'node:buffer';

const WORDS = ['id', 'type', 'über', 'data', 'x y', '日本', 'a/b', 'emoji 🎉', '<&>', "it's", '"quoted"', '%2F', '+', ''];

export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  below(limit) {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  bytes(count) {
    return Buffer.from(Array.from({length: count}, () => this.below(256)));
  }

  text(length, alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789') {
    return Array.from({length}, () => this.pick(alphabet)).join('');
  }

  value(depth = 0) {
    const kind = this.below(depth > 3 ? 4 : 6);
    if (kind === 0) return this.below(1 << 30) - (1 << 29);
    if (kind === 1) return this.pick(WORDS) + this.text(this.below(8));
    if (kind === 2) return this.pick([true, false, null]);
    if (kind === 3) return this.below(1000) / 8;
    if (kind === 4) return Array.from({length: this.below(4)}, () => this.value(depth + 1));
    return this.object(depth + 1);
  }

  object(depth = 0) {
    return Object.fromEntries(Array.from({length: this.below(6)}, () => [this.pick(WORDS) + this.below(9), this.value(depth)]));
  }

  // JSON in one of several layouts, now and then with a line end behind it.
  json(value = this.object()) {
    return Buffer.from(JSON.stringify(value, null, this.pick([0, 0, 2, 4])) + this.pick(['', '', '', '\n', '\r\n']));
  }
}

// The request with one byte of its body another one; UTF-8 stays UTF-8, as libraries read bodies as text.
function withChangedBody(random, request) {
  const ascii = [...request.body.keys()].filter((at) => request.body[at] < 0x80);
  if (ascii.length === 0) return {...request, body: Buffer.from('x')};
  const body = Buffer.from(request.body);
  body[random.pick(ascii)] ^= 1;
  return {...request, body};
}

// What every scheme has to refuse, and what libraries may differ about. `proof` is the header with the signature.
export function commonChanges(random, request, proof) {
  const value = request.headers[proof];
  const at = random.below(value.length);
  const other = value[at] === '1' ? '2' : '1';
  const withProof = (changed) => ({...request, headers: {...request.headers, [proof]: changed}});
  return [
    {name: 'body changed', request: withChangedBody(random, request)},
    {name: 'body longer', request: {...request, body: Buffer.concat([request.body, Buffer.from('\n')])}},
    {name: 'another secret', request: {...request, ...request.other}},
    {name: 'proof changed', request: withProof(value.slice(0, at) + other + value.slice(at + 1))},
    {name: 'proof cut', request: withProof(value.slice(0, -1 - random.below(8)))},
    {name: 'proof longer', request: withProof(value + random.pick(['A', '0', '==', ' x']))},
    {name: 'proof in upper case', request: withProof(value.toUpperCase())},
    {name: 'proof empty', request: withProof('')},
  ];
}
