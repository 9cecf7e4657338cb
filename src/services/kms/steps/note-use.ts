import type { AuditRecord } from '../../../audit/record.js';
import type { KmsCall } from '../call.js';
import type { PendingKeyUses } from '../events/pending-use.js';
import type { Key } from '../keys/key.js';
import type { LastUsage } from '../keys/last-usage.js';

export interface NoteUsePorts {
  readonly lastUsage: LastUsage;
  readonly pendingKeyUses: PendingKeyUses;
}

/** A key's last use, and the alarm about one that awaits its deletion; neither is waited for. */
export function noteUse(
  call: KmsCall,
  records: readonly AuditRecord[],
  { lastUsage, pendingKeyUses }: NoteUsePorts,
): void {
  for (const { key, need } of call.authorized) {
    const record = records.find(({ recipientAccountId: id }) => id === key.accountId) ?? records[0];
    if (!record) return;
    if (!call.error) {
      const { requestId, operation, eventTime } = call;
      if (!operation.countsAsUse) return;
      const use = { operation: operation.name, usedAt: eventTime, eventId: record.eventID };
      lastUsage.note(key, { ...use, requestId });
    } else if (need.state === 'cryptography' && isPendingDeletion(key)) {
      void pendingKeyUses.refused(key, record);
    }
  }
}

function isPendingDeletion({ status }: Key): boolean {
  return status === 'pending-deletion' || status === 'pending-replica-deletion';
}
