// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
/** Who is named how, who limits what, and the documents of AWS's own examples. */
import type { RequestFacts } from '../../../src/authz/condition-keys.js';
import type { Denial } from '../../../src/authz/decision.js';
import type { NamedAs } from '../../../src/authz/model.js';
import { ACCOUNT, OTHER_ACCOUNT } from '../../support/sample-principal.js';

type Statement = Readonly<Record<string, unknown>>;

export interface DecisionRow {
  readonly name: string;
  /** The key policy's statements; Action and Resource are `kms:*` and `*` where they are left out. */
  readonly key?: readonly Statement[];
  readonly identity?: readonly Statement[];
  readonly boundary?: readonly Statement[];
  readonly session?: readonly Statement[];
  /** By what the session was narrowed later, one policy after the other. */
  readonly scopeDown?: readonly (readonly Statement[])[];
  readonly version?: string;
  /**
   * `alice`, `role`, `federated` (by alice), `root`, or of the other account: `bob`, `otherRole`,
   * `otherRoot`; or a service.
   */
  readonly as?:
    | 'alice'
    | 'role'
    | 'federated'
    | 'root'
    | 'bob'
    | 'otherRole'
    | 'otherRoot'
    | 'service';
  readonly action?: string;
  readonly resource?: string;
  readonly facts?: Partial<RequestFacts>;
  readonly crossAccount?: false;
  /** How grants on the key name the caller. */
  readonly grants?: readonly NamedAs[];
  /** Whose principal made them; the key's owner. */
  readonly issuer?: string;
  /** `identity`: no resource policy at all. */
  readonly on?: 'identity';
  readonly principalIds?: Readonly<Record<string, string>>;
  /** `grant`, the Sid that decided, `allowed`, or the denial. */
  readonly expected: string | Pick<Denial, 'explicit' | 'policyType'>;
}

const implicit = (policyType: Denial['policyType']) => ({ explicit: false, policyType });
const explicit = (policyType: Denial['policyType']) => ({ explicit: true, policyType });
const noIdentity = implicit('identity-based policy');
const noResource = implicit('resource-based policy');
const ALICE = `arn:aws:iam::${ACCOUNT}:user/alice`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/Role`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/Role/here`;
const FEDERATED = `arn:aws:sts::${ACCOUNT}:federated-user/Fay`;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const OTHER_ROOT = `arn:aws:iam::${OTHER_ACCOUNT}:root`;
const BOB = `arn:aws:iam::${OTHER_ACCOUNT}:user/bob`;
const OTHER_ROLE = `arn:aws:iam::${OTHER_ACCOUNT}:role/Role`;

const to = (AWS: unknown, more: Statement = {}) => ({
  Sid: 'key',
  Effect: 'Allow',
  Principal: { AWS },
  ...more,
});
const delegated = to(ROOT);
const may = (more: Statement = {}) => ({ Sid: 'iam', Effect: 'Allow', ...more });
const mayNot = (more: Statement = {}) => ({ Sid: 'no', Effect: 'Deny', ...more });
const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
});
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

const structure: readonly DecisionRow[] = [
  { name: 'nothing allows', expected: noResource },
  { name: 'IAM alone never allows', identity: [may()], expected: noResource },
  { name: 'delegation alone', key: [delegated], expected: noIdentity },
  { name: 'delegation and IAM', key: [delegated], identity: [may()], expected: 'iam' },
  { name: 'delegation by account id', key: [to(ACCOUNT)], identity: [may()], expected: 'iam' },
  {
    name: 'delegation to another account',
    key: [to(OTHER_ROOT)],
    identity: [may()],
    expected: noResource,
  },
  {
    name: 'delegation of another action',
    key: [to(ROOT, { Action: 'kms:Sign' })],
    identity: [may()],
    expected: noResource,
  },
  {
    name: 'IAM of another action',
    key: [delegated],
    identity: [may({ Action: 'kms:Sign' })],
    expected: noIdentity,
  },
  {
    name: 'a condition of the delegation binds IAM',
    key: [to(ROOT, when('Bool', 'aws:SecureTransport', 'false'))],
    identity: [may()],
    expected: noResource,
  },
  { name: 'direct', key: [to(ALICE)], expected: 'key' },
  { name: 'direct in a list', key: [to([BOB, ALICE])], expected: 'key' },
  { name: 'direct to everyone', key: [to('*')], expected: 'key' },
  {
    name: 'direct to the bare star',
    key: [{ Sid: 'key', Effect: 'Allow', Principal: '*' }],
    expected: 'key',
  },
  {
    name: 'user names have case',
    key: [to(ALICE.replace('alice', 'Alice'))],
    expected: noResource,
  },
  {
    name: 'no wildcard in an ARN',
    key: [to(`arn:aws:iam::${ACCOUNT}:user/*`)],
    expected: noResource,
  },
  {
    name: 'a path is part of the name',
    key: [to(ALICE.replace('user/', 'user/a/'))],
    expected: noResource,
  },
  { name: 'a group is nobody', key: [to(`arn:aws:iam::${ACCOUNT}:group/g`)], expected: noResource },
  { name: 'a role for its session', as: 'role', key: [to(ROLE)], expected: 'key' },
  { name: 'the session itself', as: 'role', key: [to(SESSION)], expected: 'key' },
  { name: 'another session', as: 'role', key: [to(`${SESSION}2`)], expected: noResource },
  {
    name: 'a session has no wildcard',
    as: 'role',
    key: [to(SESSION.replace('here', '*'))],
    expected: noResource,
  },
  { name: 'root by delegation', as: 'root', key: [delegated], expected: 'key' },
  { name: 'root without delegation', as: 'root', key: [to(ALICE)], expected: noResource },
  {
    name: 'root within the action of the delegation',
    as: 'root',
    key: [to(ROOT, { Action: 'kms:Sign' })],
    expected: noResource,
  },
  {
    name: 'an explicit deny of the key policy',
    key: [to(ALICE), to(ALICE, { Effect: 'Deny' })],
    expected: explicit('resource-based policy'),
  },
  {
    name: 'a deny to the account',
    key: [to(ALICE), to(ROOT, { Effect: 'Deny' })],
    expected: explicit('resource-based policy'),
  },
  {
    name: 'a deny to everyone',
    key: [to(ALICE), to('*', { Effect: 'Deny' })],
    expected: explicit('resource-based policy'),
  },
  {
    name: 'a deny to the role',
    as: 'role',
    key: [to(SESSION), to(ROLE, { Effect: 'Deny' })],
    expected: explicit('resource-based policy'),
  },
  {
    name: 'a deny to somebody else',
    key: [to(ALICE), to(BOB, { Effect: 'Deny' })],
    expected: 'key',
  },
  {
    name: 'a deny of another action',
    key: [to(ALICE), to(ALICE, { Effect: 'Deny', Action: 'kms:Sign' })],
    expected: 'key',
  },
  {
    name: 'a deny whose condition fails',
    key: [
      to(ALICE),
      to(ALICE, { Effect: 'Deny', ...when('Bool', 'aws:SecureTransport', 'false') }),
    ],
    expected: 'key',
  },
  {
    name: 'an explicit deny of IAM against the key policy',
    key: [to(ALICE)],
    identity: [mayNot()],
    expected: explicit('identity-based policy'),
  },
  {
    name: 'an explicit deny of a boundary',
    key: [to(ALICE)],
    boundary: [may(), mayNot()],
    expected: explicit('permissions boundary'),
  },
  {
    name: 'an explicit deny of a session policy',
    as: 'role',
    key: [to(SESSION)],
    session: [may(), mayNot()],
    expected: explicit('session policy'),
  },
  {
    name: 'root can be denied',
    as: 'root',
    key: [delegated, to('*', { Effect: 'Deny' })],
    expected: explicit('resource-based policy'),
  },
  { name: 'user ARN: IAM silent', key: [to(ALICE)], identity: [], expected: 'key' },
  {
    name: 'user ARN: boundary ignored',
    key: [to(ALICE)],
    boundary: [may({ Action: 'kms:Sign' })],
    expected: 'key',
  },
  { name: 'role ARN: IAM silent', as: 'role', key: [to(ROLE)], identity: [], expected: 'key' },
  {
    name: 'role ARN: boundary limits',
    as: 'role',
    key: [to(ROLE)],
    boundary: [may({ Action: 'kms:Sign' })],
    expected: implicit('permissions boundary'),
  },
  {
    name: 'role ARN: boundary allows',
    as: 'role',
    key: [to(ROLE)],
    boundary: [may()],
    expected: 'key',
  },
  {
    name: 'role ARN: session policy limits',
    as: 'role',
    key: [to(ROLE)],
    session: [may({ Action: 'kms:Sign' })],
    expected: implicit('session policy'),
  },
  {
    name: 'role ARN: session policy allows',
    as: 'role',
    key: [to(ROLE)],
    session: [may()],
    expected: 'key',
  },
  {
    name: 'session ARN: boundary ignored',
    as: 'role',
    key: [to(SESSION)],
    boundary: [may({ Action: 'kms:Sign' })],
    expected: 'key',
  },
  {
    name: 'session ARN: session policy ignored',
    as: 'role',
    key: [to(SESSION)],
    session: [may({ Action: 'kms:Sign' })],
    expected: 'key',
  },
  {
    name: 'account: boundary limits',
    key: [delegated],
    identity: [may()],
    boundary: [may({ Action: 'kms:Sign' })],
    expected: implicit('permissions boundary'),
  },
  {
    name: 'account: session policy limits',
    as: 'role',
    key: [delegated],
    identity: [may()],
    session: [may({ Action: 'kms:Sign' })],
    expected: implicit('session policy'),
  },
  {
    name: 'account: within boundary and session policy',
    as: 'role',
    key: [delegated],
    identity: [may()],
    boundary: [may()],
    session: [may()],
    expected: 'iam',
  },
  {
    name: 'a boundary allows nothing by itself',
    key: [delegated],
    boundary: [may()],
    expected: noIdentity,
  },
  {
    name: 'star with a principal: boundary and session ignored',
    as: 'role',
    key: [to('*', when('ArnEquals', 'aws:PrincipalArn', ROLE))],
    boundary: [may({ Action: 'kms:Sign' })],
    session: [],
    expected: 'key',
  },
  {
    name: 'star with another principal',
    as: 'role',
    key: [to('*', when('ArnEquals', 'aws:PrincipalArn', ALICE))],
    expected: noResource,
  },
  { name: 'a grant', grants: ['user'], expected: 'grant' },
  {
    name: 'a grant against a deny of IAM',
    grants: ['user'],
    identity: [mayNot()],
    expected: explicit('identity-based policy'),
  },
  {
    name: 'a grant against a deny of the key policy',
    grants: ['user'],
    key: [to(ALICE, { Effect: 'Deny' })],
    expected: explicit('resource-based policy'),
  },
  { name: 'a policy goes before a grant', grants: ['user'], key: [to(ALICE)], expected: 'key' },
  { name: 'a grant where IAM is silent', grants: ['user'], key: [delegated], expected: 'grant' },
];

