import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Strongroom } from './strongroom.js';

/** The audit trail's records, oldest first. */
export function auditRecords({ dataDir }: Pick<Strongroom, 'dataDir'>) {
  return auditRecordsIn(join(dataDir, 'audit'));
}

/** Every record in the audit files of a directory. */
export async function auditRecordsIn(dir: string): Promise<Record<string, never>[]> {
  const files = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).toSorted();
  const texts = await Promise.all(files.map((name) => readFile(join(dir, name), 'utf8')));
  const lines = texts.join('').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}
