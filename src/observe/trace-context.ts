/** W3C Trace Context (Recommendation of 23 November 2021): who is traced, over processes. */

export interface TraceContext {
  /** 32 hexadecimal digits in lower case, not all nought. */
  readonly traceId: string;
  /** 16 of them. */
  readonly spanId: string;
  /** Whether whoever began the trace keeps it. */
  readonly sampled: boolean;
}

/** §3.2: a later version may have more behind the flags, this one may not. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NOUGHT = /^0+$/;
const SAMPLED = 1;

/** The context of a `traceparent` header; undefined for what isn't one, which is as if it were absent. */
export function readTraceparent(header: string | undefined): TraceContext | undefined {
  const found = header === undefined ? null : TRACEPARENT.exec(header);
  if (!found) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = found;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (NOUGHT.test(traceId) || NOUGHT.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}
