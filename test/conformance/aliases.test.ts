import { describe, expect, it } from 'vitest';
import { arnOf, combinations, ownConformanceServer } from '../support/faces/conformance-server.js';
import {
  type Expected,
  expectRefusal,
  invalidState,
  notFound,
  validation,
  violation,
} from '../support/faces/refusals.js';

const server = ownConformanceServer();

const PREFIX = validation(
  'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
);
const RESERVED: Expected = { name: 'NotAuthorizedException', message: '' };
const BARE: Expected = {
  name: 'InvalidAliasNameException',
  message: "Invalid alias name 'alias/'",
};
const atName = (name: string, text: string) =>
  violation(`Value '${name}' at 'aliasName' failed to satisfy constraint: ${text}`);
const PATTERN = 'Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$';
const LONG = `alias/${'x'.repeat(251)}`;

const BAD_NAMES: readonly [string, Expected][] = [
  ['no-prefix', PREFIX],
  ['Alias/x', PREFIX],
  ['alias/aws/s3', RESERVED],
  ['alias/aws/', RESERVED],
  ['alias/', BARE],
  ['alias/my:alias', validation('alias/my:alias contains invalid characters for an alias')],
  ['alias/a b', atName('alias/a b', PATTERN)],
  ['alias/ä', atName('alias/ä', PATTERN)],
  [LONG, atName(LONG, 'Member must have length less than or equal to 256')],
];

