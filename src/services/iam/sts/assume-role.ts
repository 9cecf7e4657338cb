import { type Static, Type } from 'typebox';
import { requestContext } from '../../../authz/condition-keys.js';
import { decideOnResource } from '../../../authz/evaluate.js';
import type { Session } from '../../../authz/model.js';
import { compilePolicy } from '../../../authz/policy.js';
import { withStoredSpellings } from '../../../authz/tag-keys.js';
import type { SessionClaims } from '../credentials/session-token.js';
import { parseIamArn } from '../directory/arns.js';
import type { Role } from '../directory/entities.js';
import {
  assumedRoleView,
  checkMfa,
  checkRoleDuration,
  compiledTrust,
  findRole,
  issuedAndPackedView,
  sessionPolicies,
  shownTags,
} from '../directory/sessions.js';
import { TagKey } from '../directory/shapes.js';
import { withTags } from '../directory/tags.js';
import { AssumedRoleUser } from '../directory/view-shapes.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamCall } from '../operation.js';
import type { Uses } from '../ports.js';
import {
  DurationSeconds,
  ExternalId,
  ISSUED,
  issued,
  MinimumSessionTokenSize,
  PolicyArns,
  RoleArn,
  RoleSessionName,
  SerialNumber,
  SessionPolicy,
  Tags,
  TokenCode,
} from './shapes.js';

const MAX_SECONDS = 43_200;
const DEFAULT_SECONDS = 3600;
/** What a role session may give itself by assuming a further role. */
const MAX_CHAINED_SECONDS = 3600;

/** Stands in for the trust policy of a role that doesn't exist: as much work, the same answer. */
const NOBODYS_TRUST = compilePolicy({ Statement: [] }, { kind: 'trust', id: '' });

const AssumeRoleInput = Type.Object({
  RoleArn,
  RoleSessionName,
  PolicyArns: Type.Optional(PolicyArns),
  Policy: Type.Optional(SessionPolicy),
  DurationSeconds: Type.Optional(DurationSeconds(MAX_SECONDS)),
  Tags: Type.Optional(Tags),
  TransitiveTagKeys: Type.Optional(Type.Array(TagKey, { maxItems: 50 })),
  ExternalId: Type.Optional(ExternalId),
  SerialNumber: Type.Optional(SerialNumber),
  TokenCode: Type.Optional(TokenCode),
  SourceIdentity: Type.Optional(RoleSessionName),
  MinimumSessionTokenSize,
});
type AssumeRoleInput = Static<typeof AssumeRoleInput>;
type AssumeRoleCall = IamCall<AssumeRoleInput>;
type AssumeRolePorts = Uses<'directory' | 'principals' | 'mfaCodes' | 'wallClock'>;

export const assumeRole = defineIamOperation({
  service: 'sts',
  name: 'AssumeRole',
  summary: 'Gives temporary credentials of a role to those whom it trusts.',
  input: AssumeRoleInput,
  output: Type.Object({
    ...issued,
    AssumedRoleUser,
    PackedPolicySize: Type.Integer(),
    SourceIdentity: Type.Optional(Type.String()),
  }),
  // The role's trust policy decides, below.
  access: { by: 'signature' },
  readOnly: true,
  audit: {
    request: [
      'RoleArn',
      'RoleSessionName',
      'PolicyArns',
      'Policy',
      'DurationSeconds',
      'Tags',
      'TransitiveTagKeys',
      'ExternalId',
      'SerialNumber',
      'SourceIdentity',
    ],
    response: [...ISSUED, 'AssumedRoleUser', 'PackedPolicySize', 'SourceIdentity'],
  },
  async run(call, { sessionTokens, ...ports }: AssumeRolePorts & Uses<'sessionTokens'>) {
    const { input, caller, scope } = call;
    if (caller.type === 'Account') {
      throw iamError('AccessDenied', 'Roles may not be assumed by root accounts.');
    }
    // Only a code of this very call makes a session with MFA; the caller's own MFA opens the trust policy.
    const mfaAt = await checkMfa(input, caller, ports);
    // What is issued is what is authorized: the chain's part of it, too.
    const chained = chainedSession(call);
    const role = await authorizedRole(call, chained, mfaAt, ports);
    const seconds = checkDuration(input, role, caller.session?.issuer !== undefined);
    const claims = await newSession(call, chained, role, seconds, mfaAt, ports);
    const credentials = sessionTokens.issue(claims, input.MinimumSessionTokenSize);
    return {
      ...issuedAndPackedView(credentials),
      AssumedRoleUser: assumedRoleView(scope.partition, role, input.RoleSessionName),
      ...(claims.sourceIdentity !== undefined && { SourceIdentity: claims.sourceIdentity }),
    };
  },
});

/** What a session has of tags and source identity: passed in the call, or inherited along the chain. */
interface ChainedSession {
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
}

/**
 * Source: IAM User Guide, "Chaining roles with session tags", "Monitor and control actions taken with
 * assumed roles".
 * @throws ServiceError for what a call in a chain can't change, and for tags that are no tags
 */
