/**
 * The CKA_IDs of the keys that a check of a token makes. A killed check can't clean up, so that its keys
 * say whose they are: the next check knows them by their CKA_ID and their label, and destroys them.
 */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { PROBE_LABEL } from '../../../token-host/client/tried-key.js';
import type { ObjectInfo } from '../../../token-host/protocol/key-objects.js';

/** Fills a CKA_ID up to a length that is tried. */
const PAD = 'x';

/** 16 octets in hexadecimal: the mark (5), host (2), process id (3), second (4), count (2); then padding. */
const MARK = Buffer.from('srchk', 'latin1').toString('hex');
const OF_CHECK = new RegExp(`^${MARK}([0-9a-f]{4})([0-9a-f]{6})([0-9a-f]{8})[0-9a-f]{4}${PAD}*$`);

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 4);

/** No check lives so long: its keys are left over, wherever it ran. */
const LEFT_AFTER_S = 3600;

/** Makes CKA_IDs of this process's check. */
export function checkCkaIds(now: () => number, pid = process.pid): () => string {
  const hex = (value: number, digits: number) =>
    value.toString(16).padStart(digits, '0').slice(-digits);
  const start = MARK + HOST + hex(pid, 6) + hex(Math.floor(now() / 1000), 8);
  let count = 0;
  return () => {
    count += 1;
    return start + hex(count, 4);
  };
}

/** A CKA_ID of a check, made so long. */
export function paddedCkaId(ckaId: string, octets: number): string {
  return ckaId.padEnd(octets, PAD);
}

/** A label of so many octets that says whose the key is, as far as it goes. */
export function checkLabel(ckaId: string, octets: number): string {
  return `${PROBE_LABEL}:${ckaId}:`.padEnd(octets, '0').slice(0, octets);
}

/**
 * Which of a token's objects an earlier check left: its process is gone, or it was an hour ago.
 * @param isRunning whether this machine has the process
 */
export function leftByChecks(
  objects: ReadonlyMap<string, Pick<ObjectInfo, 'label'>>,
  now: number,
  isRunning: (pid: number) => boolean,
): string[] {
  return [...objects].flatMap(([ckaId, { label }]) => {
    const parts = OF_CHECK.exec(ckaId);
    // A token may have cut the label.
    const isOurs = label.startsWith(`${PROBE_LABEL}:`) || `${PROBE_LABEL}:`.startsWith(label);
    if (!parts || !isOurs) return [];
    const [, host, pid, second] = parts;
    const isOld = now / 1000 - Number.parseInt(second ?? '', 16) > LEFT_AFTER_S;
    const isGone = host === HOST && !isRunning(Number.parseInt(pid ?? '', 16));
    return isOld || isGone ? [ckaId] : [];
  });
}
