/**
 * What differs from AWS's model, with the reason: `not-here.json` by service and kind of difference,
 * out of which docs/aws-differences.md is printed, too.
 */
import { readFileSync } from 'node:fs';
import type { Difference, Kind } from './compare.js';

interface Reason {
  readonly names: readonly string[];
  readonly why: string;
}

type Reasons = Readonly<Record<string, Readonly<Partial<Record<Kind, readonly Reason[]>>>>>;

/** As `not-here.json` says. */
export const notHere: Reasons = JSON.parse(
  readFileSync(new URL('not-here.json', import.meta.url), 'utf8'),
);

/** The differences of a service that have a reason; a name that has two is there twice. */
export function explained(service: string): Difference[] {
  return Object.entries(notHere[service] ?? {}).flatMap(([kind, reasons]) =>
    reasons.flatMap(({ names }) => names.map((name) => ({ kind: kind as Kind, name }))),
  );
}

/** A difference as one line. */
export function worded({ kind, name }: Difference): string {
  return `${kind}: ${name}`;
}
