/** What other servers may ask of this one: only for Regions that `peers` says are theirs. */

import type { PrincipalNames } from '../../../authz/shown-policy.js';
import { ServiceError } from '../../../kernel/service-error.js';
import type { CalendarClock, Deadline, WallClock } from '../../../kernel/time.js';
import { type KeyMaterial, newMaterial } from '../../../keystores/contract/material.js';
import type { MaterialTaker } from '../../../keystores/contract/materials.js';
import type { Log } from '../../../observe/log.js';
import { kmsError } from '../errors.js';
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
import { wordStoreFailure } from '../stores/store-failures.js';
import { openEnvelope } from './envelope.js';
import { MessageError, type Messages } from './messages.js';
import type { Outcome } from './peer-client.js';
import type { Peer } from './peer-config.js';
import { type RelatedState, readRelatedState } from './related-state.js';
import type { TransportKey } from './transport-key.js';

const TIMEOUT_MS = 8000;

export interface PeerServerPorts {
  readonly peers: ReadonlyMap<string, Peer>;
  readonly messages: Messages;
  readonly transportKey: TransportKey;
  readonly keys: KeyRepository;
  readonly softwareMaterials: MaterialTaker;
  readonly principals: PrincipalNames;
  readonly quotas: Quotas;
  readonly calendar: CalendarClock;
  readonly newId: () => string;
  /** Of this server. */
  readonly regions: readonly string[];
  /** The accounts of this server. */
  readonly accounts: ReadonlySet<string>;
  readonly partition: string;
  readonly wallClock: WallClock;
  readonly log: Log;
}

export class PeerServer {
  readonly #options: PeerServerPorts;

  constructor(options: PeerServerPorts) {
    this.#options = options;
  }

  /** @returns the signed answer; undefined for what no peer signed for this server just now */
  async handle(text: string): Promise<string | undefined> {
    const { messages, peers, log } = this.#options;
    try {
      const { from, message } = await messages.take(text, peers.values());
      const body = await this.#outcome(from, message.method, message.body);
      const answer = { method: message.method, answers: message.id, body };
      return (await messages.sign(from.publicKeyText, answer)).text;
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      log.warn({ err: error }, 'a message that pretends to be a peer was refused');
      return undefined;
    }
  }

  async #outcome(from: Peer, method: string, body: unknown): Promise<Outcome> {
    const { log, wallClock } = this.#options;
    try {
      return { ok: await this.#perform(from, method, body, wallClock() + TIMEOUT_MS) };
    } catch (thrown) {
      const error = wordStoreFailure(thrown);
      if (error instanceof ServiceError) {
        return { error: { code: error.code, message: error.message } };
      }
      log.error({ err: error, peer: from.region, method }, "a peer's call failed");
      return { error: { code: 'KMSInternalException', message: 'The peer failed.' } };
    }
  }

