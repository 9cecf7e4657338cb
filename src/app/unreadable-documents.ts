/** Which stored policies this version can't read, which an older one had taken. */
import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type StoredDocument, whyUnreadable } from '../authz/unreadable.js';
import type { Config } from '../config/config.js';
import type { Database } from '../db/database.js';
import { makeLog } from '../observe/log.js';
import type { IamRepository } from '../services/iam/directory/iam-repository.js';
import { storedIamPolicies } from '../services/iam/directory/stored-policies.js';
import { storedKeyPolicies } from '../services/kms/policies/stored-policies.js';
import { records } from './records.js';

export interface UnreadableDocument {
  readonly where: string;
  readonly why: string;
}

/** Most keys have one of few policies: a text that was readable isn't read twice. */
const MAX_REMEMBERED = 10_000;

interface Stored {
  readonly database: Database;
  readonly directory: Pick<IamRepository, 'everything'>;
  readonly partition: string;
}

/**
 * Goes through all that is stored, and lets others go first after each document.
 * @param stopped ends it early
 */
export async function* unreadableDocuments(
  stored: Stored,
  stopped = () => false,
): AsyncGenerator<UnreadableDocument> {
  const readable = new Set<string>();
  for await (const document of documentsIn(stored)) {
    if (stopped()) return;
    const text = hash('sha256', `${document.kind} ${document.text}`);
    if (readable.has(text)) continue;
    const why = whyUnreadable(document, stored.partition);
    if (why !== undefined) yield { where: document.where, why };
    else if (readable.size < MAX_REMEMBERED) readable.add(text);
    await setImmediate();
  }
}

async function* documentsIn({
  database,
  directory,
  partition,
}: Stored): AsyncGenerator<StoredDocument> {
  yield* storedIamPolicies(directory, partition);
  yield* storedKeyPolicies(database, partition);
}

/** The same of a server's database, whether it runs or not. @throws StartError */
export async function findUnreadableDocuments(config: Config): Promise<UnreadableDocument[]> {
  const running = await records.start({ config, log: makeLog({ level: 'error' }) });
  try {
    const { partition } = config;
    const found: UnreadableDocument[] = [];
    for await (const each of unreadableDocuments({ ...running.provided, partition })) {
      found.push(each);
    }
    return found;
  } finally {
    await running.stop();
  }
}
