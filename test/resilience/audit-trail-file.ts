import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** requestID of every record in the audit files of a directory. */
export async function auditedRequests(dir: string): Promise<Set<string>> {
  const requestIds = new Set<string>();
  for (const name of await readdir(dir)) {
    if (!name.endsWith('.jsonl')) continue;
    for (const line of (await readFile(join(dir, name), 'utf8')).split('\n')) {
      if (line !== '') requestIds.add(JSON.parse(line).requestID);
    }
  }
  return requestIds;
}
