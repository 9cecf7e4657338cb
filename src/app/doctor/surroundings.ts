/** Tokens, the certificate, other servers, and the server itself. */
import { readPeers } from '../../services/kms/peers/peer-config.js';
import { certificateExpiry } from '../certificate-expiry.js';
import { clientOf } from '../client/server-client.js';
import type { Status } from '../status.js';
import { listTokens } from '../token/list-tokens.js';
import { findUnreadableDocuments } from '../unreadable-documents.js';
import { type Check, type Found, failed, ok, unknown, warning } from './finding.js';

const DAY_MS = 86_400_000;
/** As long as most certificate authorities warn before. */
const SOON_MS = 30 * DAY_MS;
const PEER_MS = 5000;

export const tokens: Check = async ({ config, tokenHostEntry }) => {
  const found = await listTokens(config, tokenHostEntry);
  return found.map(({ id, token, problem, foundBy }) =>
    token ? ok(`${id} is there, by its ${foundBy}`) : failed(`${id}: ${problem}`),
  );
};

export const certificate: Check = async ({ config: { tls }, now }) => {
  if (!tls) return [ok('none: the endpoint is plain HTTP')];
  const { file, notAfter, why } = await certificateExpiry(tls);
  if (notAfter === undefined) return [failed(String(why))];
  const left = Date.parse(notAfter) - now;
  if (left <= 0) return [failed(`${file} expired ${notAfter}`)];
  const words = `${file} expires ${notAfter}`;
  return [left < SOON_MS ? warning(words) : ok(words)];
};

export const peers: Check = async ({ config }) => {
  const known = [...readPeers(config.peers)];
  if (known.length === 0) return [ok('none are configured')];
  return Promise.all(
    known.map(async ([region, { url, publicKeyText }]) => {
      const target = `${url}/peer/v1/identity`;
      try {
        const signal = AbortSignal.timeout(PEER_MS);
        const response = await fetch(target, { redirect: 'error', signal });
        const answer: unknown = await response.json();
        return Object(answer).publicKey === publicKeyText
          ? ok(`${region} answers, with the key of the configuration`)
          : failed(`${region}: ${url} has another key than the configuration names`);
      } catch (error) {
        const { cause, message } = error as Error;
        return failed(`${region}: ${url} does not answer: ${Object(cause).code ?? message}`);
      }
    }),
  );
};

/** By the operator's socket: what only a server with the root key can tell. */
export const server: Check = async ({ config }) => {
  const client = await clientOf(config, {
    ...{ endpoint: undefined, profile: undefined, region: undefined },
  }).catch(() => undefined);
  if (!client?.bySocket) {
    return [unknown('none runs with this data directory, so that no seal of a row can be checked')];
  }
  const status: Status = JSON.parse((await client.page('/status')).text);
  const parts = status.parts.filter(({ usable }) => !usable);
  const metrics = (await client.page('/metrics')).text;
  const broken = /^strongroom_broken_seals(?:\{[^}]*\})? (\d+)$/m.exec(metrics)?.[1];
  return [
    status.ready
      ? ok(`it is ready at ${status.endpoint}, version ${status.version}`)
      : failed(`it is not ready: ${parts.map(({ name, why }) => `${name}: ${why}`).join('; ')}`),
    ...status.warnings.map(warning),
    sealsFinding(broken),
  ];
};

function sealsFinding(broken: string | undefined): Found {
  if (broken === undefined) return unknown('it does not tell of broken seals');
  return broken === '0'
    ? ok('no row that it has read has a broken seal')
    : failed(`${broken} rows that it has read have a broken seal; its log names them`);
}

/** Documents that an older version took and this one cannot read. */
export const storedPolicies: Check = async ({ config }) => {
  const found = await findUnreadableDocuments(config);
  if (found.length === 0) return [ok('every stored policy can be read')];
  return found.map(({ where, why }) =>
    failed(`${where} cannot be read, and denies everything: ${why}`),
  );
};
