/** What this server keeps about others: its identity, its transport key, the change notices for them. */
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { Database } from '../../../db/database.js';
import type { RowSeals } from '../../../db/row-seals.js';
import { Conflict } from '../../../kernel/facts.js';
import type { KeyName } from '../keys/key-change.js';

const ONLY_ROW = 1;

export interface StoredTransportKey {
  readonly ckaId: string;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
  readonly hash: 'sha256' | 'sha1';
}

/** For another server: how related keys stand now, or that one of them is gone. */
export interface ChangeNotice {
  readonly accountId: string;
  readonly keyId: string;
  /** Whose server gets it. */
  readonly region: string;
  /** The Region of this server whose key is gone; undefined: its state has changed. */
  readonly removedRegion: string | undefined;
  /** Names this very change: what changes again meanwhile needs another notice. */
  readonly nonce: string;
}

export class PeerRepository {
  readonly #database: Database;
  readonly #seals: RowSeals;

  constructor({ database, seals }: { readonly database: Database; readonly seals: RowSeals }) {
    this.#database = database;
    this.#seals = seals;
  }

  async findIdentity(): Promise<Buffer | undefined> {
    const row = await this.#database('peer_identity').where({ id: ONLY_ROW }).first('sealed_key');
    return row?.sealed_key;
  }

  async insertIdentity(sealedKey: Buffer): Promise<void> {
    await this.#database('peer_identity')
      .insert({ id: ONLY_ROW, sealed_key: sealedKey })
      .onConflict('id')
      .ignore();
  }

  /** @throws BrokenSeal: material would be sent under somebody else's key */
  async findTransportKey(): Promise<
    (StoredTransportKey & { readonly status: 'intended' | 'live' }) | undefined
  > {
    const row = await this.#database('transport_keys').where({ id: ONLY_ROW }).first();
    if (!row) return undefined;
    this.#seals.checked('transport_keys', row);
    return { ckaId: row.cka_id, publicKey: row.public_key, hash: row.hash, status: row.status };
  }

  /** @param replaced the CKA_ID of the one that it replaces. @throws Conflict if somebody else was first */
  async intendTransportKey(ckaId: string, replaced: string | undefined): Promise<void> {
    const row = this.#seals.sealed('transport_keys', {
      ...{ id: ONLY_ROW, cka_id: ckaId, status: 'intended', public_key: null, hash: null },
    });
    if (replaced === undefined) {
      await this.#database('transport_keys').insert(row);
      return;
    }
    const changed = await this.#database('transport_keys').where({ cka_id: replaced }).update(row);
    if (changed !== 1) throw new Conflict('another server is making the transport key');
  }

  async confirmTransportKey({ ckaId, publicKey, hash }: StoredTransportKey): Promise<void> {
    const row = { id: ONLY_ROW, cka_id: ckaId, status: 'live', public_key: publicKey, hash };
    await this.#database('transport_keys')
      .where({ cka_id: ckaId })
      .update(this.#seals.sealed('transport_keys', row));
  }

  /**
   * Takes a message's number for all servers on this database; forgets the numbers that are over.
   * @param expiresAt until when the message would be taken, in epoch milliseconds, as `now`
   * @returns false when it has been taken before
   */
  async takeMessage(id: string, expiresAt: number, now: number): Promise<boolean> {
    await this.#database('peer_messages').where('expires_at', '<', now).delete();
    const taken = await this.#database('peer_messages')
      .insert({ id, expires_at: expiresAt })
      .onConflict('id')
      .ignore()
      .returning('id');
    return taken.length > 0;
  }

  /** Notices that no server has taken yet. */
  async notices(limit: number): Promise<ChangeNotice[]> {
    const rows = await this.#database('peer_news').orderBy(['key_id', 'region']).limit(limit);
    return rows.map((row) => ({
      accountId: row.account_id,
      keyId: row.key_id,
      region: row.region,
      removedRegion: row.removed_region || undefined,
      nonce: row.nonce,
    }));
  }

  /** How many notices a Region's server has not taken yet, but no more than `most`. */
  async waiting(region: string, most: number): Promise<number> {
    const some = this.#database('peer_news').where({ region }).limit(most).select('nonce');
    const row = await this.#database.from(some.as('some')).count({ total: 'nonce' }).first();
    return Number(row?.total ?? 0);
  }

  async delivered({ nonce }: ChangeNotice): Promise<void> {
    await this.#database('peer_news').where({ nonce }).delete();
  }
}

/** Part of the transaction that changes related keys: these servers get a notice of it. */
export async function insertNotices(
  transaction: Knex.Transaction,
  { accountId, keyId }: Omit<KeyName, 'region'>,
  regions: readonly string[],
  removedRegion = '',
): Promise<void> {
  for (const region of regions) {
    await transaction('peer_news')
      .insert({
        ...{ account_id: accountId, key_id: keyId, region },
        ...{ removed_region: removedRegion, nonce: randomUUID() },
      })
      .onConflict(['account_id', 'key_id', 'region', 'removed_region'])
      .merge(['nonce']);
  }
}

/** Sets which Regions of other servers have a key related to this one. */
export async function putRemoteRegions(
  transaction: Knex.Transaction,
  { accountId, keyId }: Omit<KeyName, 'region'>,
  regions: readonly string[],
  createdAt: number,
): Promise<void> {
  const where = { account_id: accountId, key_id: keyId };
  await transaction('remote_keys').where(where).whereNotIn('region', regions).delete();
  for (const region of regions) {
    await transaction('remote_keys')
      .insert({ ...where, region, created_at: createdAt })
      .onConflict(['account_id', 'key_id', 'region'])
      .ignore();
  }
}
