// @octokit/webhooks-methods: sign() and verify().
import {commonChanges} from '../random.mjs';

export const scheme = {
  provider: 'github',
  stricter: [],
  sameBytes: ['hex in upper case'],
  load: (load) => load('@octokit/webhooks-methods/dist-node/index.js'),
  request: (random) => ({method: 'POST', url: 'https://gw.example/hooks', headers: {'content-type': 'application/json'}, body: random.json(),
    secrets: [random.text(1 + random.below(60))], other: {secrets: [random.text(61)]}}),
  sign: async (github, request) => ({...request, headers: {...request.headers,
    'x-hub-signature-256': await github.sign(request.secrets[0], request.body.toString())}}),
  async verify(github, request) {
    try {
      return await github.verify(request.secrets[0], request.body.toString(), request.headers['x-hub-signature-256']);
    } catch {
      return false;
    }
  },
  changes: (random, request) => [...commonChanges(random, request, 'x-hub-signature-256'),
    {name: 'hex in upper case', request: {...request, headers: {...request.headers,
      'x-hub-signature-256': `sha256=${request.headers['x-hub-signature-256'].slice(7).toUpperCase()}`}}}],
};
