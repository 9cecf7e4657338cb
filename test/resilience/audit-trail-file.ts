import { rename, rm, writeFile } from 'node:fs/promises';
import { auditRecordsIn } from '../support/audit-records.js';

/** requestID of every record in the audit files of a directory. */
export async function auditedRequests(dir: string): Promise<Set<string>> {
  return new Set((await auditRecordsIn(dir)).map(({ requestID }) => String(requestID)));
}

/** The records of one operation. */
export async function auditedCalls(dir: string, operation: string) {
  return (await auditRecordsIn(dir)).filter(({ eventName }) => eventName === operation);
}

/** Makes the trail unusable. @returns what makes it usable again */
export async function withoutTrail(dir: string): Promise<() => Promise<void>> {
  const aside = `${dir}.aside`;
  await rename(dir, aside);
  await writeFile(dir, 'a file where the directory was');
  return async () => {
    await rm(dir);
    await rename(aside, dir);
  };
}
