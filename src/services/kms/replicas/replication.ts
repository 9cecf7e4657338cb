/**
 * Multi-Region keys: one material and one key id in several Regions, everything else each Region's
 * own. Source: AWS KMS Developer Guide, "Multi-Region keys"; shared reference, lifecycle.md §4.
 */

import type { PrincipalNames } from '../../../authz/shown-policy.js';
import type { CalendarClock, Deadline } from '../../../kernel/time.js';
import type { KeyMaterial } from '../../../keystores/contract/material.js';
import { kmsError } from '../errors.js';
import { newKeyDefaults } from '../keys/creation.js';
import { isPrimary, type Key } from '../keys/key.js';
import type { KeyRepository } from '../keys/key-repository.js';
import { relatedArn } from '../keys/metadata.js';
import type { Quotas } from '../keys/quotas.js';
import { checkState } from '../keys/states.js';
import { checkTags, tagMap } from '../keys/tags.js';
import type { Call } from '../operation.js';
import type { Peers } from '../peers/peers.js';
import { checkLockout, prepareKeyPolicy } from '../policies/key-policy.js';
import { defaultKeyPolicy } from '../policies/policy.js';
import { refuse } from '../refusals.js';
import type { TagEntry } from '../shapes.js';
import type { KeyStores } from '../stores/key-stores.js';

export interface ReplicationPorts {
  readonly keys: KeyRepository;
  readonly keyStores: KeyStores;
  /** Of this server, the default first. */
  readonly regions: readonly string[];
  /** Servers of other Regions. */
  readonly peers: Peers;
  readonly calendar: CalendarClock;
  /** Who the names in policies and grants are. */
  readonly principals: PrincipalNames;
  readonly quotas: Quotas;
}

interface ReplicaMembers {
  readonly ReplicaRegion: string;
  readonly Policy?: string;
  readonly BypassPolicyLockoutSafetyCheck?: boolean;
  readonly Description?: string;
  readonly Tags?: readonly TagEntry[];
}

/**
 * Makes the related key of another Region of this server. Its material is the primary's, sealed for
 * its own place; nothing else is taken over.
 * @throws ServiceError UnsupportedOperationException, AlreadyExistsException, ConflictException when the
 * primary was rotated meanwhile, and what the policy and the tags are refused with.
 */
export async function replicateKey(
  primary: Key,
  members: ReplicaMembers,
  call: Pick<Call, 'scope' | 'deadline' | 'wouldAllow'>,
  ports: ReplicationPorts,
): Promise<Key> {
  const { keys, keyStores, regions, peers, calendar, principals, quotas } = ports;
  const region = members.ReplicaRegion;
  requirePrimary(primary);
  if (!regions.includes(region) && !peers.has(region)) {
    throw refuse.unsupported(`The Region ${region} is neither this server's nor a peer's.`);
  }
  const arn = relatedArn(primary, region);
  if (region === primary.region || primary.family?.replicaRegions.includes(region)) {
    throw refuse.keyExists(arn);
  }
  checkTags(members.Tags ?? []);
  const text = members.Policy ?? defaultKeyPolicy(call.scope.partition, primary.accountId);
  const policy = await prepareKeyPolicy(text, principals, quotas);
  const described = {
    ...newKeyDefaults(new Date(calendar())),
    accountId: primary.accountId,
    region,
    keyId: primary.keyId,
    arn,
    keySpec: primary.keySpec,
    keyUsage: primary.keyUsage,
    origin: primary.origin,
    description: members.Description ?? '',
    ...policy,
    tags: tagMap(members.Tags),
  };
  if (members.Policy !== undefined && !members.BypassPolicyLockoutSafetyCheck) {
    checkLockout(call.wouldAllow('kms:PutKeyPolicy', { ...described, family: primary.family }));
  }
  if (!regions.includes(region)) {
    return replicateToPeer(primary, described, members, call.deadline, ports);
  }
  const materials = new Map<string, KeyMaterial>();
  for (const material of primary.materials.values()) {
    const copy =
      primary.origin === 'EXTERNAL'
        ? awaited(material, region)
        : await keyStores.softwareMaterials.transfer(material, region, call.deadline);
    materials.set(copy.materialId, copy);
  }
  return keys.addRelated(primary, members.Tags ?? [], ([fresh]) => {
    checkState('replicate', keyStores.stateOf(fresh), fresh.arn);
    requirePrimary(fresh);
    const { family } = fresh;
    if (!family || family.replicaRegions.includes(region)) throw refuse.keyExists(arn);
    const complete = [...fresh.materials.keys()].every((id) => materials.has(id));
    if (!complete || fresh.currentMaterialId !== primary.currentMaterialId) {
      throw refuse.conflict(`${fresh.arn} was changed by another request at the same time.`);
    }
    return {
      ...described,
      family: { ...family, replicaRegions: [...family.replicaRegions, region].sort() },
      rotationPeriodInDays: fresh.rotationPeriodInDays,
      nextRotationDate: fresh.nextRotationDate,
      onDemandRotations: fresh.onDemandRotations,
      currentMaterialId: fresh.currentMaterialId,
      materials,
    };
  });
}

