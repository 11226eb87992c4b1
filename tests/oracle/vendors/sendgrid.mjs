// @sendgrid/eventwebhook: verifySignature(). It has no other side: node:crypto signs.
import {Buffer} from 'node:buffer';
import {generateKeyPairSync, sign} from 'node:crypto';
import {commonChanges} from '../random.mjs';

const PROOF = 'x-twilio-email-event-webhook-signature';
const TIME = 'x-twilio-email-event-webhook-timestamp';

function pair() {
  const {publicKey, privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
  return {secrets: [publicKey.export({format: 'der', type: 'spki'}).toString('base64')],
    privateKey: privateKey.export({format: 'pem', type: 'pkcs8'})};
}

const PAIRS = [pair(), pair(), pair()];
const OTHER = pair();

export const scheme = {
  provider: 'sendgrid',
  // The library reads base64 and DER leniently.
  stricter: ['proof longer', 'proof cut', 'proof changed'],
  load: async (load) => new (await load('@sendgrid/eventwebhook/index.js')).default.EventWebhook(),
  request: (random) => ({method: 'POST', url: 'https://gw.example/hooks', headers: {'content-type': 'application/json'}, body: random.json(),
    ...random.pick(PAIRS), other: {secrets: OTHER.secrets}}),
  async sign(sendgrid, request, now) {
    const time = String(Math.floor(now / 1000));
    return {...request, headers: {...request.headers, [TIME]: time,
      [PROOF]: sign('sha256', Buffer.concat([Buffer.from(time), request.body]), request.privateKey).toString('base64')}};
  },
  async verify(sendgrid, request) {
    try {
      return sendgrid.verifySignature(sendgrid.convertPublicKeyToECDSA(request.secrets[0]), request.body, request.headers[PROOF],
        request.headers[TIME]);
    } catch {
      return false;
    }
  },
  changes: (random, request) => [...commonChanges(random, request, PROOF),
    {name: 'time changed', request: {...request, headers: {...request.headers, [TIME]: String(Number(request.headers[TIME]) - 1)}}}],
};
