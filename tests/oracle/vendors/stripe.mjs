// stripe: constructEvent() and generateTestHeaderString().
import {commonChanges} from '../random.mjs';

export const scheme = {
  provider: 'stripe',
  // Stripe reads numbers with parseInt and leaves aside what follows a second equals sign.
  stricter: ['time with letters behind it', 'proof longer'],
  sameBytes: ['hex in upper case'],
  load: async (load) => new (await load('stripe/esm/stripe.esm.node.js')).default('sk_test_not_used'),
  request: (random) => ({method: 'POST', url: 'https://gw.example/hooks', headers: {'content-type': 'application/json'}, body: random.json(),
    secrets: [`whsec_${random.text(32)}`], other: {secrets: [`whsec_${random.text(32)}`]}}),
  async sign(stripe, request, now) {
    const header = stripe.webhooks.generateTestHeaderString({payload: request.body.toString(), secret: request.secrets[0],
      timestamp: Math.floor(now / 1000)});
    return {...request, headers: {...request.headers, 'stripe-signature': header}};
  },
  async verify(stripe, request) {
    try {
      return stripe.webhooks.signature.verifyHeader(request.body, request.headers['stripe-signature'], request.secrets[0], 300);
    } catch {
      return false;
    }
  },
  changes(random, request) {
    const header = request.headers['stripe-signature'];
    const [, time, proof] = /t=(\d+),v1=(\w+)/.exec(header);
    const withHeader = (value) => ({...request, headers: {...request.headers, 'stripe-signature': value}});
    return [...commonChanges(random, request, 'stripe-signature'),
      {name: 'time changed', request: withHeader(`t=${Number(time) - 1},v1=${proof}`)},
      {name: 'another version', request: withHeader(`t=${time},v0=${proof}`)},
      {name: 'hex in upper case', request: withHeader(`t=${time},v1=${proof.toUpperCase()}`)},
      {name: 'two signatures', request: withHeader(`t=${time},v1=${'0'.repeat(64)},v1=${proof}`)},
      {name: 'another order', request: withHeader(`v1=${proof},t=${time}`)},
      {name: 'time with letters behind it', request: withHeader(`t=${time}x,v1=${proof}`)}];
  },
};
