import { describe, expect, it } from 'vitest';
import { requestContext } from '../../../src/authz/condition-keys.js';
import { ABSENT_KEYS } from '../../../src/authz/known-keys.js';
import type { AskedResource } from '../../../src/declare/identity-operation.js';
import { entityArn, kindNamed, parseIamArn } from '../../../src/services/iam/directory/arns.js';
import { iamSections, stsSections } from '../../../src/services/iam/registry.js';
import { ACCOUNT, user } from '../../support/sample-principal.js';
import { RESOURCE_KEYS, SERVICE_AUTHORIZATION } from './service-authorization.js';

const caller = { ...user('alice'), accessKeyId: 'AKIA' };
const scope = { partition: 'aws', region: 'us-east-1', accountId: ACCOUNT };
const arnOf = (kind: string) => `arn:aws:iam::${ACCOUNT}:${kind}/path/a`;
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/boundary`;

/** Of a member that names what an operation is about. @param kind of the entity with the ARN */
function exampleOf(member: string, kind: string): unknown {
  if (member === 'Tags') return [{ Key: 'colour', Value: 'blue' }];
  if (member === 'TagKeys') return ['colour'];
  if (member === 'PermissionsBoundary') return BOUNDARY;
  if (/Arn$|SerialNumber/.test(member)) return arnOf(kind);
  return member === 'Path' ? '/path/' : 'a';
}

/** Somebody's access key, and a directory: empty, or with an entity of every kind that is tagged and bounded. */
const portsOf = (found: (kind: string) => object | undefined) =>
  ({
    directory: { find: async (kind: string) => found(kind), findById: async () => found('user') },
    accessKeys: { describe: async () => ({ accountId: ACCOUNT, principal: 'AIDA' }) },
  }) as never;
const empty = portsOf(() => undefined);
const full = portsOf((kind) => ({
  ...{ kind, accountId: ACCOUNT, path: '/path/', name: 'a', uniqueId: 'AIDA' },
  tags: { Colour: 'red' },
  ...(kind !== 'group' && { permissionsBoundary: BOUNDARY }),
}));

const identity = [iamSections, stsSections]
  .flatMap((sections) => Object.values(sections).flat())
  .flatMap((operation) => {
    const { access } = operation;
    return access.by === 'identity' ? [{ id: operation.id, operation, access }] : [];
  });

describe.each(identity)('$id', ({ operation, access }) => {
  const { name } = operation;
  const reference = SERVICE_AUTHORIZATION.get(name);
  const [resource = '-'] = reference?.resource.split(' ') ?? [];
  const input = Object.fromEntries(
    Object.keys(operation.input.properties).map((each) => [each, exampleOf(each, resource)]),
  );
  const ask = async (ports: never): Promise<AskedResource> => {
    const asked = await access.resource(input, { scope, caller }, ports);
    return typeof asked === 'string' ? { arn: asked } : asked;
  };

  it('is about an ARN of the account, or has none', async () => {
    const { arn } = await ask(empty);
    if (arn === '*') return;
    expect(arn).toMatch(new RegExp(`^arn:aws:(iam|sts)::${ACCOUNT}:.`));
    if (arn.startsWith('arn:aws:iam:')) expect(parseIamArn(arn)).toBeDefined();
  });

  it("is about what AWS's reference says", async () => {
    if (!reference) throw new Error('the table has no such action');
    if (resource === '-') return;
    const [, kind] = /^arn:aws:(?:iam|sts)::\d+:([a-z-]+)\//.exec((await ask(full)).arn) ?? [];
    expect(reference.resource.split(' ')).toContain(kind);
  });

  it("shows conditions the keys of AWS's reference, and of the target's boundary no more", async () => {
    const { tags: resourceTags, iamTags: iamResourceTags, members: ofResource } = await ask(full);
    const { members, tags } = access.conditions?.(input) ?? {};
    const context = requestContext({
      ...{ principal: caller, action: operation.id, resourceAccountId: ACCOUNT },
      ...{ region: 'us-east-1', now: 0, http: { sourceIp: '192.0.2.1', secure: true } },
      members: { ...ofResource, ...members },
      ...{ tags, resourceTags, iamResourceTags },
    });
    const shown = (key: string) =>
      context.get(`${key.toLowerCase()}${key.endsWith('/') ? 'colour' : ''}`) !== undefined;
    const absent = new Set(ABSENT_KEYS.flatMap(({ keys }) => keys));
    const { keys: own = [] } = reference ?? {};
    const made = name.startsWith('Create') && resourceTags === undefined;
    const wanted = [...own, ...(made ? [] : (RESOURCE_KEYS[resource] ?? []))];
    const missing = wanted.filter((key) => !absent.has(key) && !shown(key));
    expect(missing).toEqual([]);
    const extra = ['iam:PermissionsBoundary', 'iam:PolicyARN', 'iam:ResourceTag/'].filter(shown);
    expect([...own, ...(RESOURCE_KEYS[resource] ?? [])]).toEqual(expect.arrayContaining(extra));
  });

  it('is about the caller where it need not name a user and does not', async () => {
    if (!('UserName' in operation.input.properties)) return;
    if (operation.input.required?.includes('UserName')) return;
    const asked = await access.resource({}, { scope, caller }, empty);
    expect(asked).toBe(caller.principalArn);
    // Where the user is known, conditions see what is the user's.
    const shown = await access.resource({}, { scope, caller }, full);
    const tags = new Map([['Colour', 'red']]);
    expect(shown).toMatchObject({ arn: arnOf('user'), tags, iamTags: tags });
  });
});

it("AWS's reference has every operation, but for the one that AWS doesn't have", () => {
  const names = [iamSections, stsSections]
    .flatMap((sections) => Object.values(sections).flat())
    .map(({ name }) => name);
  const unknown = names.filter((name) => !SERVICE_AUTHORIZATION.has(name));
  expect(unknown).toEqual(['GetForwardAccessSession']);
  expect(SERVICE_AUTHORIZATION.size).toBe(names.length - 1);
});

it("AWS's reference and ARNs name kinds alike", () => {
  for (const resource of Object.keys(RESOURCE_KEYS)) {
    const kind = kindNamed(resource);
    if (!kind) throw new Error(`there is no ${resource}`);
    const entity = { kind, accountId: ACCOUNT, path: '/path/', name: 'a' };
    expect(entityArn('aws', entity)).toBe(arnOf(resource));
  }
});
