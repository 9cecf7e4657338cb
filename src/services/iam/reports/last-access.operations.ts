/**
 * Which services entities have used, and by which policies they may. Source: IAM API Reference;
 * recorded-iam-cloudtrail-tagging.md §3, "Last access".
 */
import { Type } from 'typebox';
import { OneOf, Timestamp } from '../../../declare/shape-kinds.js';
import { entityArn } from '../directory/arns.js';
import { pageOf } from '../directory/paging.js';
import { Arn, pageInput } from '../directory/shapes.js';
import { Page } from '../directory/view-shapes.js';
import { actsOnAccount, actsOnArn } from '../entities/access.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamCall, type IamOperation } from '../operation.js';
import { heldPolicies, holderNamed } from '../policies/held-policies.js';
import type { Uses } from '../ports.js';
import { accessSubjects, noSuchEntity } from './access-subjects.js';
import { grantedServices, grants, namespaces, serviceName, signedAs } from './granted-services.js';
import type { AccessJob } from './report-repository.js';

const text = Type.String();
const JobId = Type.String({ minLength: 36, maxLength: 36 });
const Namespace = Type.String({ minLength: 1, maxLength: 64, pattern: '^[\\w-]*$' });
const OWNER_TYPES = ['USER', 'ROLE', 'GROUP'] as const;
const ownerType = (kind: 'user' | 'role' | 'group') =>
  (({ user: 'USER', role: 'ROLE', group: 'GROUP' }) as const)[kind];

/** Single actions are not noted: only services are reported on. */
const Granularity = OneOf(['SERVICE_LEVEL']);

function makeJobId(randomBytes: (size: number) => Buffer): string {
  const hex = randomBytes(16).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const generate = defineIamOperation({
  service: 'iam',
  name: 'GenerateServiceLastAccessedDetails',
  summary: 'Asks which services a user, group, role or policy has been used for.',
  input: Type.Object({ Arn, Granularity: Type.Optional(Granularity) }),
  output: Type.Object({ JobId }),
  access: actsOnArn('Arn'),
  readOnly: true,
  audit: { request: ['Arn', 'Granularity'], response: ['JobId'] },
  async run(
    { input, caller, scope },
    {
      directory,
      reports,
      wallClock,
      randomBytes,
    }: Uses<'directory' | 'reports' | 'wallClock' | 'randomBytes'>,
  ) {
    await accessSubjects(directory, scope, input.Arn);
    const jobId = makeJobId(randomBytes);
    const { accountId } = scope;
    const { principalArn: owner } = caller;
    await reports.addAccessJob({ jobId, accountId, owner, arn: input.Arn, createdAt: wallClock() });
    return { JobId: jobId };
  },
});

/** The caller's own job: another's is as if there were none. @throws ServiceError NoSuchEntity */
async function requireJob(
  { input: { JobId: jobId }, caller, scope }: IamCall<{ readonly JobId: string }>,
  { reports }: Uses<'reports'>,
): Promise<AccessJob> {
  const job = await reports.accessJob(scope.accountId, jobId);
  if (job?.owner === caller.principalArn) return job;
  throw iamError('NoSuchEntity', `The job with id ${jobId} cannot be found.`);
}

const done = ({ createdAt }: AccessJob) => ({
  JobStatus: 'COMPLETED' as const,
  JobCreationDate: new Date(createdAt),
  JobCompletionDate: new Date(createdAt),
});

const doneShape = {
  JobStatus: OneOf(['IN_PROGRESS', 'COMPLETED', 'FAILED']),
  JobCreationDate: Timestamp,
  JobCompletionDate: Timestamp,
};

const getDetails = defineIamOperation({
  service: 'iam',
  name: 'GetServiceLastAccessedDetails',
  summary: 'Says which services an entity may use, and when it last did.',
  input: Type.Object({ JobId, ...pageInput }),
  output: Page({
    ...doneShape,
    JobType: Granularity,
    ServicesLastAccessed: Type.Array(
      Type.Object({
        ServiceName: text,
        ServiceNamespace: text,
        LastAuthenticated: Type.Optional(Timestamp),
        LastAuthenticatedEntity: Type.Optional(text),
        LastAuthenticatedRegion: Type.Optional(text),
        TotalAuthenticatedEntities: Type.Integer(),
      }),
    ),
  }),
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: ['JobId'], response: null },
  async run(
    call,
    {
      directory,
      reports,
      serviceUses,
      actionNames,
    }: Uses<'directory' | 'reports' | 'serviceUses' | 'actionNames'>,
  ) {
    const { input, scope } = call;
    const job = await requireJob(call, { reports });
    const { policies, users } = await accessSubjects(directory, scope, job.arn);
    const known = new Map(users.map((user) => [user.uniqueId, user]));
    const uses = await serviceUses.ofAccount(scope.accountId);
    const theirs = uses.filter(({ uniqueId }) => known.has(uniqueId));
    const services = grantedServices(policies, actionNames).map((namespace) => {
      const ofService = theirs.filter(({ service }) => service === signedAs(namespace));
      const last = ofService.toSorted((a, b) => b.at - a.at)[0];
      const entity = last && known.get(last.uniqueId);
      return {
        ServiceName: serviceName(namespace),
        ServiceNamespace: namespace,
        ...(last &&
          entity && {
            LastAuthenticated: new Date(last.at),
            LastAuthenticatedEntity: entityArn(scope.partition, entity),
            LastAuthenticatedRegion: last.region,
          }),
        TotalAuthenticatedEntities: ofService.length,
      };
    });
    const { items, ...rest } = await pageOf(input, services, (each) => each.ServiceNamespace);
    return {
      ...done(job),
      JobType: 'SERVICE_LEVEL' as const,
      ServicesLastAccessed: items,
      ...rest,
    };
  },
});

