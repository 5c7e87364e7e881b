// SPDX-License-Identifier: LGPL-2.1-or-later
//
// An identity server on a free port of the loopback, with what the tests of claiming need. Options
// as NAME=VALUE: device-life, access-life, refresh-life (seconds). Prints 'issuer URL' once it
// listens, and 'grant ACCESS REFRESH' with each token that it gives; ends with who started it, so
// that none is left behind. From GET /test/hold on answers with tokens are ready, but not sent before
// GET /test/release.

import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const options = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split('=')));
const seconds = (name, fallback) => Number(options[name] ?? fallback);

const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const client = (id, ...grants) => ({
  client_id: id,
  token_endpoint_auth_method: 'none',
  application_type: 'native',
  grant_types: grants,
  redirect_uris: [],
  response_types: [],
});

const provider = new Provider(issuer, {
  clients: [
    client('ohmnibus-gateway', deviceGrant, 'refresh_token'),
    client('steady', deviceGrant, 'refresh_token'),
    client('no-refresh', deviceGrant),
  ],
  scopes: ['openid', 'offline_access', 'email'],
  claims: { openid: ['sub'], email: ['email'] },
  conformIdTokenClaims: false,
  findAccount: (context, sub) => ({
    accountId: sub,
    claims: () => ({ sub, email: `${sub}@example.org` }),
  }),
  features: {
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
    revocation: { enabled: true },
  },
  issueRefreshToken: (context, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: (context) => context.oidc.client.clientId !== 'steady',
  ttl: {
    DeviceCode: seconds('device-life', 600),
    AccessToken: seconds('access-life', 3600),
    RefreshToken: seconds('refresh-life', 15552000),
    Grant: 15552000,
    Session: 3600,
    Interaction: 3600,
    IdToken: 3600,
  },
  cookies: { keys: ['only for tests'] },
});

provider.on('grant.success', ({ body }) => console.log('grant', body.access_token, body.refresh_token));

const answer = provider.callback();
let held = null;
const controls = {
  '/test/hold': () => { held = []; },
  '/test/release': () => { held.splice(0).forEach((send) => send()); held = null; },
};
server.on('request', (request, response) => {
  if (request.url in controls) {
    controls[request.url]();
    response.end();
    return;
  }
  if (request.url === '/token' && held !== null) {
    const end = response.end.bind(response);
    response.end = (...body) => { held.push(() => end(...body)); };
  }
  answer(request, response);
});
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(0), 500);
console.log(`issuer ${issuer}`);
