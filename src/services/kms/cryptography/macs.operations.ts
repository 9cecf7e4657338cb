/** Message authentication. Source: AWS KMS API Reference. */

import { timingSafeEqual } from 'node:crypto';
import { Type } from 'typebox';
import { kmsError } from '../errors.js';
import { onKey } from '../on-key.js';
import { GrantTokens, KeyIdRef, Mac, MacAlgorithm, Message } from '../shapes.js';
import type { KeyStores } from '../stores/key-stores.js';
import { computeMac } from './mac.js';

export const generateMac = onKey('GenerateMac', {
  summary: 'Computes an HMAC with an HMAC KMS key.',
  route: 'POST /keys/{KeyId}/generate-mac',
  members: {
    Message,
    KeyId: KeyIdRef,
    MacAlgorithm,
    GrantTokens: Type.Optional(GrantTokens),
    DryRun: Type.Optional(Type.Boolean()),
  },
  output: Type.Object({ Mac, MacAlgorithm, KeyId: KeyIdRef }),
  state: 'cryptography',
  usage: 'GENERATE_VERIFY_MAC',
  keyIds: 'any',
  conditions: (input) => ({ members: { 'kms:macalgorithm': input.MacAlgorithm } }),
  crossAccount: true,
  grants: true,
  readOnly: true,
  without: ['InvalidArnException', 'DependencyTimeoutException'],
  async run(call, ports: { readonly keyStores: KeyStores }) {
    const { input, keys } = call;
    const Mac = await computeMac(call, ports);
    return { Mac, MacAlgorithm: input.MacAlgorithm, KeyId: keys.key.arn };
  },
});

export const verifyMac = onKey('VerifyMac', {
  summary: 'Verifies an HMAC; a wrong one is an error, never an answer.',
  route: 'POST /keys/{KeyId}/verify-mac',
  members: {
    Message,
    KeyId: KeyIdRef,
    MacAlgorithm,
    Mac,
    GrantTokens: Type.Optional(GrantTokens),
    DryRun: Type.Optional(Type.Boolean()),
  },
  output: Type.Object({ KeyId: KeyIdRef, MacValid: Type.Boolean(), MacAlgorithm }),
  state: 'cryptography',
  usage: 'GENERATE_VERIFY_MAC',
  keyIds: 'any',
  conditions: (input) => ({ members: { 'kms:macalgorithm': input.MacAlgorithm } }),
  crossAccount: true,
  grants: true,
  readOnly: true,
  errors: ['KMSInvalidMacException'],
  without: ['InvalidArnException', 'DependencyTimeoutException'],
  async run(call, ports: { readonly keyStores: KeyStores }) {
    const { input, keys } = call;
    const mac = await computeMac(call, ports);
    if (mac.length !== input.Mac.length || !timingSafeEqual(mac, input.Mac)) {
      throw kmsError('KMSInvalidMacException');
    }
    return { KeyId: keys.key.arn, MacValid: true, MacAlgorithm: input.MacAlgorithm };
  },
});
