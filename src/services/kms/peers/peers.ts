/** Servers of other Regions: what this one asks of them for its multi-Region keys. */

import type { Sealer } from '../../../kernel/sealing.js';
import type { Deadline } from '../../../kernel/time.js';
import type { KeyMaterial } from '../../../keystores/contract/material.js';

import { kmsError } from '../errors.js';
import type { Key } from '../keys/key.js';
import type { PeerClient } from './peer-client.js';
import type { Peer } from './peer-config.js';
import type { ChangeNotice } from './peer-repository.js';
import { type RelatedState, relatedState } from './related-state.js';
import type { TransportPublicKey } from './transport-key.js';

export interface PeersOptions {
  readonly peers: ReadonlyMap<string, Peer>;
  readonly client: PeerClient;
  readonly sealer: Sealer;
}

export class Peers {
  readonly #options: PeersOptions;

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** Whether another server has this Region. */
  has(region: string): boolean {
    return this.#options.peers.has(region);
  }

  /** The Regions of a key's replicas that other servers have. */
  remoteRegions({ multiRegion }: Key): string[] {
    return multiRegion?.replicaRegions.filter((region) => this.has(region)) ?? [];
  }

  /**
   * Makes the replica in another server's Region; one that the primary has there already is kept.
   * @throws ServiceError
   */
  async makeReplica(
    primary: Key,
    region: string,
    replica: NonNullable<RelatedState['replica']>,
    deadline: Deadline,
  ): Promise<{ readonly createdAt: Date; readonly policy: string }> {
    const answer = await this.#put(primary, region, deadline, { replica });
    const { createdAt, policy } = answer as { createdAt: number; policy: string };
    return { createdAt: new Date(Number(createdAt)), policy: String(policy) };
  }

  /** Brings a coming material to every replica on another server. @throws ServiceError */
  async distribute(primary: Key, coming: KeyMaterial, deadline: Deadline): Promise<void> {
    for (const region of this.remoteRegions(primary)) {
      await this.#put(primary, region, deadline, { coming });
    }
  }

  /** Tells a replica's server how its related keys stand. @throws ServiceError */
  async synchronize(primary: Key, region: string, deadline: Deadline): Promise<void> {
    await this.#put(primary, region, deadline, {});
  }

  /** Tells the primary's server that a replica is gone. @throws ServiceError */
  async tellRemoved(notice: ChangeNotice, deadline: Deadline): Promise<void> {
    const { accountId, keyId, removedRegion } = notice;
    const body = { accountId, keyId, region: removedRegion };
    await this.#options.client.call(this.#peer(notice.region), 'replica-removed', body, deadline);
  }

  async #put(
    primary: Key,
    region: string,
    deadline: Deadline,
    more: { coming?: KeyMaterial; replica?: RelatedState['replica'] },
  ): Promise<unknown> {
    const { client, sealer } = this.#options;
    const peer = this.#peer(region);
    const receiver = transportKeyOf(await client.call(peer, 'transport-key', {}, deadline));
    const state = await relatedState(primary, region, receiver, { sealer, deadline, ...more });
    return client.call(peer, 'put-related', state, deadline);
  }

  #peer(region: string): Peer {
    const peer = this.#options.peers.get(region);
    if (!peer) {
      throw kmsError('KMSInternalException', `No server is configured for the Region ${region}.`);
    }
    return peer;
  }
}

function transportKeyOf(answer: unknown): TransportPublicKey {
  const { publicKey, hash } = answer as { publicKey: unknown; hash: unknown };
  if (hash !== 'sha256' && hash !== 'sha1') throw new Error('the peer has no known hash');
  return { publicKey: Buffer.from(String(publicKey), 'base64'), hash };
}