describe.each(combinations)('aliases of $store keys over $face', ({ face, store }) => {
  const { call, newKey, newAlias } = server.over(face, store);
  const aliasesOf = async (KeyId: string) => (await call('ListAliases', { KeyId })).Aliases;
  const missing = (name: string) => notFound(`Alias ${arnOf(name)} is not found.`);

  it('CreateAlias answers nothing and ListAliases shows exactly the new alias', async () => {
    const key = await newKey();
    const AliasName = server.aliasName();
    expect(await call('CreateAlias', { AliasName, TargetKeyId: key.arn })).toEqual({});
    const aliases = await aliasesOf(key.id);
    expect(aliases).toEqual([
      {
        AliasName,
        AliasArn: arnOf(AliasName),
        TargetKeyId: key.id,
        CreationDate: expect.any(Date),
        LastUpdatedDate: aliases?.[0]?.CreationDate,
      },
    ]);
    expect((await call('ListAliases', { Limit: 100 })).Aliases).toContainEqual(aliases?.[0]);
  });

  it('UpdateAlias retargets and keeps the creation date', async () => {
    const [from, to] = [await newKey(), await newKey()];
    const AliasName = await newAlias(from);
    const [before] = (await aliasesOf(from.id)) ?? [];
    expect(await call('UpdateAlias', { AliasName, TargetKeyId: to.id })).toEqual({});
    expect(await aliasesOf(from.id)).toEqual([]);
    const [after] = (await aliasesOf(to.id)) ?? [];
    expect(after).toEqual({
      ...before,
      TargetKeyId: to.id,
      LastUpdatedDate: expect.any(Date),
    });
    expect(after?.LastUpdatedDate?.getTime()).toBeGreaterThanOrEqual(
      before?.LastUpdatedDate?.getTime() ?? Number.POSITIVE_INFINITY,
    );
    const described = await call('DescribeKey', { KeyId: AliasName });
    expect(described.KeyMetadata).toMatchObject({ KeyId: to.id });
  });

  it('what was encrypted through an alias decrypts after it was retargeted', async () => {
    const [from, to] = [await newKey(), await newKey()];
    const AliasName = await newAlias(from);
    const Plaintext = Buffer.from('x');
    const { CiphertextBlob } = await call('Encrypt', { KeyId: AliasName, Plaintext });
    await call('UpdateAlias', { AliasName, TargetKeyId: to.id });
    expect(await call('Decrypt', { CiphertextBlob })).toMatchObject({ KeyId: from.arn });
    const throughAlias = call('Decrypt', { KeyId: AliasName, CiphertextBlob });
    await expectRefusal(face, throughAlias, {
      name: 'IncorrectKeyException',
      message: 'The key ID in the request does not identify a CMK that can perform this operation.',
    });
  });

  it('DeleteAlias leaves the key alone', async () => {
    const key = await newKey();
    const AliasName = await newAlias(key);
    expect(await call('DeleteAlias', { AliasName })).toEqual({});
    expect(await aliasesOf(key.id)).toEqual([]);
    await expectRefusal(face, call('DescribeKey', { KeyId: AliasName }), missing(AliasName));
    await call('DescribeKey', { KeyId: key.id });
    await expectRefusal(face, call('DeleteAlias', { AliasName }), missing(AliasName));
  });

  it('a name is taken once, for whatever key', async () => {
    const [key, other] = [await newKey(), await newKey()];
    const AliasName = await newAlias(key);
    for (const { id } of [key, other]) {
      await expectRefusal(face, call('CreateAlias', { AliasName, TargetKeyId: id }), {
        name: 'AlreadyExistsException',
        message: `An alias with the name ${arnOf(AliasName)} already exists`,
      });
    }
    expect(await aliasesOf(key.id)).toHaveLength(1);
  });

  it('names differ by case, and a freed name may be taken again', async () => {
    const key = await newKey();
    const AliasName = await newAlias(key);
    const upper = AliasName.replace('alias/a', 'alias/A');
    await call('CreateAlias', { AliasName: upper, TargetKeyId: key.id });
    await call('DeleteAlias', { AliasName });
    expect((await aliasesOf(key.id))?.map((alias) => alias.AliasName)).toEqual([upper]);
    await call('CreateAlias', { AliasName, TargetKeyId: key.id });
    expect(await aliasesOf(key.id)).toHaveLength(2);
  });

  it('of several callers for one name, one gets it', async () => {
    const key = await newKey();
    const AliasName = server.aliasName();
    const input = { AliasName, TargetKeyId: key.id };
    const ends = await Promise.allSettled([1, 2, 3, 4].map(() => call('CreateAlias', input)));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it.each(BAD_NAMES)('CreateAlias refuses the name %s', async (AliasName, refusal) => {
    const { id } = await newKey();
    await expectRefusal(face, call('CreateAlias', { AliasName, TargetKeyId: id }), refusal);
  });

  it.each(BAD_NAMES)('UpdateAlias and DeleteAlias refuse the name %s', async (name, refusal) => {
    const { id } = await newKey();
    const update = call('UpdateAlias', { AliasName: name, TargetKeyId: id });
    await expectRefusal(face, update, refusal);
    await expectRefusal(face, call('DeleteAlias', { AliasName: name }), refusal);
  });

  it.each(['alias/none', 'alias/awsome', 'alias/a/b-c_D'])(
    'UpdateAlias and DeleteAlias do not find %s',
    async (AliasName) => {
      const { id } = await newKey();
      const update = call('UpdateAlias', { AliasName, TargetKeyId: id });
      await expectRefusal(face, update, missing(AliasName));
      await expectRefusal(face, call('DeleteAlias', { AliasName }), missing(AliasName));
    },
  );

  it('an alias may leave a key that awaits deletion, not come to it', async () => {
    const [dying, key] = [await newKey(), await newKey()];
    const [leaving, coming] = [await newAlias(dying), await newAlias(key)];
    await call('ScheduleKeyDeletion', { KeyId: dying.id });
    await call('UpdateAlias', { AliasName: leaving, TargetKeyId: key.id });
    const back = call('UpdateAlias', { AliasName: coming, TargetKeyId: dying.id });
    await expectRefusal(face, back, invalidState(`${dying.arn} is pending deletion.`));
    expect(await aliasesOf(key.id)).toHaveLength(2);
  });
});
