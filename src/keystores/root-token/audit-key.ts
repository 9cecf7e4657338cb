/**
 * The key that signs digests of the audit trail: a P-256 pair in the root token, or, where the token says
 * that it has no such keys, one that the root key seals. Whoever verifies needs its public half only.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import type { SealedLocation, Sealer } from '../../kernel/sealing.js';
import type { Deadline } from '../../kernel/time.js';
import type { TokenClient } from '../../token-host/client/client.js';
import { capabilityCode } from '../../token-host/protocol/capability-codes.js';
import type { KeyOrder } from '../../token-host/protocol/key-order.js';
import type { AuditKeyRepository, AuditKeyRow, MadeAuditKey } from './audit-key-repository.js';

const ORDER: KeyOrder = { keyType: 'ec', purpose: 'sign', bytes: 32, curve: 'prime256v1' };
const LABEL = 'strongroom:audit:';
const CKA_ID_BYTES = 16;
/** Nobody waits for a signature but the trail's own files. */
const SIGN_TIMEOUT_MS = 10_000;
const MAKE_TIMEOUT_MS = 30_000;
const TRIAL = Buffer.from('strongroom audit key');

export interface AuditKeyOptions {
  readonly client: Pick<TokenClient, 'call'>;
  readonly sealer: Sealer;
  readonly keys: AuditKeyRepository;
  readonly now: () => number;
}

export interface AuditSignature {
  /** SHA-256 of the key's SubjectPublicKeyInfo, in hex. */
  readonly key: string;
  /** ECDSA with SHA-256 over P-256, r‖s, in base64. */
  readonly value: string;
}

export class AuditKey {
  readonly #options: AuditKeyOptions;
  #using: Promise<UsedKey> | undefined;
  /** The token's refusals that count when they are repeated. */
  #refusals = 0;

  constructor(options: AuditKeyOptions) {
    this.#options = options;
  }

  /**
   * Signs, and makes the key the first time.
   * @throws TokenError, TokenHostError, SealError, BrokenSeal; the next call tries it afresh
   */
  async sign(text: Buffer): Promise<AuditSignature> {
    this.#using ??= this.#use();
    try {
      const { row, privateKey } = await this.#using;
      const octets = privateKey
        ? sign('sha256', text, { key: privateKey, dsaEncoding: 'ieee-p1363' })
        : await this.#signInToken(row.ckaId, text);
      return { key: nameOf(row), value: octets.toString('base64') };
    } catch (error) {
      this.#using = undefined;
      throw error;
    }
  }

  async #use(): Promise<UsedKey> {
    const { sealer } = this.#options;
    const row = await this.#current();
    if (row.kind !== 'sealed' || !row.sealedPrivate) return { row, privateKey: undefined };
    const pkcs8 = await sealer.open(row.sealedPrivate, placeOf(row), this.#deadline());
    try {
      return { row, privateKey: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }) };
    } finally {
      pkcs8.fill(0);
    }
  }

  /** The newest key; another one where the token, which may be another now, says that it has lost it. */
  async #current(): Promise<AuditKeyRow> {
    const { keys } = this.#options;
    const newest = (await keys.list()).at(-1);
    if (newest?.kind === 'sealed') return newest;
    if (newest?.kind === 'token' && (await this.#holds(newest.ckaId))) return newest;
    const number = newest && newest.kind === undefined ? newest.number : (newest?.number ?? 0) + 1;
    await keys.intend(number, randomBytes(CKA_ID_BYTES).toString('hex'));
    return keys.confirm(number, (row) => this.#make(row));
  }

  async #make(row: AuditKeyRow): Promise<MadeAuditKey> {
    const { client } = this.#options;
    const { ckaId } = row;
    const deadline = this.#options.now() + MAKE_TIMEOUT_MS;
    try {
      // A kill may have left a pair whose public half nobody knows.
      await client.call('destroyObject', ckaId, undefined, deadline);
      const label = `${LABEL}${ckaId}`;
      const jwk = await client.call('generateKey', ckaId, { label, order: ORDER }, deadline);
      const publicKey = jwk && createPublicKey({ format: 'jwk', key: jwk });
      const value = await this.#signInToken(ckaId, TRIAL);
      const key = { key: publicKey as KeyObject, dsaEncoding: 'ieee-p1363' } as const;
      if (publicKey && verify('sha256', TRIAL, key, value)) {
        return { kind: 'token', publicKey: spki(publicKey), sealedPrivate: undefined };
      }
    } catch (error) {
      const code = capabilityCode(error);
      if (code === 'when-repeated') this.#refusals += 1;
      if (code !== 'definite' && this.#refusals < 2) throw error;
    }
    return this.#makeSealed(row);
  }

  async #makeSealed(row: AuditKeyRow): Promise<MadeAuditKey> {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
    try {
      const sealed = await this.#options.sealer.seal(pkcs8, placeOf(row), this.#deadline());
      return { kind: 'sealed', publicKey: spki(publicKey), sealedPrivate: sealed };
    } finally {
      pkcs8.fill(0);
    }
  }

  async #holds(ckaId: string): Promise<boolean> {
    const found = await this.#options.client.call('findObject', ckaId, undefined, this.#deadline());
    return found !== undefined;
  }

  #signInToken(ckaId: string, text: Buffer): Promise<Buffer> {
    const input = createHash('sha256').update(text).digest();
    const args = { scheme: 'ecdsa', hash: 'sha256', input } as const;
    return this.#options.client.call('sign', ckaId, args, this.#deadline());
  }

  #deadline(): Deadline {
    return this.#options.now() + SIGN_TIMEOUT_MS;
  }
}

interface UsedKey {
  readonly row: AuditKeyRow;
  readonly privateKey: KeyObject | undefined;
}

function placeOf({ number }: AuditKeyRow): SealedLocation {
  return { table: 'audit_keys', row: String(number), column: 'sealed_private' };
}

function nameOf({ publicKey }: AuditKeyRow): string {
  if (!publicKey) throw new Error('the key of the audit trail has no public half');
  return createHash('sha256').update(publicKey).digest('hex');
}

function spki(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' });
}
