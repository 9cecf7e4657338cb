import type { KmsError } from '../../services/kms/errors.js';

/** An operation's output as JSON: blobs in base64, points in time as epoch seconds. */
export function toJson(output: Record<string, unknown>): string {
  return JSON.stringify(toWire(output));
}

/** The body of a refused call. Some of AWS's exceptions have no message at all. */
export function errorJson(error: KmsError): string {
  return JSON.stringify({
    __type: error.wireType,
    ...(error.hasMessage && { message: error.message }),
  });
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
