/** An account's users, groups, roles and policies with all that hangs on them, as one long list. */
import type { ListAfter } from '../../../declare/pages.js';
import type { DirectoryReader } from '../directory/directory.js';
import type { Entity, EntityTypes } from '../directory/entities.js';
import { awsPolicies } from '../directory/policies.js';

/** In the order in which they are listed; the values of the member `Filter`. */
export const DETAIL_TYPES = [
  'User',
  'Role',
  'Group',
  'LocalManagedPolicy',
  'AWSManagedPolicy',
] as const;
export type DetailType = (typeof DETAIL_TYPES)[number];

export type Detailed = EntityTypes['user' | 'role' | 'group' | 'policy'];

export interface DetailItem {
  readonly type: DetailType;
  readonly entity: Detailed;
}

const KINDS = {
  User: 'user',
  Role: 'role',
  Group: 'group',
  LocalManagedPolicy: 'policy',
} as const satisfies Partial<Record<DetailType, Entity['kind']>>;

/** `<number of the type>/<name in lower case>` */
export function positionOf({ type, entity }: DetailItem): string {
  return `${DETAIL_TYPES.indexOf(type)}/${entity.name.toLowerCase()}`;
}

/** No more is read than is asked for. */
export function detailsAfter(
  directory: DirectoryReader,
  accountId: string,
  types: readonly DetailType[],
): ListAfter<DetailItem> {
  return async (position, limit) => {
    const [, number = '0', name = ''] = /^(\d)\/(.*)$/s.exec(position) ?? [];
    const found: DetailItem[] = [];
    for (const [index, type] of DETAIL_TYPES.entries()) {
      if (index < Number(number) || !types.includes(type) || found.length >= limit) continue;
      const after = index === Number(number) ? name : '';
      const page = { after, limit: limit - found.length };
      const entities = await listed(directory, accountId, type, page);
      found.push(...entities.map((entity) => ({ type, entity })));
    }
    return found;
  };
}

async function listed(
  directory: DirectoryReader,
  accountId: string,
  type: DetailType,
  page: { readonly after: string; readonly limit: number },
): Promise<readonly Detailed[]> {
  if (type !== 'AWSManagedPolicy') return directory.list(KINDS[type], accountId, page);
  const key = ({ name }: Detailed) => name.toLowerCase();
  return awsPolicies()
    .toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
    .filter((policy) => key(policy) > page.after)
    .slice(0, page.limit);
}
