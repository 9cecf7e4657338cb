import { beforeAll, describe, expect, it } from 'vitest';
import {
  arnOf,
  combinations,
  conformanceServer,
  type TestKey,
} from '../support/faces/conformance-server.js';
import {
  algorithm,
  disabled,
  type Expected,
  expectRefusal,
  incorrectKey,
  invalidCiphertext,
  invalidState,
  notFound,
  validation,
  violation,
} from '../support/faces/refusals.js';
import { Surroundings } from '../support/operations/surroundings.js';

const server = conformanceServer();

const UNKNOWN = '1234abcd-12ab-34cd-56ef-1234567890ab';
const unknownKey = notFound(`Key '${arnOf(`key/${UNKNOWN}`)}' does not exist`);
const EITHER_OR = validation('Please specify either number of bytes or key spec.');
const LIMIT =
  "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1";
const OAEP = 'RSAES_OAEP_SHA_256';

/** With a ciphertext of the key, and an alias. */
interface Named {
  readonly key: TestKey;
  readonly blob: Buffer;
  readonly alias: string;
}

interface Keys {
  readonly disabled: Named;
  readonly pending: Named;
  readonly enabled: Named;
}

interface Row {
  readonly what: string;
  readonly operation: string;
  readonly input: (keys: Keys) => object;
  readonly refusal: (keys: Keys) => Expected;
}

/** Calls that are wrong in two ways, and which of the two AWS reports. */
const ROWS: readonly Row[] = [
  {
    what: 'the named key before the ciphertext',
    operation: 'Decrypt',
    input: () => ({ KeyId: UNKNOWN, CiphertextBlob: Buffer.from('garbage') }),
    refusal: () => unknownKey,
  },
  {
    what: 'the shape before the key',
    operation: 'ListKeyPolicies',
    input: () => ({ KeyId: UNKNOWN, Limit: 0 }),
    refusal: () => violation(LIMIT),
  },
  {
    what: 'every violation of the shape at once',
    operation: 'ListAliases',
    input: () => ({ KeyId: 'x'.repeat(2049), Limit: 0 }),
    refusal: () =>
      validation(
        `2 validation errors detected: Value '${'x'.repeat(2049)}' at 'keyId' failed to satisfy constraint: Member must have length less than or equal to 2048; ${LIMIT}`,
      ),
  },
  {
    what: "the alias's prefix before the key",
    operation: 'CreateAlias',
    input: () => ({ AliasName: 'nope', TargetKeyId: UNKNOWN }),
    refusal: () =>
      validation(
        'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
      ),
  },
  {
    what: 'the key before bytes or spec',
    operation: 'GenerateDataKey',
    input: () => ({ KeyId: UNKNOWN }),
    refusal: () => unknownKey,
  },
  {
    what: 'bytes or spec before the state',
    operation: 'GenerateDataKey',
    input: ({ disabled: { key } }) => ({ KeyId: key.id }),
    refusal: () => EITHER_OR,
  },
  {
    what: 'the state before the algorithm',
    operation: 'Encrypt',
    input: ({ disabled: { key } }) => ({
      KeyId: key.id,
      Plaintext: Buffer.from('x'),
      EncryptionAlgorithm: OAEP,
    }),
    refusal: ({ disabled: { key } }) => disabled(key.arn),
  },
  {
    what: 'the algorithm before the cryptography',
    operation: 'Decrypt',
    input: ({ enabled: { key, blob } }) => ({
      KeyId: key.id,
      CiphertextBlob: blob,
      EncryptionAlgorithm: OAEP,
      EncryptionContext: { wrong: 'context' },
    }),
    refusal: () => algorithm(OAEP),
  },
  {
    what: 'the key of the ciphertext before the state',
    operation: 'Decrypt',
    input: ({ disabled: { key }, enabled: { blob } }) => ({ KeyId: key.id, CiphertextBlob: blob }),
    refusal: () => incorrectKey,
  },
  {
    what: 'the state before the cryptography',
    operation: 'Decrypt',
    input: ({ pending: { blob } }) => ({
      CiphertextBlob: blob,
      EncryptionContext: { wrong: 'context' },
    }),
    refusal: ({ pending: { key } }) => invalidState(`${key.arn} is pending deletion.`),
  },
  {
    what: 'the cryptography before DryRun',
    operation: 'Decrypt',
    input: ({ enabled: { blob } }) => ({
      CiphertextBlob: blob,
      EncryptionContext: { wrong: 'context' },
      DryRun: true,
    }),
    refusal: () => invalidCiphertext,
  },
  {
    what: 'the source before the destination',
    operation: 'ReEncrypt',
    input: ({ disabled: { blob }, pending: { key } }) => ({
      CiphertextBlob: blob,
      DestinationKeyId: key.id,
    }),
    refusal: ({ disabled: { key } }) => disabled(key.arn),
  },
  {
    what: 'the state of the target before the name in use',
    operation: 'CreateAlias',
    input: ({ pending: { key }, enabled: { alias } }) => ({
      AliasName: alias,
      TargetKeyId: key.id,
    }),
    refusal: ({ pending: { key } }) => invalidState(`${key.arn} is pending deletion.`),
  },
  {
    what: 'the window before the key',
    operation: 'ScheduleKeyDeletion',
    input: () => ({ KeyId: UNKNOWN, PendingWindowInDays: 31 }),
    refusal: () => validation('The pending window must be between 7 and 30 days, inclusive.'),
  },
  {
    what: 'the key before the policy name',
    operation: 'GetKeyPolicy',
    input: () => ({ KeyId: UNKNOWN, PolicyName: 'other' }),
    refusal: () => unknownKey,
  },
];

describe.each(combinations)('checks of $store keys over $face', ({ face, store }) => {
  const { call } = server.over(face, store);
  const newNamed = async (): Promise<Named> => {
    const at = await Surroundings.make({ server, face, store });
    return { key: at.key, blob: await at.blob(), alias: await at.alias() };
  };
  let keys: Keys;
  beforeAll(async () => {
    keys = {
      enabled: await newNamed(),
      disabled: await newNamed(),
      pending: await newNamed(),
    };
    await call('DisableKey', { KeyId: keys.disabled.key.id });
    await call('ScheduleKeyDeletion', { KeyId: keys.pending.key.id });
  });

  it.each(ROWS)('$operation reports $what', async ({ operation, input, refusal }) => {
    const { error } = await server.face(face).exchange(operation, input(keys));
    expect(error).toBeDefined();
    await expectRefusal(face, Promise.reject(error), refusal(keys));
  });
});
