/** What comes due on keys by itself: expiry of imported material, rotation, deletion. */

import type { CalendarClock, WallClock } from '../../../kernel/time.js';
import type { Log } from '../../../observe/log.js';
import type { Job } from '../../../runtime/scheduler.js';
import type { DueKeys } from '../keys/due-keys.js';
import type { DueKind, KeyName } from '../keys/key-change.js';
import { type RotationPorts, rotateIfDue } from '../rotation/rotation.js';
import { type ExpiryPorts, expire } from './expire.js';
import { type RemovalPorts, remove } from './remove.js';

/** Keys in one database read. */
const BATCH = 100;
const ROTATION_TIMEOUT_MS = 60_000;

interface DuePorts {
  readonly dueKeys: DueKeys;
  readonly calendar: CalendarClock;
  readonly log: Log;
}

interface DueRotationPorts extends RotationPorts {
  readonly wallClock: WallClock;
  readonly log: Log;
}

export type KeyLifePorts = DuePorts & ExpiryPorts & DueRotationPorts & RemovalPorts;

/** The jobs in the order in which they run. */
export function keyLifeJobs(ports: KeyLifePorts): readonly Job[] {
  const job = (name: string, kind: DueKind, step: Step): Job => ({
    name,
    run: () => forEachDue(kind, step, ports),
  });
  return [
    job('expiry of imported material', 'expiry', (name) => expire(name, ports)),
    job('rotation', 'rotation', (name) => rotate(name, ports)),
    job('deletion', 'deletion', (name) => remove(name, ports)),
  ];
}

/** When the next of these jobs has something to do, in epoch milliseconds of the calendar. */
export async function nextKeyDate(dueKeys: DueKeys): Promise<number | undefined> {
  const dates = await Promise.all(
    (['expiry', 'rotation', 'deletion'] as const).map((kind) => dueKeys.next(kind)),
  );
  const known = dates.filter((date) => date !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** @returns whether nothing is left to do */
type Step = (name: KeyName) => Promise<boolean>;

/** Does the step for every due key once. One that fails must not keep the others waiting. */
async function forEachDue(
  kind: DueKind,
  step: Step,
  { dueKeys, calendar, log }: DuePorts,
): Promise<void> {
  let left = 0;
  for (;;) {
    const due = await dueKeys.list(kind, calendar(), BATCH, left);
    for (const name of due) {
      try {
        if (!(await step(name))) left += 1;
      } catch (error) {
        log.error({ err: error, kind, ...name }, "a step in a key's life failed; will retry");
        left += 1;
      }
    }
    if (due.length < BATCH) return;
  }
}

async function rotate(name: KeyName, ports: DueRotationPorts): Promise<boolean> {
  const key = await ports.keys.find(name.region, name.keyId);
  return !key || rotateIfDue(key, ports.wallClock() + ROTATION_TIMEOUT_MS, ports);
}