const federatedUsers: readonly DecisionRow[] = [
  { name: 'by its own ARN', as: 'federated', key: [to(FEDERATED)], expected: 'key' },
  {
    name: 'by its own ARN, whatever limits it',
    as: 'federated',
    key: [to(FEDERATED)],
    boundary: [],
    session: [],
    expected: 'key',
  },
  {
    name: 'by another’s ARN',
    as: 'federated',
    key: [to(FEDERATED.replace('Fay', 'fay'))],
    expected: noResource,
  },
  { name: 'by its user', as: 'federated', key: [to(ALICE)], session: [may()], expected: 'key' },
  {
    name: 'by its user, within the session policy',
    as: 'federated',
    key: [to(ALICE)],
    session: [],
    expected: implicit('session policy'),
  },
  {
    name: 'by its user, within the boundary',
    as: 'federated',
    key: [to(ALICE)],
    boundary: [],
    session: [may()],
    expected: implicit('permissions boundary'),
  },
  {
    name: 'by another user',
    as: 'federated',
    key: [to(BOB)],
    session: [may()],
    expected: noResource,
  },
  {
    name: 'by the account',
    as: 'federated',
    key: [delegated],
    identity: [may()],
    session: [may()],
    expected: 'iam',
  },
  {
    name: 'by the account, without IAM',
    as: 'federated',
    key: [delegated],
    session: [may()],
    expected: noIdentity,
  },
  {
    name: 'by the account, within the session policy',
    as: 'federated',
    key: [delegated],
    identity: [may()],
    session: [],
    expected: implicit('session policy'),
  },
  { name: 'its user is not it', key: [to(FEDERATED)], identity: [may()], expected: noResource },
  { name: 'no role is it', as: 'role', key: [to(FEDERATED)], expected: noResource },
  {
    name: 'a deny to its user',
    as: 'federated',
    key: [to(FEDERATED), to(ALICE, { Effect: 'Deny' })],
    expected: explicit('resource-based policy'),
  },
  {
    name: 'a deny to it',
    as: 'federated',
    key: [to(ALICE), to(FEDERATED, { Effect: 'Deny' })],
    session: [may()],
    expected: explicit('resource-based policy'),
  },
  ...[
    [ROOT, ALICE, FEDERATED],
    [ROOT, ALICE],
    [ROOT, FEDERATED],
    [ALICE, FEDERATED],
  ].map((AWS) => ({
    name: `a deny to all but ${AWS.map((arn) => arn.split(':').at(-1)).join(', ')}`,
    as: 'federated' as const,
    key: [to(FEDERATED), { Sid: 'no', Effect: 'Deny', NotPrincipal: { AWS } }],
    expected: AWS.length === 3 ? 'key' : explicit('resource-based policy'),
  })),
  {
    name: 'is of its own kind to conditions, and has no user name',
    as: 'federated',
    key: [
      to('*', {
        Condition: {
          StringEquals: { 'aws:PrincipalType': 'FederatedUser', 'aws:PrincipalArn': FEDERATED },
          Null: { 'aws:username': 'true' },
        },
      }),
    ],
    expected: 'key',
  },
  { name: 'a grant to it', as: 'federated', grants: ['session'], session: [], expected: 'grant' },
  {
    name: 'a grant to its user, within the session policy',
    as: 'federated',
    grants: ['role'],
    session: [],
    expected: implicit('session policy'),
  },
];

