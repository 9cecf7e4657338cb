import { describe, expect, it } from 'vitest';
import { parseIamArn } from '../../../src/services/iam/directory/arns.js';
import { iamSections, stsSections } from '../../../src/services/iam/registry.js';
import { ACCOUNT, user } from '../../support/sample-principal.js';

const caller = { ...user('alice'), accessKeyId: 'AKIA' };
const scope = { partition: 'aws', region: 'us-east-1', accountId: ACCOUNT };
const ARN = `arn:aws:iam::${ACCOUNT}:policy/path/a`;

/** Of a member that names what an operation is about. */
const exampleOf = (member: string) =>
  /Arn$|SerialNumber/.test(member) ? ARN : member === 'Path' ? '/path/' : 'a';

/** An empty directory, and somebody's access key. */
const ports = {
  directory: { find: async () => undefined, findById: async () => undefined },
  accessKeys: { describe: async () => ({ accountId: ACCOUNT, principal: 'AIDA' }) },
} as never;

const identity = [iamSections, stsSections]
  .flatMap((sections) => Object.values(sections).flat())
  .flatMap((operation) => {
    const { access } = operation;
    return access.by === 'identity' ? [{ id: operation.id, operation, access }] : [];
  });

describe.each(identity)('$id', ({ operation, access }) => {
  it('is about an ARN of the account, or has none', async () => {
    const members = Object.keys(operation.input.properties);
    const input = Object.fromEntries(members.map((member) => [member, exampleOf(member)]));
    const asked = await access.resource(input, { scope, caller }, ports);
    const resource = typeof asked === 'string' ? asked : asked.arn;
    if (resource === '*') return;
    expect(parseIamArn(resource)).toMatchObject({ partition: 'aws', accountId: ACCOUNT });
  });

  it('is about the caller where it need not name a user and does not', async () => {
    if (!('UserName' in operation.input.properties)) return;
    if (operation.input.required?.includes('UserName')) return;
    expect(await access.resource({}, { scope, caller }, ports)).toBe(caller.principalArn);
  });
});
