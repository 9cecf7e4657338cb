import { Type } from 'typebox';
import { federatedUserArn } from '../directory/arns.js';
import { issuedAndPackedView, sessionPolicies } from '../directory/sessions.js';
import { requestTags, withTags } from '../directory/tags.js';
import { iamError } from '../errors.js';
import { defineIamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import {
  DurationSeconds,
  ISSUED,
  issued,
  MinimumSessionTokenSize,
  PolicyArns,
  SessionPolicy,
  Tags,
} from './shapes.js';

const MAX_SECONDS = 129_600;
const DEFAULT_SECONDS = 43_200;
/** Whom the root user federates has shorter sessions, whatever is asked for. */
const ROOT_SECONDS = 3600;

export const getFederationToken = defineIamOperation({
  service: 'sts',
  name: 'GetFederationToken',
  summary: 'Gives temporary credentials to somebody whom the user vouches for.',
  input: Type.Object({
    Name: Type.String({ minLength: 2, maxLength: 32, pattern: '^[\\w+=,.@-]*$' }),
    Policy: Type.Optional(SessionPolicy),
    PolicyArns: Type.Optional(PolicyArns),
    DurationSeconds: Type.Optional(DurationSeconds(MAX_SECONDS)),
    Tags: Type.Optional(Tags),
    MinimumSessionTokenSize,
  }),
  output: Type.Object({
    ...issued,
    FederatedUser: Type.Object({ FederatedUserId: Type.String(), Arn: Type.String() }),
    PackedPolicySize: Type.Integer(),
  }),
  access: {
    by: 'identity',
    resource: ({ Name }, { scope }) => federatedUserArn(scope.partition, scope.accountId, Name),
    conditions: ({ Tags: tags }) => ({ tags: requestTags(tags) }),
    also: [{ action: 'sts:TagSession', when: ({ Tags: tags }) => (tags?.length ?? 0) > 0 }],
  },
  // As AWS records it; nothing is stored.
  readOnly: false,
  audit: {
    request: ['Name', 'Policy', 'PolicyArns', 'DurationSeconds', 'Tags'],
    response: [...ISSUED, 'FederatedUser', 'PackedPolicySize'],
  },
  async run(
    { input, caller, scope },
    { sessionTokens, principals, wallClock }: Uses<'sessionTokens' | 'principals' | 'wallClock'>,
  ) {
    const isRoot = caller.type === 'Account';
    if (!isRoot && caller.type !== 'User') {
      throw iamError('AccessDenied', 'Only users can call GetFederationToken.');
    }
    const asked = input.DurationSeconds ?? DEFAULT_SECONDS;
    const seconds = isRoot ? Math.min(asked, ROOT_SECONDS) : asked;
    const tags = withTags('session', {}, input.Tags);
    const issuedAt = wallClock();
    const claims = {
      principal: isRoot ? 'root' : 'user',
      accountId: caller.accountId,
      uniqueId: caller.uniqueId,
      federatedName: input.Name,
      issuedAt,
      expiresAt: issuedAt + seconds * 1000,
      ...(Object.keys(tags).length > 0 && { tags }),
      ...(await sessionPolicies(input, scope, { principals })),
    } as const;
    const arn = federatedUserArn(scope.partition, caller.accountId, input.Name);
    return {
      ...issuedAndPackedView(sessionTokens.issue(claims, input.MinimumSessionTokenSize)),
      FederatedUser: { FederatedUserId: `${caller.accountId}:${input.Name}`, Arn: arn },
    };
  },
});
