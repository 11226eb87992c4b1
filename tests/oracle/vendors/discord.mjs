// discord-interactions: verifyKey(). It has no other side: node:crypto signs.
import {Buffer} from 'node:buffer';
import {generateKeyPairSync, sign} from 'node:crypto';
import {commonChanges} from '../random.mjs';

function pair() {
  const {publicKey, privateKey} = generateKeyPairSync('ed25519');
  return {secrets: [publicKey.export({format: 'der', type: 'spki'}).subarray(-32).toString('hex')],
    privateKey: privateKey.export({format: 'pem', type: 'pkcs8'})};
}

// Few keys, since making one takes longer than all else.
const PAIRS = [pair(), pair(), pair()];
const OTHER = pair();

export const scheme = {
  provider: 'discord',
  // The library reads what remains of a hex text that was cut.
  stricter: ['proof cut'],
  load: (load) => load('discord-interactions/dist/index.js'),
  request: (random) => ({method: 'POST', url: 'https://gw.example/hooks', headers: {'content-type': 'application/json'}, body: random.json(),
    ...random.pick(PAIRS), other: {secrets: OTHER.secrets}}),
  async sign(discord, request, now) {
    const time = String(Math.floor(now / 1000));
    return {...request, headers: {...request.headers, 'x-signature-timestamp': time,
      'x-signature-ed25519': sign(null, Buffer.concat([Buffer.from(time), request.body]), request.privateKey).toString('hex')}};
  },
  verify: (discord, request) => (discord.verifyKey ?? discord.default.verifyKey)(request.body, request.headers['x-signature-ed25519'],
    request.headers['x-signature-timestamp'], request.secrets[0]),
  changes: (random, request) => [...commonChanges(random, request, 'x-signature-ed25519'),
    {name: 'time changed', request: {...request, headers: {...request.headers,
      'x-signature-timestamp': String(Number(request.headers['x-signature-timestamp']) - 1)}}}],
};
