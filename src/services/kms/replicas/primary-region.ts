/** Moving the primary key. Source: AWS KMS Developer Guide, "Change the primary key"; lifecycle.md §4. */

import { kmsError } from '../errors.js';
import type { ChangePorts } from '../keys/change-key.js';
import { isPrimary, isReplica, type Key } from '../keys/key.js';
import { checkState } from '../keys/states.js';
import type { KeyCall } from '../on-key.js';
import type { Peers } from '../peers/peers.js';
import { refuse } from '../refusals.js';

export interface PrimaryRegionPorts extends ChangePorts {
  /** Servers of other Regions. */
  readonly peers: Pick<Peers, 'has'>;
}

type PrimaryRegionCall = Pick<
  KeyCall<{ readonly PrimaryRegion: string }>,
  'key' | 'rule' | 'input' | 'caller' | 'wouldAllow'
>;

/**
 * Makes the key of another Region the primary, for all related keys at once.
 * @throws ServiceError UnsupportedOperationException, ValidationException, AccessDeniedException, and what
 * the states of both keys are refused with.
 */
export async function movePrimary(
  { key, rule, input, caller, wouldAllow }: PrimaryRegionCall,
  { keys, keyStores, peers }: PrimaryRegionPorts,
): Promise<void> {
  const { PrimaryRegion: primaryRegion } = input;
  requireHere(key);
  if (primaryRegion === key.region) return;
  if (peers.has(primaryRegion)) {
    throw refuse.unsupported('The primary key can be moved only within one server.');
  }
  const next = await keys.find(primaryRegion, key.keyId);
  if (!next) throw refuse.noReplicaThere(key.keyId);
  if (!wouldAllow('kms:UpdatePrimaryRegion', next)) {
    throw kmsError(
      'AccessDeniedException',
      `User: ${caller.arn} is not authorized to perform: kms:UpdatePrimaryRegion on resource: ${next.arn}`,
    );
  }
  await keys.changeRelated(key, (related) => {
    requireHere(related[0]);
    const replica = related.find(({ region }) => region === primaryRegion);
    if (!replica) throw refuse.noReplicaThere(key.keyId);
    for (const member of [related[0], replica]) {
      checkState(rule, keyStores.stateOf(member), member.arn);
    }
    const regions = [key.region, ...(related[0].multiRegion?.replicaRegions ?? [])];
    const multiRegion = {
      primaryRegion,
      replicaRegions: regions.filter((region) => region !== primaryRegion).sort(),
    };
    return { put: related.map((member) => ({ ...member, multiRegion })) };
  });
}

/** @throws ServiceError UnsupportedOperationException, KMSInvalidStateException for a replica */
function requireHere(key: Key): void {
  if (isReplica(key)) throw refuse.primaryElsewhere(key.arn);
  requirePrimary(key);
}

/** @throws ServiceError UnsupportedOperationException */
export function requirePrimary(key: Key): void {
  if (!isPrimary(key)) throw refuse.notPrimary(key.arn);
}
