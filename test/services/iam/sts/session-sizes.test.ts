/** How large session tokens are: as large as was asked for, and never larger than is taken. */
import { randomBytes } from 'node:crypto';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditRecords } from '../../../support/audit-records.js';
import {
  allow,
  type Clients,
  clientsOf,
  document,
  newUser,
  temporary,
} from '../../../support/principals.js';
import { sharedServer } from '../../../support/shared-server.js';
import { ACCOUNT_ID, type Strongroom } from '../../../support/strongroom.js';

const RoleName = 'SessionSizes';
const MAX = 4096;

let strongroom: Strongroom;
let alice: Clients;
beforeAll(async () => {
  ({ strongroom } = sharedServer());
  const root = clientsOf(strongroom, await strongroom.credentials());
  const user = await newUser(strongroom, root, 'SessionSizes');
  alice = user;
  const Action = ['sts:AssumeRole', 'sts:TagSession'];
  const trust = document({ Effect: 'Allow', Principal: { AWS: user.arn }, Action });
  await root.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
});

const assume = (more: Partial<AssumeRoleCommandInput> = {}) =>
  alice.sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${ACCOUNT_ID}:role/${RoleName}`,
      RoleSessionName: 'here',
      ...more,
    }),
  );

/** Tags that can't be packed. */
const tags = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => ({
    Key: `noise${index}`,
    Value: randomBytes(length).toString('base64url').slice(0, length),
  }));

describe('every answer with credentials', () => {
  it('says how large their token is, and how much of what it may be', async () => {
    const answers = [
      await assume({ Policy: allow('kms:*') }),
      await assume({ Tags: tags(4, 256) }),
      await alice.sts.send(new GetSessionTokenCommand({})),
    ];
    for (const { Credentials, SessionTokenSize = 0, SessionTokenUtilization } of answers) {
      expect(SessionTokenSize).toBe(Credentials?.SessionToken?.length);
      expect(SessionTokenUtilization).toBe(Math.ceil((SessionTokenSize * 100) / MAX));
    }
    const [first] = answers;
    expect(first).toMatchObject({ PackedPolicySize: first?.SessionTokenUtilization });
    const records = await auditRecords(strongroom);
    for (const { $metadata, SessionTokenSize, SessionTokenUtilization } of answers) {
      const record = records.find(({ requestID }) => requestID === $metadata.requestId);
      expect(record?.responseElements).toMatchObject({
        sessionTokenSize: SessionTokenSize,
        sessionTokenUtilization: SessionTokenUtilization,
      });
    }
  });

  it.each([1000, 4093, MAX])(
    'has a token of at least %d bytes where that was asked for',
    async (size) => {
      for (const { Credentials, SessionTokenSize } of [
        await assume({ MinimumSessionTokenSize: size }),
        await alice.sts.send(new GetSessionTokenCommand({ MinimumSessionTokenSize: size })),
      ]) {
        expect(SessionTokenSize).toBeGreaterThanOrEqual(size);
        expect(SessionTokenSize).toBeLessThanOrEqual(MAX);
        const { sts } = clientsOf(strongroom, temporary(Credentials));
        expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe(ACCOUNT_ID);
      }
    },
  );

  it.each([-1, MAX + 1])('does not have one of %d bytes', async (MinimumSessionTokenSize) => {
    await expect(assume({ MinimumSessionTokenSize })).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('minimumSessionTokenSize'),
    });
  });
});

it('a token that would not be taken is not made', async () => {
  const outcomes = await Promise.all(
    [1, 4, 8, 9, 10, 11, 12, 13, 14, 20, 50].map(async (count) => {
      try {
        const { Credentials, SessionTokenSize } = await assume({ Tags: tags(count, 256) });
        const { sts } = clientsOf(strongroom, temporary(Credentials));
        expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe(ACCOUNT_ID);
        expect(SessionTokenSize).toBeLessThanOrEqual(MAX);
        return 'taken';
      } catch (error) {
        expect(error).toMatchObject({ name: 'PackedPolicyTooLargeException' });
        const [size = 0, limit = 0] =
          String(error)
            .match(/\d+(?= bytes)/g)
            ?.map(Number) ?? [];
        expect(size).toBeGreaterThan(limit);
        expect(limit).toBe(count < 50 ? MAX : 12_288);
        return 'not made';
      }
    }),
  );
  expect(outcomes[0]).toBe('taken');
  expect(outcomes.at(-1)).toBe('not made');
});
