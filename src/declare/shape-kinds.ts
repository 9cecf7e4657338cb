/** Kinds of members that JSON Schema has no word for, as every service's shapes use them. */
import { Type } from 'typebox';

/** A base64 member; decoded to a Buffer of `minBytes`–`maxBytes` octets before an operation sees it. */
export function Blob(minBytes: number, maxBytes: number, options: { sensitive?: boolean } = {}) {
  return Type.Unsafe<Buffer>({
    type: 'string',
    contentEncoding: 'base64',
    minBytes,
    maxBytes,
    ...options,
  });
}

/** A point in time: epoch seconds on the wire, a Date inside. */
export const Timestamp = Type.Unsafe<Date>({ type: 'number', format: 'epoch-seconds' });

/** One of the listed names. */
export function OneOf<const T extends readonly string[]>(values: T, options: object = {}) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: values, ...options });
}

/** An answer without members that is sent all the same: `{}`, or an empty result element. */
export const EmptyResult = Type.Object({});
