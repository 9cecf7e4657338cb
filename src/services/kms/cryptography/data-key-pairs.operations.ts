/** Data key pairs. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import { Blob } from '../../../declare/shape-kinds.js';
import { CiphertextBlob, RecipientInfo } from '../shapes.js';
import { refuseRecipient } from './ciphertext-members.js';
import { cryptographicOperation } from './cryptographic-operation.js';
import {
  type DataKeyPairPorts,
  dataKeyPairAnswer,
  dataKeyPairMembers,
  dataKeyPairRules,
  generateDataKeyPair as generate,
} from './data-key-pair.js';

export const generateDataKeyPair = cryptographicOperation('GenerateDataKeyPair', {
  ...dataKeyPairRules,
  summary:
    'Makes a key pair for use outside: in the clear to use now, its private key encrypted to keep.',
  route: 'POST /keys/{KeyId}/generate-data-key-pair',
  members: { ...dataKeyPairMembers, Recipient: Type.Optional(RecipientInfo) },
  output: Type.Object({
    PrivateKeyCiphertextBlob: CiphertextBlob,
    PrivateKeyPlaintext: Blob(1, 4096, { sensitive: true }),
    ...dataKeyPairAnswer,
  }),
  validate: refuseRecipient,
  async run(call, ports: DataKeyPairPorts) {
    const { privateKey, answer } = await generate(call, ports);
    return { ...answer, PrivateKeyPlaintext: privateKey };
  },
});

export const generateDataKeyPairWithoutPlaintext = cryptographicOperation(
  'GenerateDataKeyPairWithoutPlaintext',
  {
    ...dataKeyPairRules,
    summary: 'Makes a key pair for use outside and answers its private key encrypted only.',
    route: 'POST /keys/{KeyId}/generate-data-key-pair-without-plaintext',
    members: dataKeyPairMembers,
    output: Type.Object({ PrivateKeyCiphertextBlob: CiphertextBlob, ...dataKeyPairAnswer }),
    async run(call, ports: DataKeyPairPorts) {
      const { privateKey, answer } = await generate(call, ports);
      privateKey.fill(0);
      return answer;
    },
  },
);