function chainedSession({ input, caller }: AssumeRoleCall): ChainedSession {
  // Transitive tags go on along a chain of roles and can't be changed on the way; a role's own never do.
  const inherited = caller.session ? inheritedTags(caller.session) : {};
  const taken = new Set(Object.keys(inherited).map((key) => key.toLowerCase()));
  const passed = new Set(input.Tags?.map(({ Key }) => Key.toLowerCase()));
  if ([...passed].some((key) => taken.has(key))) {
    throw iamError(
      'InvalidParameterValue',
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  }
  const { TransitiveTagKeys: transitive = [] } = input;
  if (transitive.some((key) => !passed.has(key.toLowerCase()))) {
    throw iamError(
      'InvalidParameterValue',
      'The specified transitive tag key must be included in the requested tags.',
    );
  }
  const sourceIdentity = caller.session?.sourceIdentity ?? input.SourceIdentity;
  if (input.SourceIdentity !== undefined && input.SourceIdentity !== sourceIdentity) {
    throw iamError('AccessDenied', 'The source identity of a session cannot be changed.');
  }
  return {
    tags: { ...inherited, ...withTags('session', {}, input.Tags) },
    transitiveTagKeys: [...Object.keys(inherited), ...transitive],
    sourceIdentity,
  };
}

/** @throws ServiceError AccessDenied, in the same words whether the role exists or not */
async function authorizedRole(
  call: AssumeRoleCall,
  { tags, sourceIdentity }: ChainedSession,
  mfaAt: number | undefined,
  { directory, wallClock }: Uses<'directory' | 'wallClock'>,
): Promise<Role> {
  const { input, caller, facts, scope } = call;
  const role = await findRole({ directory }, scope, input.RoleArn);
  call.about.push(input.RoleArn);
  const resourceAccountId = role?.accountId ?? parseIamArn(input.RoleArn)?.accountId ?? '';
  const trust = role ? compiledTrust(role, input.RoleArn) : NOBODYS_TRUST;
  const actions = [
    'sts:AssumeRole',
    ...(Object.keys(tags).length > 0 ? ['sts:TagSession'] : []),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
  for (const action of actions) {
    const request = {
      principal: caller,
      action,
      resource: input.RoleArn,
      resourceAccountId,
      context: requestContext({
        ...facts,
        action,
        resourceAccountId,
        tags: new Map(Object.entries(tags)),
        tagKeys: withStoredSpellings(Object.keys(tags), Object.keys(role?.tags ?? {})),
        ...(role && shownTags(role)),
        members: {
          'sts:externalid': input.ExternalId,
          'sts:rolesessionname': input.RoleSessionName,
          'sts:sourceidentity': sourceIdentity,
          'sts:transitivetagkeys': input.TransitiveTagKeys,
          ...(mfaAt !== undefined && {
            'aws:multifactorauthpresent': 'true',
            'aws:multifactorauthage': String(Math.floor((wallClock() - mfaAt) / 1000)),
          }),
        },
      }),
    };
    const decision = decideOnResource({
      request,
      resourcePolicy: trust,
      crossAccountAllowed: true,
    });
    call.decisions.push(decision);
    if (!decision.allowed) {
      throw iamError(
        'AccessDenied',
        `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${input.RoleArn}`,
      );
    }
  }
  if (!role) throw new Error('a role that does not exist was assumed');
  return role;
}

/** Seconds. @throws ServiceError ValidationError */
function checkDuration(
  { DurationSeconds: seconds = DEFAULT_SECONDS }: AssumeRoleInput,
  role: Role,
  chained: boolean,
): number {
  checkRoleDuration(seconds, role);
  if (chained && seconds > MAX_CHAINED_SECONDS) {
    throw iamError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
  return seconds;
}

async function newSession(
  { input, scope }: AssumeRoleCall,
  { tags, transitiveTagKeys, sourceIdentity }: ChainedSession,
  role: Role,
  seconds: number,
  mfaAt: number | undefined,
  { principals, wallClock }: Uses<'principals' | 'wallClock'>,
): Promise<SessionClaims> {
  const issuedAt = wallClock();
  return {
    principal: 'role',
    accountId: role.accountId,
    uniqueId: role.uniqueId,
    sessionName: input.RoleSessionName,
    issuedAt,
    expiresAt: issuedAt + seconds * 1000,
    ...(mfaAt !== undefined && { mfaAt }),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(transitiveTagKeys.length > 0 && { transitiveTagKeys }),
    ...(await sessionPolicies(input, { ...scope, accountId: role.accountId }, { principals })),
  };
}

function inheritedTags({ tags = {}, transitiveTagKeys = [] }: Session): Record<string, string> {
  const transitive = new Set(transitiveTagKeys.map((key) => key.toLowerCase()));
  return Object.fromEntries(
    Object.entries(tags).filter(([key]) => transitive.has(key.toLowerCase())),
  );
}
