import { Type } from 'typebox';
import { checkMfa, issuedView } from '../directory/sessions.js';
import { iamError } from '../errors.js';
import { defineIamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import {
  DurationSeconds,
  ISSUED,
  issued,
  MinimumSessionTokenSize,
  SerialNumber,
  TokenCode,
} from './shapes.js';

const MAX_SECONDS = 129_600;
const DEFAULT_SECONDS = 43_200;
/** The root user's sessions are shorter, whatever is asked for. */
const ROOT_SECONDS = 3600;

export const getSessionToken = defineIamOperation({
  service: 'sts',
  name: 'GetSessionToken',
  summary: "Gives temporary credentials of the user's own, with MFA if it has given a code.",
  input: Type.Object({
    DurationSeconds: Type.Optional(DurationSeconds(MAX_SECONDS)),
    SerialNumber: Type.Optional(SerialNumber),
    TokenCode: Type.Optional(TokenCode),
    MinimumSessionTokenSize,
  }),
  output: Type.Object(issued),
  access: { by: 'signature' },
  // As AWS records it; nothing is stored.
  readOnly: false,
  audit: { request: ['DurationSeconds', 'SerialNumber'], response: ISSUED },
  async run(
    { input, caller },
    { sessionTokens, ...checking }: Uses<'sessionTokens' | 'directory' | 'mfaCodes' | 'wallClock'>,
  ) {
    if (caller.session || (caller.type !== 'User' && caller.type !== 'Account')) {
      throw iamError('AccessDenied', 'Cannot call GetSessionToken with session credentials');
    }
    const mfaAt = await checkMfa(input, caller, checking);
    const isRoot = caller.type === 'Account';
    const asked = input.DurationSeconds ?? DEFAULT_SECONDS;
    const seconds = isRoot ? Math.min(asked, ROOT_SECONDS) : asked;
    const issuedAt = checking.wallClock();
    const claims = {
      principal: isRoot ? 'root' : 'user',
      accountId: caller.accountId,
      uniqueId: caller.uniqueId,
      issuedAt,
      expiresAt: issuedAt + seconds * 1000,
      ...(mfaAt !== undefined && { mfaAt }),
    } as const;
    return issuedView(sessionTokens.issue(claims, input.MinimumSessionTokenSize));
  },
});