/** Every way in which somebody is let in that nothing else limits: a scope down policy does. */
const scopeDown: readonly DecisionRow[] = [
  ...(
    [
      { name: 'the session named', as: 'role', key: [to(SESSION)], expected: 'key' },
      { name: 'the role named', as: 'role', key: [to(ROLE)], expected: 'key' },
      { name: 'everybody named', as: 'role', key: [to('*')], expected: 'key' },
      { name: 'the federated user named', as: 'federated', key: [to(FEDERATED)], expected: 'key' },
      { name: 'the user named', as: 'alice', key: [to(ALICE)], expected: 'key' },
      { name: 'IAM', as: 'role', key: [delegated], identity: [may()], expected: 'iam' },
      { name: 'IAM alone', as: 'role', on: 'identity', identity: [may()], expected: 'iam' },
      { name: 'a grant', as: 'role', grants: ['session'], expected: 'grant' },
      { name: 'the root user', as: 'root', key: [delegated], expected: 'key' },
      { name: 'the root user in IAM', as: 'root', on: 'identity', expected: 'allowed' },
      {
        name: 'another account',
        as: 'otherRole',
        key: [to('*')],
        identity: [may()],
        expected: 'iam',
      },
      {
        name: "another account's own grant",
        as: 'otherRole',
        grants: ['session'],
        issuer: OTHER_ACCOUNT,
        expected: 'grant',
      },
    ] as const satisfies readonly DecisionRow[]
  ).flatMap((row): DecisionRow[] => [
    { ...row, name: `${row.name}, within it`, scopeDown: [[may()]] },
    {
      ...row,
      name: `${row.name}, out of it`,
      scopeDown: [[may({ Action: 'kms:Sign' })]],
      expected: implicit('session policy'),
    },
    {
      ...row,
      name: `${row.name}, denied by it`,
      scopeDown: [[may(), mayNot()]],
      expected: explicit('session policy'),
    },
    { ...row, name: `${row.name}, within three`, scopeDown: [[may()], [may()], [may()]] },
    {
      ...row,
      name: `${row.name}, out of the last of three`,
      scopeDown: [[may()], [may()], []],
      expected: implicit('session policy'),
    },
  ]),
  {
    name: 'it allows nothing by itself',
    as: 'role',
    key: [delegated],
    scopeDown: [[may()]],
    expected: noIdentity,
  },
  {
    name: 'the session policy binds as well',
    as: 'role',
    key: [delegated],
    identity: [may()],
    session: [may({ Action: 'kms:Sign' })],
    scopeDown: [[may()]],
    expected: implicit('session policy'),
  },
];

const crossAccount: readonly DecisionRow[] = [
  { name: 'neither side', as: 'bob', expected: noResource },
  { name: 'IAM side only', as: 'bob', identity: [may()], expected: noResource },
  { name: 'key side only', as: 'bob', key: [to(OTHER_ROOT)], expected: noIdentity },
  { name: 'both sides', as: 'bob', key: [to(OTHER_ROOT)], identity: [may()], expected: 'iam' },
  {
    name: 'both sides, by account id',
    as: 'bob',
    key: [to(OTHER_ACCOUNT)],
    identity: [may()],
    expected: 'iam',
  },
  { name: 'the user named, without IAM', as: 'bob', key: [to(BOB)], expected: noIdentity },
  {
    name: 'the user named, with IAM',
    as: 'bob',
    key: [to(BOB)],
    identity: [may()],
    expected: 'iam',
  },
  { name: 'everyone, without IAM', as: 'bob', key: [to('*')], expected: noIdentity },
  { name: 'everyone, with IAM', as: 'bob', key: [to('*')], identity: [may()], expected: 'iam' },
  {
    name: 'IAM for another key',
    as: 'bob',
    key: [to(OTHER_ROOT)],
    identity: [may({ Resource: `${KEY}x` })],
    expected: noIdentity,
  },
  {
    name: 'IAM for this key',
    as: 'bob',
    key: [to(OTHER_ROOT)],
    identity: [may({ Resource: KEY })],
    expected: 'iam',
  },
  {
    name: 'IAM for all keys of the account',
    as: 'bob',
    key: [to(OTHER_ROOT)],
    identity: [may({ Resource: `arn:aws:kms:*:${ACCOUNT}:key/*` })],
    expected: 'iam',
  },
  {
    name: 'an operation for the own account only',
    as: 'bob',
    key: [to('*')],
    identity: [may()],
    crossAccount: false,
    expected: noResource,
  },
  { name: "a grant of the key's owner alone", as: 'bob', grants: ['user'], expected: noIdentity },
  {
    name: "a grant of the key's owner with IAM's Allow",
    as: 'bob',
    grants: ['user'],
    identity: [may()],
    expected: 'grant',
  },
  {
    name: "a grant of the caller's own account alone",
    as: 'bob',
    grants: ['user'],
    issuer: OTHER_ACCOUNT,
    expected: 'grant',
  },
  {
    name: 'a grant for the own account only',
    as: 'bob',
    grants: ['user'],
    crossAccount: false,
    expected: noResource,
  },
  {
    name: 'a role session',
    as: 'otherRole',
    key: [to(OTHER_ROLE)],
    identity: [may()],
    expected: 'iam',
  },
  {
    name: 'a boundary limits',
    as: 'bob',
    key: [to(BOB)],
    identity: [may()],
    boundary: [],
    expected: implicit('permissions boundary'),
  },
  {
    name: 'a session policy limits',
    as: 'otherRole',
    key: [to('*')],
    identity: [may()],
    session: [],
    expected: implicit('session policy'),
  },
  { name: 'the other root', as: 'otherRoot', key: [to(OTHER_ROOT)], expected: 'key' },
  { name: 'the other root, unnamed', as: 'otherRoot', key: [delegated], expected: noResource },
  {
    name: 'the owner denies',
    as: 'bob',
    key: [to('*'), to(OTHER_ROOT, { Effect: 'Deny' })],
    identity: [may()],
    expected: explicit('resource-based policy'),
  },
  {
    name: "the caller's account denies",
    as: 'bob',
    key: [to('*')],
    identity: [may(), mayNot()],
    expected: explicit('identity-based policy'),
  },
];

