/** Points in time as conditions write them. Source: W3C "Date and Time Formats"; recorded-iam.md §1, Date. */

const EPOCH_SECONDS = /^(?!\d{4}$)([+-]?)(\d{1,12})(?:\.(\d{1,18}))?$/;
const W3C =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,18}))?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/;

/**
 * Epoch milliseconds; further digits are cut. A time without zone is UTC; four digits alone are a year,
 * any other number is epoch seconds.
 * @returns undefined for a text that is no date
 */
export function readInstant(text: string): number | undefined {
  const epoch = EPOCH_SECONDS.exec(text);
  if (epoch) {
    const [, sign, seconds = '', fraction] = epoch;
    const milliseconds = Number(seconds) * 1000 + millisecondsOf(fraction);
    return sign === '-' ? -milliseconds : milliseconds;
  }
  const [
    date,
    year,
    month = '01',
    day = '01',
    hour = '00',
    minute = '00',
    second = '00',
    fraction,
    zone,
  ] = W3C.exec(text) ?? [];
  if (date === undefined) return undefined;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const time = Date.parse(`${iso}Z`);
  // A day or an hour that there isn't would count as one of the next month or day.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, iso.length) !== iso) {
    return undefined;
  }
  const offset = offsetOf(zone);
  return offset === undefined ? undefined : time + millisecondsOf(fraction) - offset;
}

function millisecondsOf(fraction = ''): number {
  return Number(fraction.slice(0, 3).padEnd(3, '0'));
}

/** Milliseconds. */
function offsetOf(zone = 'Z'): number | undefined {
  if (zone === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  if (hours > 23 || minutes > 59) return undefined;
  const offset = (hours * 60 + minutes) * 60_000;
  return zone.startsWith('-') ? -offset : offset;
}
