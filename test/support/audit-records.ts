import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Strongroom } from './strongroom.js';

/** The audit trail's records, oldest first. */
export function auditRecords({ dataDir }: Pick<Strongroom, 'dataDir'>) {
  return auditRecordsIn(join(dataDir, 'audit'));
}

/** What is in every file of the trail, the digests among them. */
export async function trailContents({ dataDir }: Pick<Strongroom, 'dataDir'>): Promise<Buffer[]> {
  const entries = await readdir(join(dataDir, 'audit'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name))));
}

/** Every record in the audit files of a directory. */
export async function auditRecordsIn(dir: string): Promise<Record<string, never>[]> {
  const files = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).toSorted();
  const texts = await Promise.all(files.map((name) => readFile(join(dir, name), 'utf8')));
  const lines = texts.join('').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}