const elements: readonly DecisionRow[] = [
  { name: 'actions have no case', key: [to(ALICE, { Action: 'KMS:encrypt' })], expected: 'key' },
  { name: 'a star in an action', key: [to(ALICE, { Action: 'kms:Enc*' })], expected: 'key' },
  {
    name: 'a question mark in an action',
    key: [to(ALICE, { Action: 'kms:E?crypt' })],
    expected: 'key',
  },
  {
    name: 'ReEncrypt* has both halves',
    key: [to(ALICE, { Action: 'kms:ReEncrypt*' })],
    action: 'kms:ReEncryptFrom',
    expected: 'key',
  },
  {
    name: 'GenerateDataKey* has the pairs',
    key: [to(ALICE, { Action: 'kms:GenerateDataKey*' })],
    action: 'kms:GenerateDataKeyPairWithoutPlaintext',
    expected: 'key',
  },
  { name: 'all actions', key: [to(ALICE, { Action: '*' })], expected: 'key' },
  { name: 'another service', key: [to(ALICE, { Action: 's3:*' })], expected: noResource },
  {
    name: 'NotAction leaves the rest',
    key: [to(ALICE, { Action: undefined, NotAction: 'kms:Sign' })],
    expected: 'key',
  },
  {
    name: 'NotAction excepts',
    key: [to(ALICE, { Action: undefined, NotAction: ['kms:Encrypt'] })],
    expected: noResource,
  },
  {
    name: 'no Action is ineffective',
    key: [to(ALICE, { Action: undefined })],
    expected: noResource,
  },
  {
    name: 'no Action in a Deny is ineffective',
    key: [to(ALICE), to(ALICE, { Effect: 'Deny', Action: undefined })],
    expected: 'key',
  },
  {
    name: 'no Resource is ineffective',
    key: [to(ALICE, { Resource: undefined })],
    expected: noResource,
  },
  { name: 'Effect has case', key: [to(ALICE, { Effect: 'allow' })], expected: noResource },
  {
    name: 'NotResource excepts',
    key: [delegated],
    identity: [may({ Resource: undefined, NotResource: KEY })],
    expected: noIdentity,
  },
  {
    name: 'NotResource leaves the rest',
    key: [delegated],
    identity: [may({ Resource: undefined, NotResource: `${KEY}x` })],
    expected: 'iam',
  },
  {
    name: 'a resource pattern',
    key: [delegated],
    identity: [may({ Resource: 'arn:aws:kms:*:*:key/1234abcd-*' })],
    expected: 'iam',
  },
  {
    name: 'a star matches across slashes',
    key: [delegated],
    identity: [may({ Resource: 'arn:aws:kms:*' })],
    expected: 'iam',
  },
  {
    name: 'another Region',
    key: [delegated],
    identity: [may({ Resource: 'arn:aws:kms:eu-west-1:*' })],
    expected: noIdentity,
  },
  {
    name: 'a bare key id is no resource',
    key: [delegated],
    identity: [may({ Resource: '1234abcd-12ab-34cd-56ef-1234567890ab' })],
    expected: noIdentity,
  },
  {
    name: 'an alias ARN is not the key behind it',
    key: [delegated],
    identity: [may({ Resource: `arn:aws:kms:us-east-1:${ACCOUNT}:alias/a` })],
    facts: { requestAlias: 'alias/a' },
    expected: noIdentity,
  },
  {
    name: 'several resources',
    key: [delegated],
    identity: [may({ Resource: [`${KEY}x`, KEY] })],
    expected: 'iam',
  },
  {
    name: 'NotPrincipal with Allow allows nobody',
    key: [{ Sid: 'key', Effect: 'Allow', NotPrincipal: { AWS: BOB } }],
    expected: noResource,
  },
  {
    name: 'NotPrincipal with Deny hits whoever has a boundary',
    key: [to(ALICE), { Effect: 'Deny', NotPrincipal: { AWS: [ALICE, ROOT] } }],
    boundary: [may()],
    expected: explicit('resource-based policy'),
  },
  {
    name: 'NotPrincipal with Deny hits a session that has a boundary',
    as: 'role',
    key: [to(ROLE), { Effect: 'Deny', NotPrincipal: '*' }],
    boundary: [may()],
    expected: explicit('resource-based policy'),
  },
  {
    name: "another partition's account is nobody",
    key: [to(`arn:aws-cn:iam::${ACCOUNT}:root`)],
    identity: [may()],
    expected: noResource,
  },
  {
    name: 'NotPrincipal with Deny: user and account are excepted',
    key: [to(ALICE), { Effect: 'Deny', NotPrincipal: { AWS: [ALICE, ROOT] } }],
    expected: 'key',
  },
  {
    name: 'NotPrincipal with Deny: the user alone is not',
    key: [to(ALICE), { Effect: 'Deny', NotPrincipal: { AWS: ALICE } }],
    expected: explicit('resource-based policy'),
  },
  {
    name: 'NotPrincipal with Deny: role, session, account',
    as: 'role',
    key: [to(ROLE), { Effect: 'Deny', NotPrincipal: { AWS: [ROLE, SESSION, ROOT] } }],
    expected: 'key',
  },
  {
    name: 'NotPrincipal with Deny: without the session',
    as: 'role',
    key: [to(ROLE), { Effect: 'Deny', NotPrincipal: { AWS: [ROLE, ROOT] } }],
    expected: explicit('resource-based policy'),
  },
  {
    name: 'NotPrincipal with Deny: root by the account',
    as: 'root',
    key: [delegated, { Effect: 'Deny', NotPrincipal: { AWS: ROOT } }],
    expected: 'key',
  },
  { name: 'a single statement', key: [to(ALICE)], expected: 'key' },
  {
    name: 'an unknown operator never allows',
    key: [to(ALICE, when('StringIs', 'aws:username', 'alice'))],
    expected: noResource,
  },
  {
    name: 'an unknown operator denies',
    key: [to(ALICE), to(ALICE, { Effect: 'Deny', ...when('StringIs', 'aws:username', 'x') })],
    expected: explicit('resource-based policy'),
  },
  {
    name: 'all conditions must hold',
    key: [
      to(ALICE, { Condition: { StringEquals: { 'aws:username': 'alice', 'aws:userid': 'x' } } }),
    ],
    expected: noResource,
  },
  {
    name: 'all operators must hold',
    key: [
      to(ALICE, {
        Condition: {
          StringEquals: { 'aws:username': 'alice' },
          Bool: { 'aws:SecureTransport': 'false' },
        },
      }),
    ],
    expected: noResource,
  },
  {
    name: 'key names have no case',
    key: [to(ALICE, when('StringEquals', 'AWS:UserName', 'alice'))],
    expected: 'key',
  },
  {
    name: 'ids: the user of then',
    key: [to(ALICE)],
    principalIds: { [ALICE]: 'AIDAALICEAAAAAAAAAAAA' },
    expected: 'key',
  },
  {
    name: 'ids: made again under the name',
    key: [to(ALICE)],
    principalIds: { [ALICE]: 'AIDAZZZZZZZZZZZZZZZZZ' },
    expected: noResource,
  },
  { name: 'ids: never known', key: [to(ALICE)], principalIds: {}, expected: noResource },
  { name: 'ids: a raw id', key: [to('AIDAALICEAAAAAAAAAAAA')], expected: 'key' },
  {
    name: 'ids: a raw id of somebody else',
    key: [to('AIDAZZZZZZZZZZZZZZZZZ')],
    expected: noResource,
  },
  {
    name: 'ids: a deny by name goes with the id',
    key: [to('*'), to(ALICE, { Effect: 'Deny' })],
    principalIds: { [ALICE]: 'AIDAZZZZZZZZZZZZZZZZZ' },
    expected: 'key',
  },
  {
    name: 'ids: the role of a session',
    as: 'role',
    key: [to(SESSION)],
    principalIds: { [SESSION]: 'AROAROLEAAAAAAAAAAAAA' },
    expected: 'key',
  },
  {
    name: 'ids: another role of that name',
    as: 'role',
    key: [to(SESSION)],
    principalIds: { [SESSION]: 'AROAZZZZZZZZZZZZZZZZZ' },
    expected: noResource,
  },
];

