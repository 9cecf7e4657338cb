/** How what was measured stands against the limits after which a token host counts as hung. */
import { OBJECTS_PER_PAGE } from '../../../token-host/protocol/protocol.js';

export interface TimeLimit {
  readonly what: string;
  readonly measuredMs: number;
  readonly limitMs: number;
  /** `near`: a tenth of the limit or more, which a busy moment reaches. */
  readonly verdict: 'good' | 'near' | 'over';
}

export interface Measured {
  readonly roundTripMs: number;
  /** Undefined where the objects were not read to their end. */
  readonly listingMs: number | undefined;
  readonly objects: number | undefined;
}

export interface TimeSettings {
  readonly callTimeoutMs: number;
  readonly managementTimeoutMs: number;
}

/** An object takes one call at least. What few take shows how long the host took to begin. */
function millisecondsPerObject({ roundTripMs, listingMs, objects = 0 }: Measured): number {
  const isTelling = listingMs !== undefined && objects >= OBJECTS_PER_PAGE;
  return Math.max(isTelling ? listingMs / objects : 0, roundTripMs);
}

/** Objects that the largest HSMs hold, as many as a connection is to manage. */
const MANY_OBJECTS = 10_000;

/** Milliseconds until so many objects would be read; servers serve meanwhile. */
export function listingOfMany(measured: Measured): {
  readonly objects: number;
  readonly ms: number;
} {
  return { objects: MANY_OBJECTS, ms: Math.round(MANY_OBJECTS * millisecondsPerObject(measured)) };
}

export function timeLimits(
  measured: Measured,
  { callTimeoutMs, managementTimeoutMs }: TimeSettings,
): TimeLimit[] {
  // Silence is what counts: the host says that it lives after each page.
  const page = millisecondsPerObject(measured) * OBJECTS_PER_PAGE;
  return [
    limit('a round trip (callTimeoutMs)', measured.roundTripMs, callTimeoutMs),
    limit(`reading ${OBJECTS_PER_PAGE} objects (managementTimeoutMs)`, page, managementTimeoutMs),
  ];
}

function limit(what: string, measuredMs: number, limitMs: number): TimeLimit {
  const verdict = measuredMs * 10 < limitMs ? 'good' : measuredMs < limitMs ? 'near' : 'over';
  return { what, measuredMs, limitMs, verdict };
}
