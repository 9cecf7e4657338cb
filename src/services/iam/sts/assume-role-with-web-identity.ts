import { type Static, Type } from 'typebox';
import { requestContext } from '../../../authz/condition-keys.js';
import { decideOnResource } from '../../../authz/evaluate.js';
import type { Caller } from '../../../authz/model.js';
import { withStoredSpellings } from '../../../authz/tag-keys.js';

import { parseIamArn } from '../directory/arns.js';
import type { Role } from '../directory/entities.js';
import {
  assumedRoleView,
  checkRoleDuration,
  compiledTrust,
  findRole,
  issuedAndPackedView,
  sessionPolicies,
  shownTags,
} from '../directory/sessions.js';
import { AssumedRoleUser } from '../directory/view-shapes.js';
import { iamError } from '../errors.js';
import { providerName, type WebIdentity } from '../oidc/oidc-tokens.js';
import { type TokenTags, tokenTags } from '../oidc/token-tags.js';
import { defineIamOperation, type IamCall } from '../operation.js';
import type { Uses } from '../ports.js';
import {
  DurationSeconds,
  ISSUED,
  issued,
  MinimumSessionTokenSize,
  PolicyArns,
  RoleArn,
  RoleSessionName,
  SessionPolicy,
} from './shapes.js';

const MAX_SECONDS = 43_200;
const DEFAULT_SECONDS = 3600;

const WebIdentityInput = Type.Object({
  RoleArn,
  RoleSessionName,
  WebIdentityToken: Type.String({ minLength: 4, maxLength: 20_000, sensitive: true }),
  ProviderId: Type.Optional(Type.String({ minLength: 4, maxLength: 2048 })),
  PolicyArns: Type.Optional(PolicyArns),
  Policy: Type.Optional(SessionPolicy),
  DurationSeconds: Type.Optional(DurationSeconds(MAX_SECONDS)),
  MinimumSessionTokenSize,
});

const ASSUME = 'sts:AssumeRoleWithWebIdentity';
const denied = (action = ASSUME) => iamError('AccessDenied', `Not authorized to perform ${action}`);

export const assumeRoleWithWebIdentity = defineIamOperation({
  service: 'sts',
  name: 'AssumeRoleWithWebIdentity',
  summary: 'Gives temporary credentials of a role for the token of an identity provider.',
  input: WebIdentityInput,
  output: Type.Object({
    ...issued,
    SubjectFromWebIdentityToken: Type.String(),
    AssumedRoleUser,
    PackedPolicySize: Type.Integer(),
    Provider: Type.String(),
    Audience: Type.String(),
  }),
  access: { by: 'nothing' },
  readOnly: true,
  audit: {
    request: ['RoleArn', 'RoleSessionName', 'PolicyArns', 'Policy', 'DurationSeconds'],
    response: [
      ...ISSUED,
      'AssumedRoleUser',
      'PackedPolicySize',
      'SubjectFromWebIdentityToken',
      'Audience',
      'Provider',
    ],
  },
  async run(
    call,
    {
      oidcTokens,
      directory,
      principals,
      sessionTokens,
      wallClock,
    }: Uses<'oidcTokens' | 'directory' | 'principals' | 'sessionTokens' | 'wallClock'>,
  ) {
    const { input, scope } = call;
    call.about.push(input.RoleArn);
    if (input.ProviderId !== undefined) {
      throw iamError('ValidationError', 'ProviderId is for OAuth 2.0 tokens, which are not taken.');
    }
    const issuer = oidcTokens.claimedIssuer(input.WebIdentityToken);
    // Whose providers count: those of the role's account, whether there is such a role or not.
    const accountId = parseIamArn(input.RoleArn)?.accountId ?? '';
    const provider = await directory.find('oidc-provider', accountId, providerName(issuer));
    if (!provider) {
      throw iamError(
        'InvalidIdentityToken',
        `No OpenIDConnect provider found in your account for ${issuer}`,
      );
    }
    const identity = await oidcTokens.verify(provider, input.WebIdentityToken);
    const role = await findRole({ directory }, scope, input.RoleArn);
    if (!role) throw denied();
    const sessionTags = tokenTags(identity.payload);
    authorizeByTrust(call, role, { identity, sessionTags, providerArn: provider.uniqueId });
    const { DurationSeconds: seconds = DEFAULT_SECONDS } = input;
    checkRoleDuration(seconds, role);
    const issuedAt = wallClock();
    const claims = {
      principal: 'role',
      accountId: role.accountId,
      uniqueId: role.uniqueId,
      sessionName: input.RoleSessionName,
      issuedAt,
      expiresAt: issuedAt + seconds * 1000,
      federatedProvider: provider.uniqueId,
      ...(isTagged(sessionTags) && sessionTags),
      ...(await sessionPolicies(input, { ...scope, accountId: role.accountId }, { principals })),
    } as const;
    const credentials = sessionTokens.issue(claims, input.MinimumSessionTokenSize);
    return {
      ...issuedAndPackedView(credentials),
      SubjectFromWebIdentityToken: identity.subject,
      AssumedRoleUser: assumedRoleView(scope.partition, role, input.RoleSessionName),
      Provider: provider.uniqueId,
      Audience: identity.audience,
    };
  },
});

const isTagged = ({ tags }: TokenTags) => Object.keys(tags).length > 0;

interface Vouched {
  readonly identity: WebIdentity;
  readonly sessionTags: TokenTags;
  readonly providerArn: string;
}

/**
 * Whether the role's trust policy lets in whom the provider vouches for, with the tags that it gives.
 * @throws ServiceError AccessDenied
 */
function authorizeByTrust(
  { input, facts, decisions }: IamCall<Static<typeof WebIdentityInput>>,
  role: Role,
  { identity, sessionTags, providerArn }: Vouched,
): void {
  const { issuer, subject, audience, payload } = identity;
  const name = providerName(issuer).toLowerCase();
  const principal: Caller = {
    type: 'WebIdentity',
    accountId: role.accountId,
    arn: providerArn,
    principalArn: providerArn,
    uniqueId: providerArn,
    userId: `${providerArn}:${subject}`,
    tags: new Map(),
    policies: { identity: [] },
    accessKeyId: '',
  };
  const amr = Array.isArray(payload.amr) ? payload.amr.map(String) : undefined;
  const { tags, transitiveTagKeys } = sessionTags;
  const members = {
    [`${name}:aud`]: audience,
    [`${name}:oaud`]: [payload.aud ?? []].flat(),
    [`${name}:sub`]: subject,
    [`${name}:amr`]: amr,
    'aws:federatedprovider': providerArn,
    'sts:rolesessionname': input.RoleSessionName,
    ...(transitiveTagKeys.length > 0 && { 'sts:transitivetagkeys': [...transitiveTagKeys] }),
  };
  const resourcePolicy = compiledTrust(role, input.RoleArn);
  for (const action of [ASSUME, ...(isTagged(sessionTags) ? ['sts:TagSession'] : [])]) {
    const context = requestContext({
      ...{ ...facts, principal, action, resourceAccountId: role.accountId, members },
      ...shownTags(role),
      tags: new Map(Object.entries(tags)),
      tagKeys: withStoredSpellings(Object.keys(tags), Object.keys(role.tags)),
    });
    const { accountId: resourceAccountId } = role;
    const request = { principal, action, resource: input.RoleArn, resourceAccountId, context };
    const decision = decideOnResource({ request, resourcePolicy, crossAccountAllowed: true });
    decisions.push(decision);
    if (!decision.allowed) throw denied(action);
  }
}
