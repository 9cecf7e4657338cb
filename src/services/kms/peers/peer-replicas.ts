/** Related keys on other servers, as those servers say: only for Regions that `peers` says are theirs. */

import type { PrincipalNames } from '../../../authz/policy-principals.js';
import type { CalendarClock, Deadline } from '../../../kernel/time.js';
import type { KeyMaterial } from '../../../keystores/contract/material.js';
import { kmsError } from '../errors.js';
import { keyEvent } from '../events/key-event.js';
import { newKeyDefaults } from '../keys/creation.js';
import { afterReplicaRemoval } from '../keys/deletion.js';
import type { Key } from '../keys/key.js';
import { keyArn } from '../keys/key-id.js';
import type { KeyRepository } from '../keys/key-repository.js';
import type { Quotas } from '../keys/quotas.js';
import { checkTags, tagMap } from '../keys/tags.js';
import { prepareKeyPolicy } from '../policies/key-policy.js';
import { defaultKeyPolicy } from '../policies/policy.js';
import { refuse } from '../refusals.js';
import type { Peer } from './peer-config.js';
import { type ReceivedPorts, receivedMaterials } from './received-materials.js';
import type { RelatedState, RemovedReplica } from './related-state.js';

export interface PeerReplicasPorts extends ReceivedPorts {
  readonly peers: ReadonlyMap<string, Peer>;
  readonly keys: Pick<KeyRepository, 'find' | 'insert' | 'changeRelated'>;
  readonly principals: PrincipalNames;
  readonly quotas: Pick<Quotas, 'policyBytes'>;
  readonly calendar: CalendarClock;
  /** A random UUID, lower case. */
  readonly newId: () => string;
  /** Of this server. */
  readonly regions: readonly string[];
  /** The accounts of this server. */
  readonly accounts: ReadonlySet<string>;
  readonly partition: string;
}

export class PeerReplicas {
  readonly #ports: PeerReplicasPorts;

  constructor(ports: PeerReplicasPorts) {
    this.#ports = ports;
  }

  /**
   * Makes or updates a replica of this server as its primary's server says.
   * @throws ServiceError when it isn't for the sender to say, and what the replica is refused with
   */
  async put(from: Peer, state: RelatedState, deadline: Deadline): Promise<Key> {
    const { accounts, keys, regions } = this.#ports;
    const { accountId, keyId, region, primaryRegion } = state;
    this.#requireOwner(from, primaryRegion);
    if (!regions.includes(region) || !accounts.has(accountId)) {
      throw refuse.unsupported(`The Region ${region} or the account is not one of that server.`);
    }
    const known = await keys.find(region, keyId);
    if (known && !(known.accountId === accountId && this.#isFrom(from, known))) {
      throw refuse.replicaExists();
    }
    const materials = await receivedMaterials(state, known, deadline, this.#ports);
    const remote = state.regions.filter((related) => !regions.includes(related));
    return known
      ? this.#update(known, state, materials, remote)
      : this.#make(state, materials, remote);
  }

  /** A replica on the sender's server is gone. @throws ServiceError when it isn't for it to say */
  async removed(from: Peer, { accountId, keyId, region }: RemovedReplica): Promise<void> {
    const { keys, regions, calendar } = this.#ports;
    this.#requireOwner(from, region);
    for (const own of regions) {
      const key = await keys.find(own, keyId);
      if (key?.accountId !== accountId || key?.multiRegion?.primaryRegion !== own) continue;
      await keys.changeRelated(key, (related) =>
        afterReplicaRemoval(related, region, regions, calendar()),
      );
    }
  }

  async #make(
    state: RelatedState,
    materials: ReadonlyMap<string, KeyMaterial>,
    remoteRegions: readonly string[],
  ): Promise<Key> {
    const { partition, keys, principals, quotas, calendar } = this.#ports;
    const { accountId, region, keyId, keySpec, keyUsage, replica } = state;
    const arn = keyArn({ partition, region, accountId }, keyId);
    if (!replica) throw refuse.keyNotFound(arn);
    checkTags(replica.tags);
    const text = replica.policy ?? defaultKeyPolicy(partition, accountId);
    const policy = await prepareKeyPolicy(text, partition, principals, quotas);
    const key: Key = {
      ...newKeyDefaults(new Date(calendar())),
      ...{ accountId, region, keyId, arn, keySpec, keyUsage, origin: 'AWS_KMS' },
      description: replica.description,
      ...shared(state),
      ...policy,
      tags: tagMap(replica.tags),
      materials,
    };
    await keys.insert(key, replica.tags, remoteRegions);
    return key;
  }

  /**
   * A state that is older than the one that is known came late: it sets nothing back, and only the
   * materials that it brings are taken, since somebody may wait for one of them to be there.
   */
  async #update(
    known: Key,
    state: RelatedState,
    materials: ReadonlyMap<string, KeyMaterial>,
    remoteRegions: readonly string[],
  ): Promise<Key> {
    const [key] = await this.#ports.keys.changeRelated(known, ([fresh]) => {
      if (versionOf(state) < fresh.relatedVersion) {
        return { put: [{ ...fresh, materials: new Map([...materials, ...fresh.materials]) }] };
      }
      const kept = keptMaterials(fresh.materials, materials);
      const put = {
        ...fresh,
        ...shared(state),
        materials: new Map([...kept, ...materials]),
      };
      const rotated = fresh.currentMaterialId !== put.currentMaterialId;
      const details = { keyId: fresh.keyId };
      const event = () => keyEvent('SynchronizeMultiRegionKey', fresh, details, this.#ports);
      return { put: [put], remoteRegions, events: rotated ? [event()] : [] };
    });
    return key ?? known;
  }

  /** Whether a replica's primary is the sender's: it may move among the sender's own Regions. */
  #isFrom(from: Peer, { multiRegion }: Key): boolean {
    return multiRegion !== undefined && this.#owns(from, multiRegion.primaryRegion);
  }

  #requireOwner(from: Peer, region: string): void {
    if (this.#owns(from, region)) return;
    throw kmsError('AccessDeniedException', `The Region ${region} is not the sender's.`);
  }

  #owns(from: Peer, region: string): boolean {
    return this.#ports.peers.get(region)?.publicKeyText === from.publicKeyText;
  }
}

/**
 * What has ever been current stays, whatever the sender lists; and so does what is to become current,
 * until the sender lists another in its place: a state that was told before it may arrive after it.
 */
function keptMaterials(
  known: ReadonlyMap<string, KeyMaterial>,
  listed: ReadonlyMap<string, KeyMaterial>,
): [string, KeyMaterial][] {
  const isComing = ({ status }: KeyMaterial) => status === 'pending-rotation';
  const another = [...listed.values()].some(isComing);
  return [...known].filter(([, material]) => !isComing(material) || !another);
}

/** What a replica has from its primary, beside the materials. */
function shared(state: RelatedState) {
  const { primaryRegion, regions, nextRotationDate } = state;
  const { rotationPeriodInDays, onDemandRotations, currentMaterialId } = state;
  return {
    multiRegion: {
      primaryRegion,
      replicaRegions: regions.filter((other) => other !== primaryRegion),
    },
    rotationPeriodInDays,
    nextRotationDate: nextRotationDate === undefined ? undefined : new Date(nextRotationDate),
    onDemandRotations,
    currentMaterialId,
    relatedVersion: versionOf(state),
  };
}

function versionOf({ version = 0 }: RelatedState): number {
  return version;
}
