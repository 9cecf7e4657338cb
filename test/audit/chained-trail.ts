/** A trail with its chain in a temporary directory, signed by a key in memory. */
import { createSecretKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditChain, type ChainOptions } from '../../src/audit/chain/chain.js';
import { type DigestSigner, fingerprintOf } from '../../src/audit/chain/digest.js';
import { DigestFiles } from '../../src/audit/chain/digest-files.js';
import type { ChainHead } from '../../src/audit/chain/recovery.js';
import { Keeping, type KeepingOptions } from '../../src/audit/keeping.js';
import { type Verified, type VerifyOptions, verifyTrail } from '../../src/audit/reading/verify.js';
import { type AuditRecord, buildRecord } from '../../src/audit/record.js';
import { AuditTrail } from '../../src/audit/trail.js';
import { sampleFacts } from './sample-facts.js';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const CHECKPOINT_KEY = createSecretKey(Buffer.alloc(32, 7));
const silent = { debug() {}, info() {}, warn() {}, error() {} };

export interface ChainedSettings {
  readonly maxRecords?: number;
  readonly maxFileBytes?: number;
  readonly keeping?: Partial<KeepingOptions>;
}

export class ChainedTrail {
  readonly parent = mkdtempSync(join(tmpdir(), 'strongroom-chain-'));
  dir = join(this.parent, 'audit');
  now = Date.parse('2026-03-02T10:00:00Z');
  head: ChainHead | undefined;
  /** Whether the key can be used. */
  signs = true;
  readonly #settings: ChainedSettings;
  #trail: AuditTrail | undefined;
  #count = 0;

  constructor(settings: ChainedSettings = {}) {
    this.#settings = settings;
  }

  get trail(): AuditTrail {
    if (!this.#trail) throw new Error('the trail is not open');
    return this.#trail;
  }

  async open(): Promise<void> {
    const { maxRecords = 4, maxFileBytes = 1e8, keeping } = this.#settings;
    const now = () => this.now;
    const signer: DigestSigner = {
      sign: async (text) => {
        if (!this.signs) throw new Error('the token is away');
        const value = sign('sha256', text, { key: privateKey, dsaEncoding: 'ieee-p1363' });
        return { key: fingerprintOf(publicKey), value: value.toString('base64') };
      },
    };
    const common = { node: 'node', process: randomUUID(), key: CHECKPOINT_KEY, log: silent };
    const chain = (dir: string) => {
      const kept = { compress: false, keepDays: 0, keepBytes: 0, ...keeping };
      const keeper = new Keeping({ ...kept, dir, digests: new DigestFiles(dir), now, log: silent });
      const options: ChainOptions = {
        ...{ ...common, dir, signer, now, maxRecords, checkpointMs: 50 },
        ...(keeping && { keeper }),
        heads: {
          find: async () => this.head,
          put: async (head) => {
            this.head = head;
          },
        },
      };
      return AuditChain.open(options);
    };
    this.#trail = await AuditTrail.open({ dir: this.dir, maxFileBytes, now, log: silent, chain });
  }

  /** Appends so many records, one write each. @returns their event ids */
  async write(records: number): Promise<string[]> {
    const written: AuditRecord[] = [];
    for (let index = 0; index < records; index += 1) {
      this.#count += 1;
      const eventId = `00000000-0000-4000-8000-${String(this.#count).padStart(12, '0')}`;
      const record = buildRecord({ ...sampleFacts, eventId, eventTime: new Date(this.now) });
      await this.trail.append(record);
      written.push(record);
    }
    return written.map(({ eventID }) => eventID);
  }

  async close(): Promise<void> {
    await this.#trail?.close();
    this.#trail = undefined;
  }

  /** What would be left if the server were killed now; the trail goes on in it when opened. */
  async killed(): Promise<void> {
    const left = join(this.parent, `killed-${randomUUID()}`);
    cpSync(this.dir, left, { recursive: true });
    rmSync(join(left, '.appender'), { force: true });
    const { head } = this;
    await this.close();
    this.dir = left;
    this.head = head;
  }

  verify(options: Partial<VerifyOptions> = {}): Promise<Verified> {
    const keys = new Map([[fingerprintOf(publicKey), publicKey]]);
    return verifyTrail({ dir: this.dir, keys, head: this.head, ...options });
  }

  async dispose(): Promise<void> {
    await this.close();
    rmSync(this.parent, { recursive: true, force: true });
  }
}