  async #perform(from: Peer, method: string, body: unknown, deadline: Deadline): Promise<unknown> {
    switch (method) {
      case 'transport-key': {
        const { publicKey, hash } = await this.#options.transportKey.publicKey(deadline);
        return { publicKey: publicKey.toString('base64'), hash };
      }
      case 'put-related':
        return this.#putRelated(from, readRelatedState(body), deadline);
      case 'replica-removed':
        return this.#replicaRemoved(from, body);
      default:
        throw kmsError('UnknownOperationException');
    }
  }

  /** Makes or updates a replica of this server as its primary's server says. */
  async #putRelated(from: Peer, state: RelatedState, deadline: Deadline): Promise<unknown> {
    const { accounts, keys, regions } = this.#options;
    const { accountId, keyId, region, primaryRegion } = state;
    this.#requireOwner(from, primaryRegion);
    if (!regions.includes(region) || !accounts.has(accountId)) {
      throw refuse.unsupported(`The Region ${region} or the account is not one of that server.`);
    }
    const known = await keys.find(region, keyId);
    if (known && !(known.accountId === accountId && this.#isFrom(from, known))) {
      throw refuse.keyExists(known.arn);
    }
    const materials = await this.#openMaterials(state, known, deadline);
    const remote = state.regions.filter((related) => !regions.includes(related));
    const key = known
      ? await this.#update(known, state, materials, remote)
      : await this.#make(state, materials, remote);
    return { createdAt: key.createdAt.getTime(), policy: key.policy };
  }

  async #make(
    state: RelatedState,
    materials: ReadonlyMap<string, KeyMaterial>,
    remoteRegions: readonly string[],
  ): Promise<Key> {
    const { partition, keys, principals, quotas, calendar } = this.#options;
    const { accountId, region, replica } = state;
    if (!replica) throw refuse.keyNotFound(keyArn({ partition, region, accountId }, state.keyId));
    checkTags(replica.tags);
    const text = replica.policy ?? defaultKeyPolicy(partition, accountId);
    const policy = await prepareKeyPolicy(text, principals, quotas);
    const key: Key = {
      ...newKeyDefaults(new Date(calendar())),
      ...{ accountId, region, keyId: state.keyId, keySpec: state.keySpec, origin: 'AWS_KMS' },
      arn: keyArn({ partition, region, accountId }, state.keyId),
      keyUsage: state.keyUsage,
      description: replica.description,
      family: familyOf(state),
      ...shared(state),
      ...policy,
      tags: tagMap(replica.tags),
      materials,
    };
    await keys.insert(key, replica.tags, remoteRegions);
    return key;
  }

  async #update(
    known: Key,
    state: RelatedState,
    materials: ReadonlyMap<string, KeyMaterial>,
    remoteRegions: readonly string[],
  ): Promise<Key> {
    const { keys, newId, calendar } = this.#options;
    const [key] = await keys.changeFamily(known, ([fresh]) => {
      // What has ever been current stays, whatever the sender lists.
      const kept = [...fresh.materials].filter(([, { status }]) => status === 'permanent');
      const put = {
        ...fresh,
        ...shared(state),
        family: familyOf(state),
        materials: new Map([...kept, ...materials]),
      };
      const rotated = fresh.currentMaterialId !== put.currentMaterialId;
      return {
        put: [put],
        remoteRegions,
        events: rotated
          ? [
              {
                eventId: newId(),
                name: 'SynchronizeMultiRegionKey',
                accountId: fresh.accountId,
                region: fresh.region,
                keyArn: fresh.arn,
                details: { keyId: fresh.keyId },
                happenedAt: new Date(calendar()),
              },
            ]
          : [],
      };
    });
    return key ?? known;
  }

  /** The materials of a state, sealed for this server; those that are here already as they are. */
  async #openMaterials(
    state: RelatedState,
    known: Key | undefined,
    deadline: Deadline,
  ): Promise<Map<string, KeyMaterial>> {
    const { softwareMaterials, transportKey } = this.#options;
    const { accountId, keyId, region } = state;
    const envelopeKey = await transportKey.open(state.wrappedKey, deadline);
    try {
      const materials = new Map<string, KeyMaterial>();
      for (const told of state.materials) {
        const { materialId, publicKey } = told;
        let material = known?.materials.get(materialId);
        if (!material) {
          const place = { accountId, keyId, region, materialId };
          const octets = openEnvelope(envelopeKey, told.sealed, place);
          const secret = { octets, publicKey };
          material = await softwareMaterials.take(place, secret, deadline);
          octets.fill(0);
        }
        // The id is bound to the octets: what arrived is the very material that was told.
        if (material.materialId !== materialId) throw new Error('another material arrived');
        materials.set(materialId, { ...newMaterial(material), ...historyOf(told) });
      }
      if (!materials.has(state.currentMaterialId)) throw new Error('no current material arrived');
      return materials;
    } finally {
      envelopeKey.fill(0);
    }
  }

  async #replicaRemoved(from: Peer, body: unknown): Promise<unknown> {
    const { keys, regions, calendar } = this.#options;
    const { accountId, keyId, region } = body as Record<string, string>;
    this.#requireOwner(from, String(region));
    for (const own of regions) {
      const key = await keys.find(own, String(keyId));
      if (key?.accountId !== accountId || key?.family?.primaryRegion !== own) continue;
      await keys.changeFamily(key, (family) =>
        afterReplicaRemoval(family, String(region), regions, calendar()),
      );
    }
    return {};
  }

  /** Whether a replica's primary is the sender's: it may move among the sender's own Regions. */
  #isFrom(from: Peer, { family }: Key): boolean {
    const peer = family && this.#options.peers.get(family.primaryRegion);
    return peer?.publicKeyText === from.publicKeyText;
  }

  /** @throws ServiceError when the sender isn't the one who has this Region */
  #requireOwner(from: Peer, region: string): void {
    const peer = this.#options.peers.get(region);
    if (peer?.publicKeyText !== from.publicKeyText) {
      throw kmsError('AccessDeniedException', `The Region ${region} is not the sender's.`);
    }
  }
}

function familyOf({ primaryRegion, regions }: RelatedState): NonNullable<Key['family']> {
  return { primaryRegion, replicaRegions: regions.filter((other) => other !== primaryRegion) };
}

/** What a replica has from its primary. */
function shared(state: RelatedState) {
  const { rotationPeriodInDays, nextRotationDate, onDemandRotations, currentMaterialId } = state;
  return {
    rotationPeriodInDays,
    nextRotationDate: nextRotationDate === undefined ? undefined : new Date(nextRotationDate),
    onDemandRotations,
    currentMaterialId,
  };
}

function historyOf(told: RelatedState['materials'][number]) {
  const { ordinal, status, rotatedAt, rotationType } = told;
  const rotation =
    rotatedAt !== undefined && rotationType !== undefined
      ? { date: new Date(rotatedAt), type: rotationType }
      : undefined;
  return { ordinal, status, rotation, createdAt: new Date(told.createdAt) };
}
