import { incompleteSignature, invalidSignature } from './authentication-error.js';

/** When a request was signed. */
export interface RequestTime {
  /** Milliseconds since the epoch. */
  readonly epochMs: number;
  /** The same in ISO 8601's basic format, `YYYYMMDDTHHMMSSZ`, as the string to sign has it. */
  readonly basic: string;
}

const BASIC_FORMAT = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/**
 * Reads `X-Amz-Date` (ISO 8601 basic format), or else `Date` (the same, or the IMF-fixdate of
 * RFC 9110, 5.6.7). A malformed `X-Amz-Date` is an error even when `Date` is good.
 *
 * @throws AuthenticationError IncompleteSignatureException when the date is in neither format
 */
export function parseRequestTime(xAmzDate: string | undefined, date: string): RequestTime {
  const time =
    parseBasicFormat(xAmzDate ?? date) ??
    (xAmzDate === undefined ? parseHttpDate(date) : undefined);
  if (time === undefined) {
    throw incompleteSignature(
      "Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601",
    );
  }
  return time;
}

/** `YYYYMMDDTHHMMSSZ`, fractions of a second cut off. */
export function basicFormat(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}

/**
 * The error for a request signed more than `maxSkewMs` before or after `now`; a difference of
 * exactly `maxSkewMs` is still good.
 */
export function skewError(signed: RequestTime, now: number, maxSkewMs: number): Error | undefined {
  const window = `${maxSkewMs / 60_000} min.`;
  if (signed.epochMs < now - maxSkewMs) {
    return invalidSignature(
      `Signature expired: ${signed.basic} is now earlier than ` +
        `${basicFormat(now - maxSkewMs)} (${basicFormat(now)} - ${window})`,
    );
  }
  if (signed.epochMs > now + maxSkewMs) {
    return invalidSignature(
      `Signature not yet current: ${signed.basic} is still later than ` +
        `${basicFormat(now + maxSkewMs)} (${basicFormat(now)} + ${window})`,
    );
  }
  return undefined;
}

function parseBasicFormat(text: string): RequestTime | undefined {
  const match = BASIC_FORMAT.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const epochMs = Date.parse(iso);
  // 30 February may be read as 1 March; only a real date is written back as it was read.
  if (Number.isNaN(epochMs) || new Date(epochMs).toISOString() !== iso) return undefined;
  return { epochMs, basic: text };
}

function parseHttpDate(text: string): RequestTime | undefined {
  const epochMs = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(epochMs)) return undefined;
  // The day of the week is not compared: AWS's own test suite has 9 September 2011 as a Monday.
  if (new Date(epochMs).toUTCString().slice(4) !== text.slice(4)) return undefined;
  return { epochMs, basic: basicFormat(epochMs) };
}
