import type { ErrorCatalogue, ServiceError } from '../../kernel/service-error.js';

/** An operation's output as JSON: blobs in base64, points in time as epoch seconds. */
export function toJson(output: Record<string, unknown>): string {
  return JSON.stringify(toWire(output));
}

/** The body of a refused call. Some of AWS's exceptions have no message at all. */
export function errorJson(error: ServiceError, catalogue: ErrorCatalogue): string {
  const { wireType = error.code, textIn = 'message' } = catalogue[error.code] ?? {};
  return JSON.stringify({
    __type: wireType,
    ...(error.hasMessage && { [textIn]: error.message }),
  });
}

/** @throws Error for an error that no service of this catalogue may answer */
export function statusOf(
  error: ServiceError,
  catalogue: ErrorCatalogue,
  face: 'http' | 'rest',
): number {
  const entry = catalogue[error.code];
  if (!entry) throw new Error(`${error.code} is not in the catalogue`);
  return entry[face];
}

function toWire(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== 'object' || value === null) return value;
  const members: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) members[name] = toWire(member);
  return members;
}
