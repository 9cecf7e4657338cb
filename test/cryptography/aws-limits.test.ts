import { describe, it } from 'vitest';
import { keyKinds } from '../support/key-kinds.js';
import { ownKmsServer } from './kms-server.js';
import { expectRefusal, unsupported } from './refusals.js';

const server = ownKmsServer({ yaml: { customKeyStores: { limits: 'aws' } } });
const symmetric = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' } as const;

describe("SoftHSM keys within AWS's limits", () => {
  it.each(keyKinds.filter(({ keySpec }) => keySpec !== 'SYMMETRIC_DEFAULT'))(
    'no $keySpec for $keyUsage',
    async (kind) => {
      const refusal = unsupported(
        'You can create only symmetric encryption KMS keys in a custom key store.',
      );
      await expectRefusal(server.newKey('SoftHSM', kind), refusal);
    },
  );

  it('no data key pairs', async () => {
    const { id, arn } = await server.key('SoftHSM', symmetric);
    const refusal = unsupported(
      `${arn} origin is AWS_CLOUDHSM which is not valid for this operation.`,
    );
    const input = { KeyId: id, KeyPairSpec: 'ECC_NIST_P256' } as const;
    await expectRefusal(server.kms.generateDataKeyPair(input), refusal);
    await expectRefusal(server.kms.generateDataKeyPairWithoutPlaintext(input), refusal);
  });
});