const getDetailsWithEntities = defineIamOperation({
  service: 'iam',
  name: 'GetServiceLastAccessedDetailsWithEntities',
  summary: 'Says who of those with a policy has used a service, and when.',
  input: Type.Object({ JobId, ServiceNamespace: Namespace, ...pageInput }),
  output: Page({
    ...doneShape,
    EntityDetailsList: Type.Array(
      Type.Object({
        EntityInfo: Type.Object({
          Arn: text,
          Name: text,
          Type: OneOf(OWNER_TYPES),
          Id: text,
          Path: text,
        }),
        LastAuthenticated: Type.Optional(Timestamp),
      }),
    ),
  }),
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: ['JobId', 'ServiceNamespace'], response: null },
  async run(
    call,
    {
      directory,
      reports,
      serviceUses,
      actionNames,
    }: Uses<'directory' | 'reports' | 'serviceUses' | 'actionNames'>,
  ) {
    const { input, scope } = call;
    requireNamespaces([input.ServiceNamespace], actionNames);
    const job = await requireJob(call, { reports });
    const { users } = await accessSubjects(directory, scope, job.arn);
    const uses = await serviceUses.ofAccount(scope.accountId);
    const lastOf = new Map(
      uses
        .filter(({ service }) => service === signedAs(input.ServiceNamespace))
        .map(({ uniqueId, at }) => [uniqueId, at]),
    );
    const { items, ...rest } = await pageOf(input, users, ({ uniqueId }) => uniqueId);
    const details = items.map((user) => {
      const at = lastOf.get(user.uniqueId);
      return {
        EntityInfo: {
          Arn: entityArn(scope.partition, user),
          Name: user.name,
          Type: ownerType(user.kind),
          Id: user.uniqueId,
          Path: user.path,
        },
        ...(at !== undefined && { LastAuthenticated: new Date(at) }),
      };
    });
    return { ...done(job), EntityDetailsList: details, ...rest };
  },
});

/** @throws ServiceError InvalidInput for what no service here is called */
function requireNamespaces(given: readonly string[], actionNames: readonly string[]): void {
  const known = namespaces(actionNames);
  const unknown = given.filter((each) => !known.includes(each));
  if (unknown.length === 0) return;
  throw iamError('InvalidInput', `Invalid service namespace: [${unknown.join(', ')}]`);
}

const listPolicies = defineIamOperation({
  service: 'iam',
  name: 'ListPoliciesGrantingServiceAccess',
  summary: 'Lists the policies by which a user, group or role may use services.',
  input: Type.Object({
    Arn,
    ServiceNamespaces: Type.Array(Namespace, { minItems: 1, maxItems: 200 }),
    Marker: pageInput.Marker,
  }),
  output: Page({
    PoliciesGrantingServiceAccess: Type.Array(
      Type.Object({
        ServiceNamespace: text,
        Policies: Type.Array(
          Type.Object({
            PolicyName: text,
            PolicyType: OneOf(['INLINE', 'MANAGED']),
            PolicyArn: Type.Optional(text),
            EntityType: Type.Optional(OneOf(OWNER_TYPES)),
            EntityName: Type.Optional(text),
          }),
        ),
      }),
    ),
  }),
  access: actsOnArn('Arn'),
  readOnly: true,
  audit: { request: ['Arn', 'ServiceNamespaces'], response: null },
  async run({ input, scope }, { directory, actionNames }: Uses<'directory' | 'actionNames'>) {
    const { Arn: arn, ServiceNamespaces: given } = input;
    requireNamespaces(given, actionNames);
    const holder = await holderNamed(directory, scope, arn);
    if (!holder) throw noSuchEntity(arn);
    const held = await heldPolicies(directory, scope, holder);
    const entries = [...new Set(given)].map((namespace) => ({
      ServiceNamespace: namespace,
      Policies: held
        .filter((policy) => grants(policy.text, namespace, actionNames))
        .map((policy) => ({
          PolicyName: policy.name,
          ...('holder' in policy
            ? {
                PolicyType: 'INLINE' as const,
                EntityType: ownerType(policy.holder.kind),
                EntityName: policy.holder.name,
              }
            : { PolicyType: 'MANAGED' as const, PolicyArn: policy.arn }),
        })),
    }));
    const { items, ...rest } = await pageOf(input, entries, (each) => each.ServiceNamespace);
    return { PoliciesGrantingServiceAccess: items, ...rest };
  },
});

export const lastAccessOperations: readonly IamOperation[] = [
  generate,
  getDetails,
  getDetailsWithEntities,
  listPolicies,
];
