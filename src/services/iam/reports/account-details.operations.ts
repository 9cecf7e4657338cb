/** GetAccountAuthorizationDetails. Source: IAM API Reference; recorded-iam-cloudtrail-tagging.md §3. */
import { Type } from 'typebox';
import { InvalidMarker, pageAfter } from '../../../declare/pages.js';
import { OneOf } from '../../../declare/shape-kinds.js';
import type { Scope } from '../../../kernel/scope.js';
import type { Group, ManagedPolicy, Role, User } from '../directory/entities.js';
import { pageInput } from '../directory/shapes.js';
import {
  AttachedPolicy,
  Group as GroupShape,
  InstanceProfile,
  Page,
  Policy,
  PolicyVersion,
  RoleLastUsed,
  Role as RoleShape,
  User as UserShape,
} from '../directory/view-shapes.js';
import {
  attachedView,
  encodedDocument,
  groupView,
  roleView,
  userView,
} from '../directory/views.js';
import { actsOnAccount } from '../entities/access.js';
import { lastUseView } from '../entities/last-use.js';
import { shownTrust } from '../entities/shown-trust.js';
import { iamError } from '../errors.js';
import { shownProfile } from '../instance-profiles/profile-roles.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import { policyCounts, shownManagedPolicy } from '../policies/shown-policy.js';
import type { Uses } from '../ports.js';
import { DETAIL_TYPES, type DetailItem, detailsAfter, positionOf } from './account-details.js';

const DEFAULT_ITEMS = 100;

type Ports = Uses<'directory' | 'principals' | 'serviceUses'>;

const PolicyDetails = Type.Array(
  Type.Object({ PolicyName: Type.String(), PolicyDocument: Type.String() }),
);
const AttachedManagedPolicies = Type.Array(AttachedPolicy);
const { MaxSessionDuration: _, Description: __, ...ofRole } = RoleShape.properties;
const { Tags: ___, ...ofPolicy } = Policy.properties;

const inlineView = ({ inlinePolicies }: User | Group | Role) =>
  Object.entries(inlinePolicies).map(([PolicyName, text]) => ({
    PolicyName,
    PolicyDocument: encodedDocument(text),
  }));

async function userDetail({ partition }: Scope, user: User, { directory }: Ports) {
  const groups = await Promise.all(user.groups.map((id) => directory.findById(id)));
  const inline = inlineView(user);
  return {
    ...userView(partition, user),
    // Alone of the four AWS leaves this one out where it is empty.
    ...(inline.length > 0 && { UserPolicyList: inline }),
    GroupList: groups.flatMap((group) => group?.name ?? []),
    AttachedManagedPolicies: attachedView(user),
  };
}

function groupDetail({ partition }: Scope, group: Group) {
  return {
    ...groupView(partition, group),
    GroupPolicyList: inlineView(group),
    AttachedManagedPolicies: attachedView(group),
  };
}

/** Profiles and last uses of the whole account are read once, not for each role. */
async function roleDetails(scope: Scope, roles: readonly Role[], ports: Ports) {
  if (roles.length === 0) return [];
  const { accountId } = scope;
  const profiles = await ports.directory.list('instance-profile', accountId);
  const uses = await ports.serviceUses.ofAccount(accountId);
  const detail = async (role: Role) => {
    const shown = roleView(scope.partition, role, await shownTrust(role, ports));
    const { MaxSessionDuration: _seconds, Description: _text, ...view } = shown;
    const held = profiles.filter((profile) => profile.role === role.uniqueId);
    return {
      ...view,
      InstanceProfileList: await Promise.all(
        held.map((profile) => shownProfile(scope, profile, ports, false)),
      ),
      RolePolicyList: inlineView(role),
      AttachedManagedPolicies: attachedView(role),
      RoleLastUsed: lastUseView(uses.filter(({ uniqueId }) => uniqueId === role.uniqueId)),
    };
  };
  return Promise.all(roles.map(detail));
}

async function policyDetails(
  { partition, accountId }: Scope,
  policies: readonly ManagedPolicy[],
  { directory }: Ports,
) {
  if (policies.length === 0) return [];
  const counts = await policyCounts(directory, accountId);
  return policies.map((policy) => {
    const { Tags: _tags, ...view } = shownManagedPolicy(partition, policy, counts);
    const versions = policy.versions.toReversed().map(({ versionId, text, createdAt }) => ({
      Document: encodedDocument(text),
      VersionId: versionId,
      IsDefaultVersion: versionId === policy.defaultVersionId,
      CreateDate: new Date(createdAt),
    }));
    return { ...view, PolicyVersionList: versions };
  });
}

const getAccountAuthorizationDetails = defineIamOperation({
  service: 'iam',
  name: 'GetAccountAuthorizationDetails',
  summary: 'Lists users, groups, roles and policies with all that hangs on them.',
  input: Type.Object({
    Filter: Type.Optional(Type.Array(OneOf(DETAIL_TYPES), { maxItems: 100 })),
    ...pageInput,
  }),
  output: Page({
    Policies: Type.Array(
      Type.Object({ ...ofPolicy, PolicyVersionList: Type.Array(PolicyVersion) }),
    ),
    UserDetailList: Type.Array(
      Type.Object({
        ...UserShape.properties,
        UserPolicyList: Type.Optional(PolicyDetails),
        GroupList: Type.Array(Type.String()),
        AttachedManagedPolicies,
      }),
    ),
    RoleDetailList: Type.Array(
      Type.Object({
        ...ofRole,
        InstanceProfileList: Type.Array(InstanceProfile),
        RolePolicyList: PolicyDetails,
        AttachedManagedPolicies,
        RoleLastUsed,
      }),
    ),
    GroupDetailList: Type.Array(
      Type.Object({
        ...GroupShape.properties,
        GroupPolicyList: PolicyDetails,
        AttachedManagedPolicies,
      }),
    ),
  }),
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: ['Filter'], response: null },
  async run({ input, scope }, ports: Ports) {
    const { Filter: filter = [], MaxItems: limit = DEFAULT_ITEMS } = input;
    const types = DETAIL_TYPES.filter((type) => filter.length === 0 || filter.includes(type));
    const list = detailsAfter(ports.directory, scope.accountId, types);
    const { items, next } = await matching(() =>
      pageAfter(input.Marker, limit, list, positionOf, `${types.join()}/`),
    );
    const of = <Kind extends DetailItem['entity']['kind']>(wanted: Kind) =>
      items.flatMap(({ entity }) =>
        entity.kind === wanted ? [entity as Extract<DetailItem['entity'], { kind: Kind }>] : [],
      );
    return {
      Policies: await policyDetails(scope, of('policy'), ports),
      UserDetailList: await Promise.all(of('user').map((each) => userDetail(scope, each, ports))),
      RoleDetailList: await roleDetails(scope, of('role'), ports),
      GroupDetailList: of('group').map((each) => groupDetail(scope, each)),
      IsTruncated: next !== undefined,
      ...(next !== undefined && { Marker: next }),
    };
  },
});

/** @throws ServiceError ValidationError for another list's marker */
async function matching<T>(paged: () => Promise<T>): Promise<T> {
  try {
    return await paged();
  } catch (error) {
    if (!(error instanceof InvalidMarker)) throw error;
    throw iamError('ValidationError', 'Marker and Filter do not match');
  }
}

export const accountDetailsOperations: readonly IamOperation[] = [getAccountAuthorizationDetails];
