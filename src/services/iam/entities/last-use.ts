import type { ServiceUse } from '../reports/service-uses.js';

/** When sessions of a role last called any service, and where; nothing where none has. */
export function lastUseView(uses: readonly ServiceUse[]): { LastUsedDate?: Date; Region?: string } {
  const [last] = uses.toSorted((a, b) => b.at - a.at);
  return last ? { LastUsedDate: new Date(last.at), Region: last.region } : {};
}
