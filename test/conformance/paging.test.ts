import { beforeAll, describe, expect, it } from 'vitest';
import { ownConformanceServer, type TestKey } from '../support/faces/conformance-server.js';
import { FACES } from '../support/faces/faces.js';
import { expectRefusal, violation } from '../support/faces/refusals.js';

const server = ownConformanceServer({ yaml: { quotas: { aliasesPerKey: 53 } } });

/** What exists: more than the default pages of ListAliases, fewer than that of ListKeys. */
const COUNTS = { keys: 7, aliases: 53, tags: 11, materials: 5 };

interface List {
  readonly operation: string;
  readonly member: string;
  readonly input: (key: TestKey) => object;
  readonly total: number;
  /** Items of a page without Limit. */
  readonly defaultPage: number;
  readonly maxLimit: number;
  /** ListKeyPolicies declares no InvalidMarkerException. */
  readonly marker: boolean;
}

const KeyId = ({ id }: TestKey) => ({ KeyId: id });
const LISTS: readonly List[] = [
  {
    operation: 'ListKeys',
    member: 'Keys',
    input: () => ({}),
    total: COUNTS.keys,
    defaultPage: COUNTS.keys,
    maxLimit: 1000,
    marker: true,
  },
  {
    operation: 'ListKeys',
    member: 'Keys',
    input: () => ({ ResourceOwners: ['OTHER_ACCOUNTS_VIA_RAM', 'SELF'] }),
    total: COUNTS.keys,
    defaultPage: COUNTS.keys,
    maxLimit: 1000,
    marker: true,
  },
  {
    operation: 'ListAliases',
    member: 'Aliases',
    input: () => ({}),
    total: COUNTS.aliases,
    defaultPage: 50,
    maxLimit: 100,
    marker: true,
  },
  {
    operation: 'ListAliases',
    member: 'Aliases',
    input: KeyId,
    total: COUNTS.aliases,
    defaultPage: 50,
    maxLimit: 100,
    marker: true,
  },
  {
    operation: 'ListResourceTags',
    member: 'Tags',
    input: KeyId,
    total: COUNTS.tags,
    defaultPage: COUNTS.tags,
    maxLimit: 50,
    marker: true,
  },
  {
    operation: 'ListKeyPolicies',
    member: 'PolicyNames',
    input: KeyId,
    total: 1,
    defaultPage: 1,
    maxLimit: 1000,
    marker: false,
  },
  {
    operation: 'ListKeyRotations',
    member: 'Rotations',
    input: (key) => ({ ...KeyId(key), IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
    total: COUNTS.materials,
    defaultPage: COUNTS.materials,
    maxLimit: 1000,
    marker: true,
  },
  {
    operation: 'DescribeCustomKeyStores',
    member: 'CustomKeyStores',
    input: () => ({}),
    total: 1,
    defaultPage: 1,
    maxLimit: 1000,
    marker: true,
  },
];

let key: TestKey;
beforeAll(async () => {
  const { call, newKey } = server.over('AWS JSON');
  const Tags = Array.from({ length: COUNTS.tags }, (_, at) => ({
    TagKey: `tag ${at}`,
    TagValue: '',
  }));
  key = await newKey({ Tags });
  for (let made = 1; made < COUNTS.keys; made += 1) await newKey();
  for (let made = 1; made < COUNTS.materials; made += 1) {
    await call('RotateKeyOnDemand', { KeyId: key.id });
  }
  for (let made = 0; made < COUNTS.aliases; made += 1) {
    await call('CreateAlias', { AliasName: `alias/page-${made}`, TargetKeyId: key.id });
  }
});

const SELF = ['SELF'];
const SHARED = ['OTHER_ACCOUNTS_VIA_RAM'];

/** Over REST alone: the SDK's own model doesn't have ResourceOwners yet. */
describe('whose keys are listed', () => {
  const face = 'REST';
  const listKeys = (page: object) => server.over(face).call('ListKeys', { Limit: 1, ...page });

  it('of others none is shared', async () => {
    expect(await listKeys({ ResourceOwners: SHARED })).toEqual({ Keys: [], Truncated: false });
  });

  it.each([
    [undefined, SELF, true],
    [SELF, undefined, true],
    [[...SELF, ...SHARED], [...SHARED, ...SELF], true],
    [undefined, [...SELF, ...SHARED], false],
    [[...SELF, ...SHARED], SELF, false],
    [undefined, SHARED, false],
  ])('the marker of a page of %j is for one of %j: %s', async (first, then, taken) => {
    const { NextMarker: Marker } = await listKeys({ ResourceOwners: first });
    const next = listKeys({ Marker, ResourceOwners: then });
    if (taken) expect((await next).Keys).toHaveLength(1);
    else {
      const message = `Could not deserialize marker '${Marker}'`;
      await expectRefusal(face, next, { name: 'InvalidMarkerException', message });
    }
  });

  it.each([[[...SELF, ...SHARED, ...SELF]], [['NOBODY']]])(
    'owners %j are refused',
    async (ResourceOwners) => {
      await expect(listKeys({ ResourceOwners })).rejects.toMatchObject({
        name: 'ValidationException',
      });
    },
  );
});

describe.each(FACES)('pages over %s', (face) => {
  const list = async ({ operation, member, input }: List, page: object) => {
    const { output, error } = await server
      .face(face)
      .exchange(operation, { ...input(key), ...page });
    if (error) throw error;
    const { [member]: items, Truncated, NextMarker, ...rest } = output ?? {};
    // NextMarker is there exactly when the page isn't the last, and nothing else ever is.
    expect(rest).toEqual({});
    expect(NextMarker !== undefined).toBe(Truncated);
    return { items: items as object[], marker: NextMarker as string | undefined };
  };

  describe.each(LISTS)('of $operation', (row) => {
    const { total, defaultPage, maxLimit } = row;

    it('without Limit is as long as AWS makes it', async () => {
      const { items, marker } = await list(row, {});
      expect(items).toHaveLength(defaultPage);
      expect(marker === undefined).toBe(defaultPage === total);
    });

    it.each([1, 3, maxLimit])('of Limit %i hold every item once', async (Limit) => {
      const seen: object[] = [];
      let Marker: string | undefined;
      do {
        const page = await list(row, { Limit, Marker });
        expect(page.items.length).toBeLessThanOrEqual(Limit);
        expect(page.items.length).toBeGreaterThan(0);
        seen.push(...page.items);
        Marker = page.marker;
      } while (Marker !== undefined);
      expect(seen).toHaveLength(total);
      expect(new Set(seen.map((item) => JSON.stringify(item))).size).toBe(total);
    });

    it('end exactly at the last item', async () => {
      expect((await list(row, { Limit: total })).marker).toBeUndefined();
    });

    it.each([
      [0, 'greater than or equal to 1'],
      [maxLimit + 1, `less than or equal to ${maxLimit}`],
    ])('refuse Limit %i', async (Limit, text) => {
      const refusal = violation(
        `Value '${Limit}' at 'limit' failed to satisfy constraint: Member must have value ${text}`,
      );
      await expectRefusal(face, list(row, { Limit }), refusal);
    });

    it.each(row.marker ? ['garbage', 'AAAA', 'e30=', 'bnVsbA==', 'eyJhZnRlciI6MX0='] : [])(
      'refuse the marker %s',
      async (Marker) => {
        await expectRefusal(face, list(row, { Marker }), {
          name: 'InvalidMarkerException',
          // ListKeyRotations alone was recorded without a text.
          message:
            row.operation === 'ListKeyRotations' ? '' : `Could not deserialize marker '${Marker}'`,
        });
      },
    );
  });
});