/** Makes the replica on the server of another Region, and remembers that it is there. */
async function replicateToPeer(
  primary: Key,
  described: Omit<Key, 'family'>,
  members: ReplicaMembers,
  deadline: Deadline,
  { keys, keyStores, peers }: Pick<ReplicationPorts, 'keys' | 'keyStores' | 'peers'>,
): Promise<Key> {
  if (primary.origin === 'EXTERNAL') {
    throw refuse.unsupported(
      'Keys with imported key material can be replicated only within one server.',
    );
  }
  const { region } = described;
  const made = await peers.makeReplica(
    primary,
    region,
    {
      description: described.description,
      tags: [...(members.Tags ?? [])],
      ...(members.Policy !== undefined && { policy: members.Policy }),
    },
    deadline,
  );
  const [fresh] = await keys.changeFamily(primary, (family) => {
    const [key] = family;
    checkState('replicate', keyStores.stateOf(key), key.arn);
    const here = new Set(family.map((member) => member.region));
    const remote = key.family?.replicaRegions.filter((other) => !here.has(other)) ?? [];
    // Every other replica is told of the new one, and the new one of what happened meanwhile.
    return { put: [key], remoteRegions: [...new Set([...remote, region])] };
  });
  const replicaRegions = [...new Set([...(fresh?.family?.replicaRegions ?? []), region])].sort();
  return {
    ...described,
    ...made,
    family: { primaryRegion: primary.region, replicaRegions },
  };
}

/**
 * Makes the key of another Region the primary, for all related keys at once.
 * @throws ServiceError UnsupportedOperationException, NotFoundException, AccessDeniedException, and what
 * the states of both keys are refused with.
 */
export async function updatePrimaryRegion(
  key: Key,
  primaryRegion: string,
  call: Pick<Call, 'caller' | 'wouldAllow'>,
  { keys, keyStores, peers }: Pick<ReplicationPorts, 'keys' | 'keyStores' | 'peers'>,
): Promise<void> {
  requirePrimary(key);
  if (peers.has(primaryRegion)) {
    throw refuse.unsupported('The primary key can be moved only within one server.');
  }
  const next = await keys.find(primaryRegion, key.keyId);
  if (!next || next === key) throw refuse.keyNotFound(relatedArn(key, primaryRegion));
  if (!call.wouldAllow('kms:UpdatePrimaryRegion', next)) {
    throw kmsError(
      'AccessDeniedException',
      `User: ${call.caller.arn} is not authorized to perform: kms:UpdatePrimaryRegion on resource: ${next.arn}`,
    );
  }
  await keys.changeFamily(key, (family) => {
    requirePrimary(family[0]);
    const replica = family.find(({ region }) => region === primaryRegion);
    if (!replica) throw refuse.keyNotFound(next.arn);
    for (const member of [family[0], replica]) {
      checkState('updatePrimary', keyStores.stateOf(member), member.arn);
    }
    const regions = [key.region, ...(family[0].family?.replicaRegions ?? [])];
    const related = {
      primaryRegion,
      replicaRegions: regions.filter((region) => region !== primaryRegion).sort(),
    };
    return { put: family.map((member) => ({ ...member, family: related })) };
  });
}

/** @throws ServiceError UnsupportedOperationException */
function requirePrimary(key: Key): void {
  if (!isPrimary(key)) throw refuse.notPrimary(key.arn);
}

/** Imported material is given to every Region by itself. */
function awaited(material: KeyMaterial, region: string): KeyMaterial {
  const status = material.status === 'permanent' ? 'permanent' : 'pending-multi-region';
  return {
    ...material,
    region,
    sealed: undefined,
    status,
    expiration: undefined,
    description: undefined,
  };
}
