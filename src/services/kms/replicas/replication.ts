/**
 * Multi-Region keys: one material and one key id in several Regions, everything else each Region's
 * own. Source: AWS KMS Developer Guide, "Multi-Region keys"; shared reference, lifecycle.md §4.
 */

import type { PrincipalNames } from '../../../authz/policy-principals.js';
import type { CalendarClock } from '../../../kernel/time.js';
import type { KeyMaterial } from '../../../keystores/contract/material.js';
import { awaitedMaterial } from '../import/import-material.js';
import { type ChangePorts, changeRelated } from '../keys/change-key.js';
import { newKeyDefaults } from '../keys/creation.js';
import type { Key } from '../keys/key.js';
import { relatedArn } from '../keys/metadata.js';
import type { Quotas } from '../keys/quotas.js';
import { checkState } from '../keys/states.js';
import { checkTags, tagMap } from '../keys/tags.js';
import type { KeyCall } from '../on-key.js';
import type { Peers } from '../peers/peers.js';
import { checkLockout, prepareKeyPolicy } from '../policies/key-policy.js';
import { defaultKeyPolicy } from '../policies/policy.js';
import { refuse } from '../refusals.js';
import type { TagEntry } from '../shapes.js';
import { requirePrimary } from './primary-region.js';

export interface ReplicationPorts extends ChangePorts {
  /** Of this server, the default first. */
  readonly regions: readonly string[];
  /** Servers of other Regions. */
  readonly peers: Pick<Peers, 'has' | 'makeReplica'>;
  readonly calendar: CalendarClock;
  /** Who the names in policies and grants are. */
  readonly principals: PrincipalNames;
  readonly quotas: Pick<Quotas, 'policyBytes'>;
}

interface ReplicaMembers {
  readonly ReplicaRegion: string;
  readonly Policy?: string;
  readonly BypassPolicyLockoutSafetyCheck?: boolean;
  readonly Description?: string;
  readonly Tags?: readonly TagEntry[];
}

type ReplicationCall = Pick<
  KeyCall<ReplicaMembers>,
  'key' | 'rule' | 'input' | 'scope' | 'deadline' | 'wouldAllow'
>;

/**
 * Makes the related key of another Region of this server. Its material is the primary's, sealed for
 * its own place; nothing else is taken over.
 * @throws ServiceError UnsupportedOperationException, ValidationException, AlreadyExistsException, ConflictException when the
 * primary was rotated meanwhile, and what the policy and the tags are refused with.
 */
export async function makeReplica(call: ReplicationCall, ports: ReplicationPorts): Promise<Key> {
  const { key: primary, input: members } = call;
  const { keys, keyStores, regions, peers, calendar, principals, quotas } = ports;
  const region = members.ReplicaRegion;
  requirePrimary(primary);
  checkReplicaRegion(region, primary, call.scope.partition);
  if (!regions.includes(region) && !peers.has(region)) throw refuse.unknownRegion(region);
  const arn = relatedArn(primary, region);
  if (primary.multiRegion?.replicaRegions.includes(region)) throw refuse.replicaExists();
  checkTags(members.Tags ?? []);
  const text = members.Policy ?? defaultKeyPolicy(call.scope.partition, primary.accountId);
  const policy = await prepareKeyPolicy(text, call.scope.partition, principals, quotas);
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
    checkLockout(call, { ...described, multiRegion: primary.multiRegion });
  }
  if (!regions.includes(region)) {
    return makeAtPeer(call, described, ports);
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
    checkState(call.rule, keyStores.stateOf(fresh), fresh.arn);
    requirePrimary(fresh);
    const { multiRegion } = fresh;
    if (!multiRegion || multiRegion.replicaRegions.includes(region)) throw refuse.replicaExists();
    const complete = [...fresh.materials.keys()].every((id) => materials.has(id));
    if (!complete || fresh.currentMaterialId !== primary.currentMaterialId) {
      throw refuse.changedMeanwhile(fresh.arn);
    }
    return {
      ...described,
      multiRegion: {
        ...multiRegion,
        replicaRegions: [...multiRegion.replicaRegions, region].sort(),
      },
      rotationPeriodInDays: fresh.rotationPeriodInDays,
      nextRotationDate: fresh.nextRotationDate,
      onDemandRotations: fresh.onDemandRotations,
      currentMaterialId: fresh.currentMaterialId,
      materials,
    };
  });
}

/** What the Regions of AWS's partitions other than its first begin with. */
const PARTITION_PREFIXES: Readonly<Record<string, readonly string[]>> = {
  'aws-cn': ['cn-'],
  'aws-us-gov': ['us-gov-'],
  'aws-iso': ['us-iso-'],
  'aws-iso-b': ['us-isob-'],
  'aws-iso-e': ['eu-isoe-'],
  'aws-iso-f': ['us-isof-'],
  'aws-eusc': ['eusc-'],
};

/** @throws ServiceError ValidationException for the primary's Region, and one of another partition. */
function checkReplicaRegion(region: string, primary: Key, partition: string): void {
  if (region === primary.region) {
    throw refuse.validation(`${region} cannot have a replica because it contains the primary.`);
  }
  const other = Object.entries(PARTITION_PREFIXES).find(([, prefixes]) =>
    prefixes.some((prefix) => region.startsWith(prefix)),
  )?.[0];
  if (other !== undefined && other !== partition) {
    throw refuse.validation(
      'The replica key Region must be in the same AWS partition as the primary key Region.',
    );
  }
}

/** Makes the replica on the server of another Region, and remembers that it is there. */
async function makeAtPeer(
  call: ReplicationCall,
  described: Omit<Key, 'multiRegion'>,
  ports: Pick<ReplicationPorts, 'keys' | 'keyStores' | 'peers'>,
): Promise<Key> {
  const { key: primary, input: members, deadline } = call;
  if (primary.origin === 'EXTERNAL') {
    throw refuse.unsupported(
      'Keys with imported key material can be replicated only within one server.',
    );
  }
  const { region } = described;
  const made = await ports.peers.makeReplica(
    primary,
    region,
    {
      description: described.description,
      tags: [...(members.Tags ?? [])],
      ...(members.Policy !== undefined && { policy: members.Policy }),
    },
    deadline,
  );
  const [fresh] = await changeRelated(call, ports, (related) => {
    const [key] = related;
    const here = new Set(related.map((member) => member.region));
    const remote = key.multiRegion?.replicaRegions.filter((other) => !here.has(other)) ?? [];
    // Every other replica's server gets a notice of the new one, and its own of what happened since.
    return { put: [key], remoteRegions: [...new Set([...remote, region])] };
  });
  const replicaRegions = [
    ...new Set([...(fresh?.multiRegion?.replicaRegions ?? []), region]),
  ].sort();
  return {
    ...described,
    ...made,
    multiRegion: { primaryRegion: primary.region, replicaRegions },
  };
}

/** Imported material is given to every Region by itself. */
function awaited(material: KeyMaterial, region: string): KeyMaterial {
  const status = material.status === 'permanent' ? 'permanent' : 'pending-multi-region';
  return { ...awaitedMaterial(material, region), status };
}
