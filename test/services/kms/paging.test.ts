import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../../src/kernel/service-error.js';

import { readPage } from '../../../src/services/kms/paging.js';
import { operations } from '../../support/kms-operations.js';
import { worded } from '../../support/worded.js';

/** A list as the repositories answer it. */
const listOf = (items: readonly string[]) => async (after: string, limit: number) =>
  items.filter((item) => item > after).slice(0, limit);

const self = (item: string) => item;

/** Positions as they come: ids, alias names and tag keys, of any characters. */
const position = fc.string({ unit: 'binary', minLength: 1, maxLength: 128 });
const positions = fc.uniqueArray(position, { maxLength: 40 }).map((items) => items.sort());

describe('walking the pages', () => {
  it('meets every item once, in order, on pages of the right size', async () => {
    await fc.assert(
      fc.asyncProperty(positions, fc.integer({ min: 1, max: 10 }), async (items, Limit) => {
        const met: string[] = [];
        let Marker: string | undefined;
        do {
          const page = await readPage({ Limit, Marker }, 50, listOf(items), self);
          expect(page.items.length).toBeLessThanOrEqual(Limit);
          expect(page.Truncated).toBe(page.NextMarker !== undefined);
          if (page.Truncated) expect(page.items).toHaveLength(Limit);
          met.push(...page.items);
          Marker = page.NextMarker;
        } while (Marker !== undefined);
        expect(met).toStrictEqual(items);
      }),
    );
  });

  it.each([
    ['an alias', `alias/${'a'.repeat(250)}`],
    ['a tag key of control characters', '\u0001'.repeat(128)],
    ['a tag key of quotation marks', '"'.repeat(128)],
    ['a tag key of long characters', '€'.repeat(128)],
    ['a tag key of pairs', '😀'.repeat(64)],
  ])('needs only markers that an operation takes: %s', async (_, first) => {
    const { NextMarker } = await readPage({ Limit: 1 }, 50, async () => [first, '~'], self);
    const decode = operations.get('ListResourceTags')?.decode;
    expect(decode?.({ KeyId: 'k', Marker: NextMarker })).toMatchObject({ Marker: NextMarker });
  });

  it('has pages of the default size when no limit is given', async () => {
    const items = Array.from({ length: 101 }, (_, index) => String(index).padStart(3, '0'));
    const page = await readPage({}, 100, listOf(items), self);
    expect(page).toMatchObject({ items: items.slice(0, 100), Truncated: true });
  });
});

describe('a marker that is not ours', () => {
  const base64 = (octets: string | Buffer) => Buffer.from(octets).toString('base64');
  const ours = base64('after:x');

  it.each([
    '',
    '!',
    'abc',
    'AQICAH',
    base64('null'),
    base64('{"after":"x"}'),
    base64('before:x'),
    base64(Buffer.concat([Buffer.from('after:'), Buffer.from([0xff])])),
    `${ours}=`,
    ` ${ours}`,
    ours.replaceAll('=', ''),
    ours.toLowerCase(),
  ])('%j is refused', async (Marker) => {
    await expect(worded(readPage({ Marker }, 50, listOf([]), self))).rejects.toMatchObject({
      code: 'InvalidMarkerException',
      message: `Could not deserialize marker '${Marker}'`,
    });
  });

  it('is refused or read as a position, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.base64String(), fc.json()), async (Marker) => {
        try {
          await worded(readPage({ Marker }, 50, listOf(['a']), self));
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error;
          expect(error.code).toBe('InvalidMarkerException');
        }
      }),
    );
  });
});
