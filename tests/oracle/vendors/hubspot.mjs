// @hubspot/api-client: Signature.getSignature() and Signature.isValid(), version 3. The library takes the URL as it is
// to be signed: undoing escapes is left to who calls it.
import {commonChanges} from '../random.mjs';

export const scheme = {
  provider: 'hubspot',
  stricter: [],
  load: async (load) => (await load('@hubspot/api-client/lib/src/utils/signature.js')).default.Signature,
  request: (random) => ({method: random.pick(['POST', 'POST', 'PUT']),
    url: `https://gw.example/hooks/${random.text(5)}${random.pick(['', '?a=b', '?q=%20x%C3%BC', '?u=%3A%2F&v=%40', '/%3a%2f'])}`,
    headers: {'content-type': 'application/json'}, body: random.json(),
    secrets: [random.text(36)], other: {secrets: [random.text(36)]}}),
  sign: async (Signature, request, now) => ({...request, headers: {...request.headers, 'x-hubspot-request-timestamp': String(now),
    'x-hubspot-signature-v3': Signature.getSignature(request.method, 'v3', optionsOf(request, String(now)))}}),
  async verify(Signature, request) {
    const time = request.headers['x-hubspot-request-timestamp'];
    const valid = (url) => Signature.isValid({...optionsOf({...request, url}, time), method: request.method, signatureVersion: 'v3',
      signature: request.headers['x-hubspot-signature-v3']});
    return valid(request.url) || valid(plain(request.url));
  },
  changes: (random, request) => [...commonChanges(random, request, 'x-hubspot-signature-v3'),
    {name: 'another method', request: {...request, method: 'PATCH'}},
    {name: 'another URL', request: {...request, url: request.url.replace('/hooks/', '/hook/')}},
    {name: 'time changed', request: {...request, headers: {...request.headers,
      'x-hubspot-request-timestamp': String(Number(request.headers['x-hubspot-request-timestamp']) - 1)}}}],
};

function optionsOf(request, timestamp) {
  return {clientSecret: request.secrets[0], requestBody: request.body.toString(), url: request.url, timestamp};
}

// The escapes that HubSpot's documentation has undone before the URL is signed.
function plain(url) {
  return url.replace(/%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/g, (escape) => String.fromCharCode(parseInt(escape.slice(1), 16)));
}
