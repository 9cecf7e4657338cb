import { describe, expect, it } from 'vitest';
import { ownConformanceServer } from '../support/faces/conformance-server.js';
import { FACES } from '../support/faces/faces.js';
import { type Expected, expectRefusal, validation, violation } from '../support/faces/refusals.js';

const server = ownConformanceServer();

const unsupported = (message: string): Expected => ({
  name: 'UnsupportedOperationException',
  message,
});
const malformed = (message: string): Expected => ({
  name: 'MalformedPolicyDocumentException',
  message,
});
const tagRefusal = (message: string): Expected => ({ name: 'TagException', message });
const tags = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ TagKey: `k${at}`, TagValue: '' }));
const NEEDS_USAGE = validation(
  'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
);
const atMember = (value: string, member: string, text: string) =>
  violation(`Value ${value}at '${member}' failed to satisfy constraint: ${text}`);

/** Members of CreateKey and why they are refused. */
const ROWS: readonly [object, Expected][] = [
  [
    { KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' },
    validation(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    ),
  ],
  [{ KeySpec: 'RSA_2048' }, NEEDS_USAGE],
  [{ CustomerMasterKeySpec: 'HMAC_256' }, NEEDS_USAGE],
  [
    { KeyUsage: 'SIGN_VERIFY' },
    validation('KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT'),
  ],
  [
    { KeyUsage: 'ENCRYPT_DECRYPT', KeySpec: 'HMAC_512' },
    validation('KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec HMAC_512'),
  ],
  [
    { KeyUsage: 'SIGN_VERIFY', KeySpec: 'SM2' },
    unsupported('SM2 keys are not supported in this Region.'),
  ],
  [
    { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: 'cks-0', XksKeyId: 'x' },
    unsupported('Keys of origin EXTERNAL_KEY_STORE are not supported yet.'),
  ],
  [
    { CustomKeyStoreId: 'cks-0' },
    validation(
      'CustomKeyStoreId can be specified only with Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE.',
    ),
  ],
  [
    { Origin: 'AWS_CLOUDHSM' },
    validation('CustomKeyStoreId must be specified with Origin AWS_CLOUDHSM.'),
  ],
  [{ XksKeyId: 'x' }, validation('XksKeyId can be specified only with Origin EXTERNAL_KEY_STORE.')],
  [
    { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: 'cks-0' },
    { name: 'CustomKeyStoreNotFoundException', message: 'Custom key store cks-0 does not exist.' },
  ],
  [{ Policy: 'nonsense' }, malformed('Policy contains invalid JSON.')],
  [{ Policy: '[]' }, malformed('Policy must be a JSON object.')],
  [{ Policy: '{}' }, malformed('Policy must contain a statement.')],
  [
    { Policy: `{"Statement":[],"Sid":"${'x'.repeat(32_768)}"}` },
    {
      name: 'LimitExceededException',
      message: 'The key policy is larger than 32768 bytes.',
    },
  ],
  [{ Tags: tags(51) }, tagRefusal('Too many tags')],
  [{ Tags: [...tags(1), ...tags(1)] }, tagRefusal('Duplicate tag keys')],
  [
    { Tags: [{ TagKey: 'AWS:x', TagValue: '' }] },
    tagRefusal('Tags beginning with aws: are reserved'),
  ],
  [
    { Tags: [{ TagKey: '', TagValue: '' }] },
    atMember("'' ", 'tags.1.member.tagKey', 'Member must have length greater than or equal to 1'),
  ],
  [
    { Origin: 'MARS' },
    atMember(
      "'MARS' ",
      'origin',
      'Member must satisfy enum value set: [AWS_KMS, EXTERNAL, AWS_CLOUDHSM, EXTERNAL_KEY_STORE]',
    ),
  ],
  [
    { Description: 'x'.repeat(8193) },
    atMember(
      `'${'x'.repeat(8193)}' `,
      'description',
      'Member must have length less than or equal to 8192',
    ),
  ],
];

const titled = ROWS.map(([members, refusal]) => ({
  title: JSON.stringify(members).slice(0, 80),
  members,
  refusal,
}));

describe.each(FACES)('CreateKey over %s', (face) => {
  const { call } = server.over(face);
  const keyIds = async () => {
    const { Keys } = await call('ListKeys', { Limit: 1000 });
    return Keys?.map(({ KeyId }) => KeyId);
  };

  it.each(titled)('refuses $title', async ({ members, refusal }) => {
    const before = await keyIds();
    await expectRefusal(face, call('CreateKey', members), refusal);
    expect(await keyIds()).toEqual(before);
  });

  it('takes 50 tags', async () => {
    const { KeyMetadata } = await call('CreateKey', { Tags: tags(50) });
    const { Tags } = await call('ListResourceTags', { KeyId: KeyMetadata?.KeyId });
    expect(Tags).toHaveLength(50);
  });
});
