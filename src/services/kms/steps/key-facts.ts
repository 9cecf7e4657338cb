import type { KeyFacts } from '../../../authz/condition-keys.js';
import { isPrimary, type Key } from '../keys/key.js';
import type { Quotas } from '../keys/quotas.js';

const factsOfKeys = new WeakMap<Key, KeyFacts>();

/** What a key says to conditions; made once as long as the key is in memory. */
export function keyFacts(key: Key, { aliasesPerKey }: Pick<Quotas, 'aliasesPerKey'>): KeyFacts {
  const known = factsOfKeys.get(key);
  if (known) return known;
  const facts = {
    keySpec: key.keySpec,
    keyUsage: key.keyUsage,
    origin: key.origin,
    multiRegion: key.multiRegion !== undefined,
    ...(key.multiRegion && { multiRegionKeyType: isPrimary(key) ? 'PRIMARY' : 'REPLICA' }),
    aliases: key.aliases,
    maxAliases: aliasesPerKey,
    tags: key.tags,
  };
  factsOfKeys.set(key, facts);
  return facts;
}