const variables: readonly DecisionRow[] = [
  {
    name: 'a variable in a value',
    key: [to('*', when('StringEquals', 'aws:username', '${aws:username}'))],
    expected: 'key',
  },
  {
    name: 'a variable with wildcards around',
    key: [to('*', when('StringLike', 'aws:PrincipalArn', '*/${aws:username}'))],
    expected: 'key',
  },
  {
    name: 'not before 2012',
    version: '2008-10-17',
    key: [to('*', when('StringEquals', 'aws:username', '${aws:username}'))],
    expected: noResource,
  },
  {
    name: 'a default',
    key: [to('*', when('StringEquals', 'aws:username', "${aws:PrincipalTag/name, 'alice'}"))],
    expected: 'key',
  },
  {
    name: 'unresolved: a positive match fails',
    key: [to('*', when('StringEquals', 'aws:username', '${aws:PrincipalTag/name}'))],
    expected: noResource,
  },
  {
    name: 'unresolved: a negated match succeeds',
    key: [to('*', when('StringNotEquals', 'aws:username', '${aws:PrincipalTag/name}'))],
    expected: 'key',
  },
  {
    name: 'unresolved: a Resource never matches',
    key: [delegated],
    identity: [may({ Resource: 'arn:aws:kms:*:*:key/${aws:PrincipalTag/key}*' })],
    expected: noIdentity,
  },
  {
    name: 'unresolved: a NotResource never matches',
    key: [delegated],
    identity: [may({ Resource: undefined, NotResource: '${aws:PrincipalTag/key}' })],
    expected: noIdentity,
  },
  {
    name: 'unresolved: a NotResource of a Deny leaves nothing out',
    key: [delegated],
    identity: [may(), mayNot({ Resource: undefined, NotResource: '${aws:PrincipalTag/key}' })],
    expected: explicit('identity-based policy'),
  },
  {
    name: 'unresolved: a NotResource of a Deny leaves out what its other patterns match',
    key: [delegated],
    identity: [
      may(),
      mayNot({ Resource: undefined, NotResource: ['${aws:PrincipalTag/key}', '*'] }),
    ],
    expected: 'iam',
  },
  {
    name: 'in a Resource',
    key: [delegated],
    identity: [may({ Resource: 'arn:aws:kms:*:${aws:PrincipalAccount}:key/*' })],
    expected: 'iam',
  },
  {
    name: 'a literal star',
    key: [to('*', when('StringLike', 'aws:UserAgent', 'a${*}c'))],
    facts: { http: { sourceIp: '', secure: true, userAgent: 'a*c' } },
    expected: 'key',
  },
  {
    name: 'a literal star is no wildcard',
    key: [to('*', when('StringLike', 'aws:UserAgent', 'a${*}c'))],
    facts: { http: { sourceIp: '', secure: true, userAgent: 'abc' } },
    expected: noResource,
  },
  {
    name: 'a literal question mark',
    key: [to('*', when('StringLike', 'aws:UserAgent', 'a${?}c'))],
    facts: { http: { sourceIp: '', secure: true, userAgent: 'a?c' } },
    expected: 'key',
  },
  {
    name: 'a literal dollar',
    key: [to('*', when('StringEquals', 'aws:UserAgent', '${$}x'))],
    facts: { http: { sourceIp: '', secure: true, userAgent: '$x' } },
    expected: 'key',
  },
  {
    name: 'a value is no pattern',
    key: [to('*', when('StringLike', 'aws:username', '${aws:UserAgent}'))],
    facts: { http: { sourceIp: '', secure: true, userAgent: '*' } },
    expected: noResource,
  },
  {
    name: 'several values are no text',
    key: [to('*', when('StringEquals', 'aws:username', '${kms:EncryptionContextKeys}'))],
    facts: { encryptionContext: { alice: '' } },
    expected: noResource,
  },
  {
    name: 'in a Deny that can be resolved',
    key: [
      to('*'),
      to('*', { Effect: 'Deny', ...when('StringEquals', 'aws:username', '${aws:username}') }),
    ],
    expected: explicit('resource-based policy'),
  },
];

const keyless: readonly DecisionRow[] = [
  { name: 'no identity policy', on: 'identity', action: 'kms:CreateKey', expected: noIdentity },
  {
    name: 'an identity policy',
    on: 'identity',
    action: 'kms:CreateKey',
    identity: [may()],
    expected: 'iam',
  },
  {
    name: 'for any resource of the account',
    on: 'identity',
    action: 'kms:ListKeys',
    resource: `arn:aws:kms:us-east-1:${ACCOUNT}:*`,
    identity: [may({ Resource: `arn:aws:kms:us-east-1:${ACCOUNT}:*` })],
    expected: 'iam',
  },
  {
    name: 'not by a key ARN',
    on: 'identity',
    action: 'kms:ListKeys',
    resource: `arn:aws:kms:us-east-1:${ACCOUNT}:*`,
    identity: [may({ Resource: KEY })],
    expected: noIdentity,
  },
  {
    name: 'denied',
    on: 'identity',
    action: 'kms:CreateKey',
    identity: [may(), mayNot()],
    expected: explicit('identity-based policy'),
  },
  { name: 'root', on: 'identity', as: 'root', action: 'kms:CreateKey', expected: 'allowed' },
  {
    name: 'a service',
    on: 'identity',
    as: 'service',
    action: 'kms:CreateKey',
    expected: noIdentity,
  },
  {
    name: 'a boundary',
    on: 'identity',
    action: 'kms:CreateKey',
    identity: [may()],
    boundary: [may({ Action: 'kms:List*' })],
    expected: implicit('permissions boundary'),
  },
  {
    name: 'a session policy',
    on: 'identity',
    as: 'role',
    action: 'kms:CreateKey',
    identity: [may()],
    session: [may({ Action: 'kms:List*' })],
    expected: implicit('session policy'),
  },
  {
    name: 'a tag policy by request tag',
    on: 'identity',
    action: 'kms:CreateKey',
    identity: [may(when('StringEquals', 'aws:RequestTag/Team', 'x'))],
    facts: { tags: new Map([['Team', 'x']]) },
    expected: 'iam',
  },
  {
    name: 'tag keys within a list',
    on: 'identity',
    action: 'kms:TagResource',
    identity: [may(when('ForAllValues:StringEquals', 'aws:TagKeys', ['Team', 'Cost']))],
    facts: {
      tags: new Map([
        ['Team', 'x'],
        ['Other', 'y'],
      ]),
    },
    expected: noIdentity,
  },
  {
    name: 'iam actions',
    on: 'identity',
    action: 'iam:CreateUser',
    resource: `arn:aws:iam::${ACCOUNT}:user/x`,
    identity: [may({ Action: 'iam:*', Resource: `arn:aws:iam::${ACCOUNT}:user/*` })],
    expected: 'iam',
  },
];

