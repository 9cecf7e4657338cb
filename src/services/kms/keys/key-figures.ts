import type { Database } from '../../../db/database.js';
import { type CalendarClock, DAY_MS } from '../../../kernel/time.js';
import type { DueKeys } from './due-keys.js';
import type { DueKind } from './key-change.js';

const KINDS: readonly DueKind[] = ['rotation', 'deletion', 'expiry'];

/** Jobs look for what is due every few seconds: what is older than this they should have done. */
const OVERDUE_MS = -10 * 60 * 1000;

const WITHIN = {
  overdue: OVERDUE_MS,
  '1d': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
} as const;

/** More are not counted, so that nobody's rotation of many keys makes a look at them dear. */
export const MOST_COUNTED = 10_000;

export interface KeyFigures {
  /** KMS keys in whatever state, AWS managed ones too. */
  readonly keys: number;
  readonly due: readonly {
    readonly kind: DueKind;
    readonly within: keyof typeof WITHIN;
    readonly count: number;
  }[];
}

/** How many keys there are, and what is due on them. */
export async function readKeyFigures(
  database: Database,
  dueKeys: DueKeys,
  calendar: CalendarClock,
): Promise<KeyFigures> {
  const row = await database('keys').count({ total: 'key_id' }).first();
  const due: KeyFigures['due'][number][] = [];
  for (const kind of KINDS) {
    for (const [within, ms] of Object.entries(WITHIN)) {
      const count = await dueKeys.count(kind, calendar() + ms, MOST_COUNTED);
      due.push({ kind, within: within as keyof typeof WITHIN, count });
    }
  }
  return { keys: Number(row?.total ?? 0), due };
}
