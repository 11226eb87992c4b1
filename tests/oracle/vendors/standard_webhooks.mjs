// standardwebhooks: Webhook.sign() and Webhook.verify().
import {commonChanges} from '../random.mjs';

export const scheme = {
  provider: 'standard_webhooks',
  // The library reads numbers with parseInt.
  stricter: ['time with letters behind it'],
  load: async (load) => (await load('standardwebhooks/dist/index.js')).default.Webhook,
  request: (random) => ({method: 'POST', url: 'https://gw.example/hooks',
    headers: {'content-type': 'application/json', 'webhook-id': `msg_${random.text(24)}`}, body: random.json(),
    secrets: [`whsec_${random.bytes(24 + random.below(40)).toString('base64')}`], other: {secrets: [`whsec_${random.bytes(32).toString('base64')}`]}}),
  async sign(Webhook, request, now) {
    const time = new Date(Math.floor(now / 1000) * 1000);
    return {...request, headers: {...request.headers, 'webhook-timestamp': String(time.getTime() / 1000),
      'webhook-signature': new Webhook(request.secrets[0]).sign(request.headers['webhook-id'], time, request.body.toString())}};
  },
  async verify(Webhook, request) {
    try {
      new Webhook(request.secrets[0]).verify(request.body.toString(), request.headers);
      return true;
    } catch (error) {
      // It reads the body after it has found it authentic.
      return error instanceof SyntaxError;
    }
  },
  changes(random, request) {
    const withHeader = (name, value) => ({...request, headers: {...request.headers, [name]: value}});
    const proof = request.headers['webhook-signature'];
    return [...commonChanges(random, request, 'webhook-signature'),
      {name: 'another id', request: withHeader('webhook-id', 'msg_other')},
      {name: 'time changed', request: withHeader('webhook-timestamp', String(Number(request.headers['webhook-timestamp']) - 1))},
      {name: 'time with letters behind it', request: withHeader('webhook-timestamp', `${request.headers['webhook-timestamp']}x`)},
      {name: 'other versions beside it', request: withHeader('webhook-signature', `v1,AAAA v2,${proof.slice(3)} ${proof}`)},
      {name: 'another version', request: withHeader('webhook-signature', `v2,${proof.slice(3)}`)}];
  },
};
