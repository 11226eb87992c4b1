// twilio: getExpectedTwilioSignature(), validateRequest() and validateRequestWithBody().
import {Buffer} from 'node:buffer';
import {createHash} from 'node:crypto';
import {commonChanges} from '../random.mjs';

const isForm = (request) => request.headers['content-type'].startsWith('application/x-www-form-urlencoded');

// A form as its fields, a list where a name is there more than once.
function fieldsOf(body) {
  const fields = {};
  for (const [name, value] of new URLSearchParams(body.toString()))
    fields[name] = name in fields ? [fields[name], value].flat() : value;
  return fields;
}

export const scheme = {
  provider: 'twilio',
  stricter: [],
  load: async (load) => (await load('twilio/index.js')).default,
  request(random) {
    const form = random.below(2) === 0;
    const names = ['Body', 'From', 'To', 'MessageSid', 'Ünï', 'a b'];
    const fields = new URLSearchParams(Array.from({length: 1 + random.below(8)}, () => [random.pick(names), random.pick(['', '+1555', 'Ahoy! it\'s', 'é 🎉', 'x=y&z']) + random.text(random.below(5))]));
    const body = form ? Buffer.from(fields.toString()) : random.json();
    const port = random.pick(['', '', ':443', ':8443']);
    let url = `https://gw.example${port}/hooks/${random.text(4)}${random.pick(['', '?a=1', '?x=y&foo=%20b'])}`;
    const bare = url;
    if (!form) url += `${url.includes('?') ? '&' : '?'}bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
    return {method: 'POST', url, bare, headers: {'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json'}, body,
      secrets: [random.text(32)], other: {secrets: [random.text(32)]}};
  },
  sign: async (twilio, request) => ({...request, headers: {...request.headers, 'x-twilio-signature':
    twilio.getExpectedTwilioSignature(request.secrets[0], request.url, isForm(request) ? fieldsOf(request.body) : {})}}),
  async verify(twilio, request) {
    const proof = request.headers['x-twilio-signature'];
    return isForm(request)
      ? twilio.validateRequest(request.secrets[0], proof, request.url, fieldsOf(request.body))
      : twilio.validateRequestWithBody(request.secrets[0], proof, request.url, request.body.toString());
  },
  changes(random, request) {
    const signed = new URL(request.url);
    return [...commonChanges(random, request, 'x-twilio-signature'),
      {name: 'another URL', request: {...request, url: request.url.replace('/hooks/', '/hook/')}},
      {name: 'another port', request: {...request, url: request.url.replace(signed.host, 'gw.example:9999')}}];
  },
};
