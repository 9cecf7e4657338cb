/** An operator's view of the audit trail. Needs no server and no token, and changes nothing. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { resolve } from 'node:path';
import { fingerprintOf } from '../audit/chain/digest.js';
import { HeadRepository } from '../audit/chain/head-repository.js';
import type { ChainHead } from '../audit/chain/recovery.js';
import { type ExportFormat, exportTrail } from '../audit/reading/export.js';
import { type Criteria, type FoundRecord, searchTrail } from '../audit/reading/search.js';
import { type Verified, type VerifyOptions, verifyTrail } from '../audit/reading/verify.js';
import type { Config } from '../config/config.js';
import { isMissing, openDatabase } from '../db/database.js';
import { keptNodeId } from '../db/node-identity.js';
import { RowSeals } from '../db/row-seals.js';
import { readNamedSecret } from '../kernel/foreign-files.js';
import { StartError } from '../kernel/start-error.js';
import { AuditKeyRepository } from '../keystores/root-token/audit-key-repository.js';
import { withFailuresWorded } from './start-failures.js';

export { PROBLEM_KINDS, type Problem } from '../audit/reading/problem.js';
export type { Criteria, Verified };

export interface AuditPlace {
  /** Read only where the trail, or what the database knows, isn't said otherwise. */
  readonly configuration: () => Config;
  /** Of the trail, instead of the configuration's. */
  readonly dir: string | undefined;
}

export interface VerifyAuditOptions
  extends AuditPlace,
    Pick<VerifyOptions, 'from' | 'to' | 'onProgress'> {
  /** Files with the keys to believe, in PEM; none: those that the database knows. */
  readonly publicKeyFiles: readonly string[];
}

/** The keys that sign digests, in the order in which they were made. */
export interface AuditPublicKey {
  readonly fingerprint: string;
  readonly pem: string;
}

/** @throws StartError when there is no trail, or nothing that says which keys sign it */
export async function verifyAudit(options: VerifyAuditOptions): Promise<Verified> {
  const { publicKeyFiles, configuration } = options;
  const dir = dirOf(options);
  const known =
    publicKeyFiles.length > 0
      ? { keys: publicKeyFiles.map(readPublicKey), head: undefined }
      : await knownToDatabase(configuration());
  const keys = new Map(known.keys.map((key) => [fingerprintOf(key), key]));
  return reading(dir, () => verifyTrail({ ...options, dir, keys, head: known.head }));
}

/** @throws StartError */
export async function auditPublicKeys(config: Config): Promise<AuditPublicKey[]> {
  const { keys } = await knownToDatabase(config);
  return keys.map((key) => ({
    fingerprint: fingerprintOf(key),
    pem: key.export({ format: 'pem', type: 'spki' }).toString(),
  }));
}

/** @throws StartError when there is no trail */
export async function* searchAudit(
  place: AuditPlace,
  criteria: Criteria,
): AsyncGenerator<FoundRecord> {
  const dir = dirOf(place);
  try {
    yield* searchTrail(dir, criteria);
  } catch (error) {
    throw worded(dir, error);
  }
}

/** @throws StartError when there is no trail, or the file is there already */
export async function exportAudit(
  place: AuditPlace,
  criteria: Criteria,
  { file, format }: { readonly file: string; readonly format: ExportFormat },
): Promise<number> {
  const dir = dirOf(place);
  return reading(dir, () => exportTrail(dir, criteria, { file: resolve(file), format }));
}

function dirOf({ dir, configuration }: AuditPlace): string {
  return dir === undefined ? configuration().audit.dir : resolve(dir);
}

async function knownToDatabase(
  config: Config,
): Promise<{ readonly keys: KeyObject[]; readonly head: ChainHead | undefined }> {
  const url = config.databaseUrl.reveal();
  const hint = 'name the key that signs the audit trail with --public-key';
  if (isMissing({ url })) throw new StartError(`there is no database: ${hint}`);
  return withFailuresWorded(config, async () => {
    const database = await openDatabase({ url });
    try {
      if (!(await database.schema.hasTable('audit_keys'))) {
        throw new StartError(`the database knows no key of the audit trail: ${hint}`);
      }
      const nodeId = await keptNodeId(config.dataDir);
      const head = nodeId === undefined ? undefined : new HeadRepository(database, nodeId).find();
      const seals = new RowSeals(undefined);
      const keys = new AuditKeyRepository({ database, seals, now: Date.now });
      const rows = await keys.list();
      const octets = rows.flatMap(({ publicKey }) => publicKey ?? []);
      return {
        keys: octets.map((key) => createPublicKey({ key, format: 'der', type: 'spki' })),
        head: await head,
      };
    } finally {
      await database.destroy();
    }
  });
}

function readPublicKey(file: string): KeyObject {
  try {
    return createPublicKey(readNamedSecret(file));
  } catch (error) {
    // Who can write the file chooses which trail is believed.
    if (error instanceof StartError) throw error;
    const { message } = error as Error;
    throw new StartError(`no public key can be read from ${file}: ${message}`);
  }
}

async function reading<Result>(dir: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw worded(dir, error);
  }
}

/** What the file system says, in one line for the operator. */
function worded(dir: string, error: unknown): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === undefined || !(error instanceof Error)) return error;
  if (code === 'ENOENT') return new StartError(`there is no audit trail in ${dir}`);
  if (code === 'EEXIST') return new StartError(`${path} is there already`);
  if (code.startsWith('E')) return new StartError(`${path ?? dir}: ${error.message}`);
  if (code.startsWith('Z_')) return new StartError(`a compressed file in ${dir} is not whole`);
  return error;
}