const services: readonly DecisionRow[] = [
  {
    name: 'named',
    as: 'service',
    key: [{ Sid: 'key', Effect: 'Allow', Principal: { Service: 'logs.amazonaws.com' } }],
    expected: 'key',
  },
  {
    name: 'another',
    as: 'service',
    key: [{ Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' } }],
    expected: noResource,
  },
  { name: 'not by the account', as: 'service', key: [delegated], expected: noResource },
  {
    name: 'not by a name under AWS',
    as: 'service',
    key: [to('logs.amazonaws.com')],
    expected: noResource,
  },
  {
    name: 'fenced by its source',
    as: 'service',
    key: [
      {
        Sid: 'key',
        Effect: 'Allow',
        Principal: { Service: 'logs.amazonaws.com' },
        ...when('StringEquals', 'aws:SourceAccount', ACCOUNT),
      },
    ],
    facts: { sourceAccount: ACCOUNT },
    expected: 'key',
  },
  {
    name: 'from another source',
    as: 'service',
    key: [
      {
        Effect: 'Allow',
        Principal: { Service: 'logs.amazonaws.com' },
        ...when('ArnLike', 'aws:SourceArn', 'arn:aws:logs:*:111122223333:*'),
      },
    ],
    facts: { sourceArn: 'arn:aws:logs:us-east-1:444455556666:x' },
    expected: noResource,
  },
  {
    name: 'denied by not being called by a service',
    key: [
      to(ALICE),
      to('*', { Effect: 'Deny', ...when('Bool', 'aws:PrincipalIsAWSService', 'false') }),
    ],
    expected: explicit('resource-based policy'),
  },
  {
    name: 'a user is no service',
    key: [{ Effect: 'Allow', Principal: { Service: 'logs.amazonaws.com' } }],
    expected: noResource,
  },
];

const hidden: readonly DecisionRow[] = [
  {
    name: 'aws:ResourceTag in a key policy is not seen',
    key: [to(ALICE, when('StringEquals', 'aws:ResourceTag/Colour', 'Blue'))],
    expected: noResource,
  },
  {
    name: 'aws:ResourceTag in an identity policy',
    key: [delegated],
    identity: [may(when('StringEquals', 'aws:ResourceTag/Colour', 'Blue'))],
    expected: 'iam',
  },
  {
    name: 'aws:ResourceTag of another value',
    key: [delegated],
    identity: [may(when('StringEquals', 'aws:ResourceTag/Colour', 'Red'))],
    expected: noIdentity,
  },
  {
    name: 'kms:ResourceAliases in a key policy is not seen',
    key: [to(ALICE, when('ForAnyValue:StringEquals', 'kms:ResourceAliases', 'alias/a'))],
    expected: noResource,
  },
  {
    name: 'kms:ResourceAliases in an identity policy',
    key: [delegated],
    identity: [may(when('ForAnyValue:StringEquals', 'kms:ResourceAliases', 'alias/a'))],
    expected: 'iam',
  },
];

/** EncryptionApp's use of a key; aws/ebs; attached resources; snapshot copy; ABAC; MFA. */
const ebs = {
  Sid: 'ebs',
  Effect: 'Allow',
  Principal: { AWS: '*' },
  Action: [
    'kms:Encrypt',
    'kms:Decrypt',
    'kms:ReEncrypt*',
    'kms:GenerateDataKey*',
    'kms:CreateGrant',
    'kms:DescribeKey',
  ],
  Condition: {
    StringEquals: { 'kms:CallerAccount': ACCOUNT, 'kms:ViaService': 'ec2.us-east-1.amazonaws.com' },
  },
};
const attached = to(ALICE, {
  Action: ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'],
  ...when('Bool', 'kms:GrantIsForAWSResource', true),
});
const snapshot = to(OTHER_ROLE, {
  Action: ['kms:DescribeKey', 'kms:ReEncrypt*', 'kms:CreateGrant', 'kms:Decrypt'],
});
const app = to(ROLE, {
  Action: ['kms:DescribeKey', 'kms:GenerateDataKey', 'kms:Decrypt'],
  ...when('StringEquals', 'kms:EncryptionContext:AppName', 'ExampleApp'),
});
const appContext = { encryptionContext: { AppName: 'ExampleApp' } };
const mfa = to(ALICE, {
  Action: 'kms:ScheduleKeyDeletion',
  ...when('NumericLessThan', 'aws:MultiFactorAuthAge', '300'),
});
const viaEc2 = { 'kms:viaservice': 'ec2.us-east-1.amazonaws.com' };

const examples: readonly DecisionRow[] = [
  {
    name: 'EncryptionApp decrypts with its context',
    as: 'role',
    key: [app],
    action: 'kms:Decrypt',
    facts: appContext,
    expected: 'key',
  },
  {
    name: 'EncryptionApp without its context',
    as: 'role',
    key: [app],
    action: 'kms:Decrypt',
    expected: noResource,
  },
  {
    name: 'EncryptionApp with another context',
    as: 'role',
    key: [app],
    action: 'kms:Decrypt',
    facts: { encryptionContext: { AppName: 'Other' } },
    expected: noResource,
  },
  {
    name: 'EncryptionApp: context keys have no case',
    as: 'role',
    key: [app],
    action: 'kms:GenerateDataKey',
    facts: { encryptionContext: { appname: 'ExampleApp' } },
    expected: 'key',
  },
  {
    name: 'EncryptionApp may not encrypt',
    as: 'role',
    key: [app],
    action: 'kms:Encrypt',
    facts: appContext,
    expected: noResource,
  },
  {
    name: 'EncryptionApp: DescribeKey has no context, so its Allow fails',
    as: 'role',
    key: [app],
    action: 'kms:DescribeKey',
    expected: noResource,
  },
  {
    name: 'aws/ebs through EC2',
    key: [ebs],
    action: 'kms:Decrypt',
    facts: { members: viaEc2 },
    expected: 'ebs',
  },
  { name: 'aws/ebs directly', key: [ebs], action: 'kms:Decrypt', expected: noResource },
  {
    name: 'aws/ebs through S3',
    key: [ebs],
    action: 'kms:Decrypt',
    facts: { members: { 'kms:viaservice': 's3.us-east-1.amazonaws.com' } },
    expected: noResource,
  },
  {
    name: 'aws/ebs of another account',
    as: 'bob',
    key: [ebs],
    identity: [may()],
    action: 'kms:Decrypt',
    facts: { members: viaEc2 },
    expected: noResource,
  },
  {
    name: 'aws/ebs may not be scheduled for deletion',
    key: [ebs],
    action: 'kms:ScheduleKeyDeletion',
    facts: { members: viaEc2 },
    expected: noResource,
  },
  {
    name: 'attached resources through a service',
    key: [attached],
    action: 'kms:CreateGrant',
    facts: { members: { 'kms:grantisforawsresource': 'true' } },
    expected: 'key',
  },
  {
    name: 'attached resources directly',
    key: [attached],
    action: 'kms:CreateGrant',
    expected: noResource,
  },
  {
    name: 'attached resources: RevokeGrant',
    key: [attached],
    action: 'kms:RevokeGrant',
    facts: { members: { 'kms:grantisforawsresource': 'true' } },
    expected: 'key',
  },
  ...[
    'kms:DescribeKey',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
    'kms:CreateGrant',
    'kms:Decrypt',
  ].map(
    (action): DecisionRow => ({
      name: `snapshot copy: ${action}`,
      as: 'otherRole',
      key: [delegated, snapshot],
      identity: [may({ Resource: KEY })],
      action,
      expected: 'iam',
    }),
  ),
  {
    name: 'snapshot copy: not Encrypt',
    as: 'otherRole',
    key: [delegated, snapshot],
    identity: [may()],
    action: 'kms:Encrypt',
    expected: noResource,
  },
  {
    name: 'snapshot copy: not without IAM',
    as: 'otherRole',
    key: [delegated, snapshot],
    action: 'kms:Decrypt',
    expected: noIdentity,
  },
  {
    name: 'ABAC: the tag of the key is that of the principal',
    key: [delegated],
    identity: [may(when('StringEquals', 'aws:ResourceTag/Colour', '${aws:PrincipalTag/colour}'))],
    facts: { members: { 'aws:principaltag/colour': 'Blue' } },
    expected: 'iam',
  },
  {
    name: 'ABAC: another tag',
    key: [delegated],
    identity: [may(when('StringEquals', 'aws:ResourceTag/Colour', '${aws:PrincipalTag/colour}'))],
    facts: { members: { 'aws:principaltag/colour': 'Red' } },
    expected: noIdentity,
  },
  {
    name: 'ABAC: no tag',
    key: [delegated],
    identity: [may(when('StringEquals', 'aws:ResourceTag/Colour', '${aws:PrincipalTag/colour}'))],
    expected: noIdentity,
  },
  {
    name: 'MFA age: fresh',
    key: [mfa],
    action: 'kms:ScheduleKeyDeletion',
    facts: { members: { 'aws:multifactorauthage': '299' } },
    expected: 'key',
  },
  {
    name: 'MFA age: stale',
    key: [mfa],
    action: 'kms:ScheduleKeyDeletion',
    facts: { members: { 'aws:multifactorauthage': '300' } },
    expected: noResource,
  },
  { name: 'MFA age: no MFA', key: [mfa], action: 'kms:ScheduleKeyDeletion', expected: noResource },
  {
    name: 'MFA: long-term keys pass a deny with BoolIfExists false',
    key: [
      to(ALICE),
      to('*', { Effect: 'Deny', ...when('BoolIfExists', 'aws:MultiFactorAuthPresent', 'false') }),
    ],
    expected: explicit('resource-based policy'),
  },
  {
    name: 'MFA: a deny with Bool false lets long-term keys through',
    key: [
      to(ALICE),
      to('*', { Effect: 'Deny', ...when('Bool', 'aws:MultiFactorAuthPresent', 'false') }),
    ],
    expected: 'key',
  },
  {
    name: 'deny unless through S3',
    key: [
      to(ALICE),
      to('*', {
        Effect: 'Deny',
        ...when('StringNotEquals', 'kms:ViaService', 's3.us-east-1.amazonaws.com'),
      }),
    ],
    expected: explicit('resource-based policy'),
  },
  {
    name: 'lockout bypass is refused',
    key: [
      to(ALICE),
      to('*', {
        Effect: 'Deny',
        Action: 'kms:PutKeyPolicy',
        ...when('Bool', 'kms:BypassPolicyLockoutSafetyCheck', true),
      }),
    ],
    action: 'kms:PutKeyPolicy',
    facts: { members: { 'kms:bypasspolicylockoutsafetycheck': 'true' } },
    expected: explicit('resource-based policy'),
  },
  {
    name: 'no bypass, no deny',
    key: [
      to(ALICE),
      to('*', {
        Effect: 'Deny',
        Action: 'kms:PutKeyPolicy',
        ...when('Bool', 'kms:BypassPolicyLockoutSafetyCheck', true),
      }),
    ],
    action: 'kms:PutKeyPolicy',
    expected: 'key',
  },
  {
    name: 'grant operations within a list',
    key: [
      to(ALICE, when('ForAllValues:StringEquals', 'kms:GrantOperations', ['Decrypt', 'Encrypt'])),
    ],
    action: 'kms:CreateGrant',
    facts: { members: { 'kms:grantoperations': ['Decrypt'] } },
    expected: 'key',
  },
  {
    name: 'grant operations beyond the list',
    key: [to(ALICE, when('ForAllValues:StringEquals', 'kms:GrantOperations', ['Decrypt']))],
    action: 'kms:CreateGrant',
    facts: { members: { 'kms:grantoperations': ['Decrypt', 'Sign'] } },
    expected: noResource,
  },
];

/** Source: authorization.md §11; policy.md P3. */
const incompleteArns: readonly DecisionRow[] = [
  ...['arn:aws:kms', 'arn:aws:kms:us-east-1', `arn:aws:kms:us-east-1:${ACCOUNT}`].flatMap(
    (Resource): DecisionRow[] => [
      {
        name: `a Deny on ${Resource} denies`,
        resource: KEY,
        key: [delegated],
        identity: [may(), mayNot({ Resource })],
        expected: explicit('identity-based policy'),
      },
      {
        name: `an Allow on ${Resource} allows`,
        resource: KEY,
        key: [delegated],
        identity: [may({ Resource })],
        expected: 'iam',
      },
      {
        name: `an Allow on all but ${Resource} does not`,
        resource: KEY,
        key: [delegated],
        identity: [may({ Resource: undefined, NotResource: Resource })],
        expected: noIdentity,
      },
      {
        name: `a boundary of ${Resource} allows`,
        resource: KEY,
        key: [delegated],
        identity: [may()],
        boundary: [may({ Resource })],
        expected: 'iam',
      },
      {
        name: `a session policy of ${Resource} matches nothing`,
        as: 'role',
        resource: KEY,
        key: [delegated],
        identity: [may()],
        session: [may({ Resource })],
        expected: implicit('session policy'),
      },
      {
        name: `a session policy that denies ${Resource} denies`,
        as: 'role',
        resource: KEY,
        key: [delegated],
        identity: [may()],
        session: [may(), mayNot({ Resource })],
        expected: explicit('session policy'),
      },
      {
        name: `a key policy's ${Resource} matches nothing`,
        resource: KEY,
        key: [to(ALICE, { Resource })],
        expected: noResource,
      },
    ],
  ),
  {
    name: 'another Region is not meant',
    resource: KEY,
    key: [delegated],
    identity: [may(), mayNot({ Resource: 'arn:aws:kms:eu-west-1' })],
    expected: 'iam',
  },
];

const silent = [may({ Action: 'iam:GetUser' })];

/** What limits a grant: what limits a key policy that names the grantee. Source: recorded-kms.md. */
const grantLimits: readonly DecisionRow[] = [
  {
    name: 'a grant to a session',
    as: 'role',
    grants: ['session'],
    session: silent,
    expected: 'grant',
  },
  { name: 'bounded', as: 'role', grants: ['session'], boundary: silent, expected: 'grant' },
  {
    name: 'a grant to a role, within the session policy',
    as: 'role',
    grants: ['role'],
    session: [may()],
    expected: 'grant',
  },
  {
    name: 'a grant to a role, not in the session policy',
    as: 'role',
    grants: ['role'],
    session: silent,
    expected: implicit('session policy'),
  },
  {
    name: 'a grant to a role, not in the boundary',
    as: 'role',
    grants: ['role'],
    boundary: silent,
    expected: implicit('permissions boundary'),
  },
  {
    name: 'a grant to a role and one to the session',
    as: 'role',
    grants: ['role', 'session'],
    session: silent,
    expected: 'grant',
  },
  { name: 'a grant to the account alone', grants: ['account'], expected: noIdentity },
  {
    name: "a grant to the account with IAM's Allow",
    grants: ['account'],
    identity: [may()],
    expected: 'grant',
  },
  {
    name: "another account's session without IAM's Allow",
    as: 'otherRole',
    grants: ['session'],
    session: silent,
    expected: noIdentity,
  },
  {
    name: "another account's session not in its session policy",
    as: 'otherRole',
    grants: ['session'],
    identity: [may()],
    session: silent,
    expected: implicit('session policy'),
  },
  {
    name: "another account's role: the session policy is looked at first",
    as: 'otherRole',
    grants: ['role'],
    session: silent,
    expected: implicit('session policy'),
  },
  {
    name: "another account's session by its own account's grant",
    as: 'otherRole',
    grants: ['session'],
    issuer: OTHER_ACCOUNT,
    session: silent,
    expected: 'grant',
  },
  {
    name: "another account's role by its own account's grant",
    as: 'otherRole',
    grants: ['role'],
    issuer: OTHER_ACCOUNT,
    session: silent,
    expected: implicit('session policy'),
  },
];

const tagged = (...pairs: readonly (readonly [string, string])[]) => ({
  facts: {
    key: {
      keySpec: 'SYMMETRIC_DEFAULT',
      keyUsage: 'ENCRYPT_DECRYPT',
      origin: 'AWS_KMS',
      multiRegion: false,
      aliases: [],
      maxAliases: 50,
      tags: new Map(pairs),
    },
  },
});

/**
 * Condition keys ignore case, tags and encryption contexts don't: of several entries that meet one key an
 * Allow must hold for each, a Deny holds for any; their order says nothing. Source: authorization.md
 * §11; policy.md P2, red.md H1.
 */
const variants: readonly DecisionRow[] = [
  [
    ['Team', 'blue'],
    ['TEAM', 'red'],
  ] as const,
  [
    ['TEAM', 'red'],
    ['Team', 'blue'],
  ] as const,
].flatMap((pairs): DecisionRow[] => {
  const context = { facts: { encryptionContext: Object.fromEntries(pairs) } };
  const request = { facts: { tags: new Map(pairs) } };
  const rows: readonly [string, string, Partial<DecisionRow>][] = [
    ['resource tags', 'aws:ResourceTag/Team', tagged(...pairs)],
    ['request tags', 'aws:RequestTag/team', request],
    ['the encryption context', 'kms:EncryptionContext:TEAM', context],
  ];
  const order = pairs.map(([name]) => name).join(', ');
  return rows.flatMap(([what, key, facts]): DecisionRow[] => [
    ...['red', 'blue'].flatMap((value): DecisionRow[] => [
      {
        ...facts,
        on: 'identity',
        name: `${what} (${order}): an Allow for ${value} does not hold`,
        identity: [may(when('StringEquals', key, value))],
        expected: noIdentity,
      },
      {
        ...facts,
        on: 'identity',
        name: `${what} (${order}): a Deny for ${value} holds`,
        identity: [may(), mayNot(when('StringEquals', key, value))],
        expected: explicit('identity-based policy'),
      },
      {
        ...facts,
        on: 'identity',
        name: `${what} (${order}): a Deny for all but ${value} holds`,
        identity: [may(), mayNot(when('StringNotEquals', key, value))],
        expected: explicit('identity-based policy'),
      },
    ]),
    {
      ...facts,
      on: 'identity',
      name: `${what} (${order}): an Allow that takes both holds`,
      identity: [may(when('StringEquals', key, ['red', 'blue']))],
      expected: 'iam',
    },
    {
      ...facts,
      on: 'identity',
      name: `${what} (${order}): as a variable they never allow`,
      identity: [may(when('StringNotEquals', 'aws:username', `\${${key}}`))],
      expected: noIdentity,
    },
    {
      ...facts,
      on: 'identity',
      name: `${what} (${order}): as a variable of a Resource they never allow`,
      identity: [may({ Resource: `arn:aws:kms:*:*:*\${${key}}*` })],
      expected: noIdentity,
    },
    {
      ...facts,
      on: 'identity',
      name: `${what} (${order}): as a variable they always deny`,
      identity: [may(), mayNot({ Resource: `\${${key}}` })],
      expected: explicit('identity-based policy'),
    },
  ]);
});

/** What can't be told never allows and always denies. Source: recorded-iam.md §1. */
const unclear: readonly DecisionRow[] = [
  {
    name: 'a multi-valued key has no value as a variable, not even its default',
    on: 'identity',
    facts: { tagKeys: ['team'] },
    identity: [may(when('StringEquals', 'aws:username', "${aws:TagKeys, 'alice'}"))],
    expected: noIdentity,
  },
  {
    name: 'a negated operator holds for a multi-valued key as a variable',
    on: 'identity',
    facts: { tagKeys: ['team'] },
    identity: [may(when('StringNotEquals', 'aws:username', "${aws:TagKeys, 'alice'}"))],
    expected: 'iam',
  },
  {
    name: 'a pattern that is no ARN by a variable allows nothing',
    on: 'identity',
    identity: [may(when('ArnNotLike', 'aws:PrincipalArn', '${aws:username}'))],
    expected: noIdentity,
  },
  {
    name: 'a pattern that is no ARN by a variable denies',
    on: 'identity',
    identity: [may(), mayNot(when('ArnNotLike', 'aws:PrincipalArn', '${aws:username}'))],
    expected: explicit('identity-based policy'),
  },
  {
    name: 'a pattern that is an ARN by a variable is compared',
    on: 'identity',
    identity: [may(when('ArnLike', 'aws:PrincipalArn', '${aws:PrincipalArn}'))],
    expected: 'iam',
  },
  {
    name: 'an unclear condition denies beside one that does not hold',
    on: 'identity',
    identity: [
      may(),
      mayNot({
        Condition: {
          StringEquals: { 'aws:username': 'somebody' },
          ArnLike: { 'aws:PrincipalArn': 'no-arn' },
        },
      }),
    ],
    expected: explicit('identity-based policy'),
  },
  ...['aws:nosuchkey', 'kms:nosuchkey'].flatMap((key): DecisionRow[] => [
    {
      name: `${key}, which no request has, allows nothing, even where it is asked to be absent`,
      on: 'identity',
      identity: [may(when('Null', key, 'true'))],
      expected: noIdentity,
    },
    {
      name: `${key} as a variable denies whatever the resource`,
      on: 'identity',
      identity: [may(), mayNot({ Resource: `arn:aws:kms:*:*:\${${key}, 'x'}` })],
      expected: explicit('identity-based policy'),
    },
    {
      name: `${key}, which no request has, always denies`,
      on: 'identity',
      identity: [may(), mayNot(when('StringEquals', key, 'x'))],
      expected: explicit('identity-based policy'),
    },
  ]),
  {
    name: 'aws:PrincipalOrgID, which is truthfully absent, is as in AWS where it is',
    on: 'identity',
    identity: [may(), mayNot(when('StringEquals', 'aws:PrincipalOrgID', 'o-1'))],
    expected: 'iam',
  },
  {
    name: 'a key policy that is not understood denies a user',
    action: 'kms:PutKeyPolicy',
    key: [delegated, to('*', { Effect: 'Deny', ...when('StringIs', 'aws:username', 'x') })],
    identity: [may()],
    expected: explicit('resource-based policy'),
  },
  {
    name: 'a key policy that is not understood can be replaced by the root user',
    as: 'root',
    action: 'kms:PutKeyPolicy',
    key: [to('*', { Effect: 'Deny', ...when('StringIs', 'aws:username', 'x') })],
    expected: 'allowed',
  },
  {
    name: 'but not by a session of his that has been narrowed',
    as: 'root',
    action: 'kms:PutKeyPolicy',
    key: [to('*', { Effect: 'Deny', ...when('StringIs', 'aws:username', 'x') })],
    scopeDown: [[may()]],
    expected: explicit('resource-based policy'),
  },
  {
    name: 'and used by nobody',
    as: 'root',
    key: [delegated, to('*', { Effect: 'Deny', ...when('StringIs', 'aws:username', 'x') })],
    expected: explicit('resource-based policy'),
  },
  {
    name: "another account's root user can't replace it",
    as: 'otherRoot',
    action: 'kms:PutKeyPolicy',
    key: [to('*', { Effect: 'Deny', ...when('StringIs', 'aws:username', 'x') })],
    expected: explicit('resource-based policy'),
  },
];

export const MATTERS: Readonly<Record<string, readonly DecisionRow[]>> = {
  structure,
  'federated users': federatedUsers,
  'scope down policies': scopeDown,
  'cross-account': crossAccount,
  elements,
  variables,
  'without a key': keyless,
  services,
  'hidden from key policies': hidden,
  "AWS's examples": examples,
  'incomplete ARNs': incompleteArns,
  'names that differ by case': variants,
  'what is not clear': unclear,
  'what limits a grant': grantLimits,
};
