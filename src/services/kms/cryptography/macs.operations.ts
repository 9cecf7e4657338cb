/** Message authentication. Source: AWS KMS API Reference. */

import { timingSafeEqual } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { kmsError } from '../errors.js';
import { GrantTokens, KeyIdRef, Mac, MacAlgorithm, Message } from '../shapes.js';
import type { KeyStores } from '../stores/key-stores.js';
import { cryptographicOperation } from './cryptographic-operation.js';
import { computeMac } from './mac.js';

/** What both say of the key. */
const authenticating = {
  usage: 'GENERATE_VERIFY_MAC',
  conditions: (input: { readonly MacAlgorithm: Static<typeof MacAlgorithm> }) => ({
    members: { 'kms:macalgorithm': input.MacAlgorithm },
  }),
  without: ['DependencyTimeoutException'],
} as const;

export const generateMac = cryptographicOperation('GenerateMac', {
  ...authenticating,
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
  async run(call, ports: { readonly keyStores: KeyStores }) {
    const { input, key } = call;
    const Mac = await computeMac(call, ports);
    return { Mac, MacAlgorithm: input.MacAlgorithm, KeyId: key.arn };
  },
});

export const verifyMac = cryptographicOperation('VerifyMac', {
  ...authenticating,
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
  errors: ['KMSInvalidMacException'],
  async run(call, ports: { readonly keyStores: KeyStores }) {
    const { input, key } = call;
    const mac = await computeMac(call, ports);
    if (mac.length !== input.Mac.length || !timingSafeEqual(mac, input.Mac)) {
      throw kmsError('KMSInvalidMacException');
    }
    return { KeyId: key.arn, MacValid: true, MacAlgorithm: input.MacAlgorithm };
  },
});
