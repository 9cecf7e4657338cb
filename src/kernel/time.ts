/** Time: two clocks that the compiler tells apart, and the units in which they are read. */

/** Real time in epoch milliseconds by which a call must have been answered. */
export type Deadline = number;

/** Real time, in epoch milliseconds: deadlines, signatures, sessions, leases. */
export interface WallClock {
  (): number;
  readonly measures: 'real time';
}

/** The calendar of key dates, in epoch milliseconds; a simulated clock moves it ahead of real time. */
export interface CalendarClock {
  (): number;
  readonly measures: 'key dates';
}

export function wallClock(read: () => number = Date.now): WallClock {
  return Object.assign(() => read(), { measures: 'real time' as const });
}

export function calendarClock(read: () => number): CalendarClock {
  return Object.assign(() => read(), { measures: 'key dates' as const });
}

export const MINUTE_MS = 60 * 1000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A point in time in UTC to the second, as CloudTrail and the Query protocol write it: ISO 8601, `Z`. */
export function isoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
