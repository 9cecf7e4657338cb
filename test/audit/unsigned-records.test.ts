import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { AuditRecord } from '../../src/audit/record.js';
import { UnsignedRecords } from '../../src/audit/unsigned-records.js';
import { makeLog } from '../../src/observe/log.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

let reports: AuditRecord[];
let unsigned: UnsignedRecords;
const said = () => reports.map(({ serviceEventDetails }) => serviceEventDetails);

/** How many of so many calls have a record. */
const admitted = (calls: number) =>
  Array.from({ length: calls }, () => unsigned.admit()).filter(Boolean).length;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-02T12:00:00Z') });
  reports = [];
  unsigned = new UnsignedRecords({
    trail: { append: async (...records) => void reports.push(...records) },
    ...{ accountId: '111122223333', region: 'us-east-1' },
    now: Date.now,
    newId: () => 'id',
    log: makeLog({ level: 'fatal' }),
  });
});
afterEach(() => vi.useRealTimers());

it('has a budget, which fills again', () => {
  expect(admitted(5000)).toBe(600);
  vi.setSystemTime(Date.now() + SECOND_MS);
  expect(admitted(5000)).toBe(10);
  vi.setSystemTime(Date.now() + 60 * MINUTE_MS);
  expect(admitted(5000)).toBe(600);
});

it('gives nothing for a clock that is set back', () => {
  expect(admitted(600)).toBe(600);
  vi.setSystemTime(Date.now() - MINUTE_MS);
  expect(admitted(10)).toBe(0);
  vi.setSystemTime(Date.now() + SECOND_MS);
  expect(admitted(100)).toBe(10);
});

it('says once a minute how many calls have no record', () => {
  admitted(1000);
  vi.advanceTimersByTime(MINUTE_MS - 1);
  expect(said()).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(said()).toEqual([{ calls: 400 }]);
  vi.advanceTimersByTime(5 * MINUTE_MS);
  expect(said()).toEqual([{ calls: 400 }]);
  admitted(601);
  vi.advanceTimersByTime(MINUTE_MS);
  expect(said()).toEqual([{ calls: 400 }, { calls: 1 }]);
  expect(reports[0]).toMatchObject({ eventName: 'UnsignedCallsOmitted', readOnly: true });
});

it('says at the end what has not been said', async () => {
  admitted(601);
  await unsigned.close();
  await unsigned.close();
  expect(said()).toEqual([{ calls: 1 }]);
});
