/** What is in a token, beside what the database says of it. Changes neither. */
import type { Config } from '../../config/config.js';
import { type Database, isMissing, openDatabase } from '../../db/database.js';
import { RowSeals } from '../../db/row-seals.js';
import { StartError } from '../../kernel/start-error.js';
import { AuditKeyRepository } from '../../keystores/root-token/audit-key-repository.js';
import { RootKeyRepository } from '../../keystores/root-token/root-key-repository.js';
import { type KnownObject, knownObjects } from '../../keystores/token/known-objects.js';
import { findToken } from './list-tokens.js';
import {
  configuredToken,
  reasonsAgainstLogin,
  type TokenCommandOptions,
  withLogin,
} from './one-login.js';

/**
 * Whose an object is: `live`, `adopted`, `intended`, `wrapping` (a pair for imports) and `doomed` as the
 * database has it; `wrapping-key` wraps the keys that are kept in the database; `root-key` seals it;
 * `audit-key` signs the audit trail, and another is made where it is lost; `ours` has a label of Strongroom's and no row, and so may be another database's; `foreign` has neither.
 */
export type Belonging = KnownObject['is'] | 'root-key' | 'audit-key' | 'ours' | 'foreign';

export interface TokenObject {
  readonly ckaId: string;
  readonly label: string;
  readonly objectClass: string;
  readonly is: Belonging;
  readonly key: KnownObject['key'];
}

/** The shape of `strongroom token objects --json`. */
export interface TokenObjects {
  readonly id: string;
  readonly objects: readonly TokenObject[];
  /** Keys of the database that are not in the token: what they encrypted can't be decrypted. */
  readonly missing: readonly Known[];
  /** CKA_IDs of keys that more than one object has: Unavailable until all but one are gone. */
  readonly duplicates: readonly string[];
}

const OUR_LABEL = /^(kms|strongroom):/;

/** What the database may not lose. */
const KEYS: ReadonlySet<Belonging> = new Set(['live', 'adopted', 'wrapping-key', 'root-key']);

type Known = Omit<KnownObject, 'is'> & { readonly is: Belonging };

/** @throws StartError when the token can't be logged in to, or the database read */
export async function listTokenObjects(options: TokenCommandOptions): Promise<TokenObjects> {
  const settings = configuredToken(options);
  const found = await findToken(settings, options.entry);
  const [reason] = await reasonsAgainstLogin(options, settings, found);
  if (reason !== undefined) throw new StartError(`the token ${settings.id}: ${reason}`);
  const known = await rowsOf(options.config, settings.memberOf ?? settings.id);
  return withLogin(settings, options, async ({ client }) => {
    await client.listed();
    const rows = new Map(known.map((row) => [row.ckaId, row]));
    const inToken = client.objects();
    const objects = [...inToken].map(([ckaId, { label, objectClass }]): TokenObject => {
      const row = rows.get(ckaId);
      const is = row?.is ?? (OUR_LABEL.test(label) ? 'ours' : 'foreign');
      return { ckaId, label, objectClass, is, key: row?.key };
    });
    const missing = known.filter(({ is, ckaId }) => KEYS.has(is) && !inToken.has(ckaId));
    const duplicates = client.duplicates.filter((ckaId) => KEYS.has(rows.get(ckaId)?.is ?? 'ours'));
    return {
      id: settings.id,
      objects: objects.sort((left, right) => (left.ckaId < right.ckaId ? -1 : 1)),
      missing,
      duplicates,
    };
  });
}

/** Nothing where there is no database yet. */
async function rowsOf({ databaseUrl }: Config, tokenId: string): Promise<Known[]> {
  const url = databaseUrl.reveal();
  if (isMissing({ url })) return [];
  const database = await openDatabase({ url });
  try {
    if (!(await database.schema.hasTable('wrapping_keys'))) return [];
    const binding =
      tokenId === 'root'
        ? await new RootKeyRepository({ database, now: Date.now }).find()
        : undefined;
    const root: Known[] =
      binding?.status === 'live' ? [{ ckaId: binding.ckaId, is: 'root-key', key: undefined }] : [];
    const signing = tokenId === 'root' ? await auditKeys(database) : [];
    return [...root, ...signing, ...(await knownObjects(database, tokenId))];
  } finally {
    await database.destroy();
  }
}

async function auditKeys(database: Database): Promise<Known[]> {
  if (!(await database.schema.hasTable('audit_keys'))) return [];
  const keys = new AuditKeyRepository({ database, seals: new RowSeals(undefined), now: Date.now });
  const inToken = (await keys.list()).filter(({ kind }) => kind === 'token');
  return inToken.map(({ ckaId }) => ({ ckaId, is: 'audit-key', key: undefined }));
}
