import { timingSafeEqual } from 'node:crypto';
import { Type } from 'typebox';
import { kmsError } from '../errors.js';
import { defineOperation } from '../operation.js';
import { GrantTokens, KeyIdRef, Mac, MacAlgorithm, Message } from '../shapes.js';
import { computeMac } from './mac.js';

export const verifyMac = defineOperation({
  name: 'VerifyMac',
  summary: 'Verifies an HMAC; a wrong one is an error, never an answer.',
  input: Type.Object({
    Message,
    KeyId: KeyIdRef,
    MacAlgorithm,
    Mac,
    GrantTokens: Type.Optional(GrantTokens),
    DryRun: Type.Optional(Type.Boolean()),
  }),
  output: Type.Object({ KeyId: KeyIdRef, MacValid: Type.Boolean(), MacAlgorithm }),
  route: { method: 'POST', path: '/keys/{KeyId}/verify-mac' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:VerifyMac',
        idForms: 'any',
        member: 'KeyId',
        usage: 'GENERATE_VERIFY_MAC',
        state: 'cryptography',
        conditions: (input) => ({ members: { 'kms:macalgorithm': input.MacAlgorithm } }),
      },
    ],
    crossAccount: true,
    grants: true,
  },
  readOnly: true,
  errors: [
    'NotFoundException',
    'DisabledException',
    'KeyUnavailableException',
    'InvalidKeyUsageException',
    'InvalidGrantTokenException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'KMSInvalidMacException',
    'DryRunOperationException',
  ],
  audit: { request: ['KeyId', 'MacAlgorithm', 'DryRun'], response: null },
  async run(call, services) {
    const { input, keys } = call;
    const mac = await computeMac(call, services);
    if (mac.length !== input.Mac.length || !timingSafeEqual(mac, input.Mac)) {
      throw kmsError('KMSInvalidMacException');
    }
    return { KeyId: keys.key.arn, MacValid: true, MacAlgorithm: input.MacAlgorithm };
  },
});
