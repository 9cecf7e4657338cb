import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Every record in the audit files of a directory. */
export async function auditRecords(dir: string): Promise<Record<string, unknown>[]> {
  const records: Record<string, unknown>[] = [];
  for (const name of (await readdir(dir)).toSorted()) {
    if (!name.endsWith('.jsonl')) continue;
    for (const line of (await readFile(join(dir, name), 'utf8')).split('\n')) {
      if (line !== '') records.push(JSON.parse(line));
    }
  }
  return records;
}
