/** What a request itself says to the conditions of policies. */

import type { RequestFacts } from '../authz/condition-keys.js';
import type { Caller } from '../declare/operation.js';
import { isPrimary, type Key } from '../services/kms/keys/key.js';
import type { FaceRequest } from './request.js';

/** The facts that don't depend on what is asked of which resource. */
export function requestFacts(
  request: Pick<FaceRequest, 'http' | 'sourceIp' | 'tls'>,
  caller: Caller,
  region: string,
  now: number,
): Omit<RequestFacts, 'action' | 'resourceAccountId'> {
  const header = (name: string) => {
    const value = request.http.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return {
    principal: caller,
    region,
    now,
    http: {
      sourceIp: request.sourceIp,
      secure: request.tls !== undefined,
      userAgent: header('user-agent'),
      referer: header('referer'),
    },
    // Nobody but a service may say for which resource it calls.
    ...(caller.type === 'AWSService' && {
      sourceArn: header('x-amz-source-arn'),
      sourceAccount: header('x-amz-source-account'),
    }),
  };
}

const factsOfKeys = new WeakMap<Key, NonNullable<RequestFacts['key']>>();

/** What a key says to conditions; made once as long as the key is in memory. */
export function keyFacts(key: Key): NonNullable<RequestFacts['key']> {
  const known = factsOfKeys.get(key);
  if (known) return known;
  const facts = {
    keySpec: key.keySpec,
    keyUsage: key.keyUsage,
    origin: key.origin,
    multiRegion: key.family !== undefined,
    ...(key.family && { multiRegionKeyType: isPrimary(key) ? 'PRIMARY' : 'REPLICA' }),
    aliases: key.aliases,
    tags: key.tags,
  };
  factsOfKeys.set(key, facts);
  return facts;
}
