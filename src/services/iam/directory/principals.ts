/** From an access key's owner to the caller that policies speak of, with its policies compiled. */

import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Policy, Principal } from '../../../authz/model.js';
import { compilePolicy } from '../../../authz/policy.js';
import type { PolicyKind } from '../../../authz/policy-source.js';
import type { Lease } from '../../../db/memory-lease.js';
import { rootUserArn } from '../../../kernel/arns.js';
import type { SessionClaims } from '../credentials/session-token.js';
import { entityArn, parseIamArn, parseSessionArn, sessionArn } from './arns.js';
import type { DirectoryReader } from './directory.js';
import type { Group, Role, User } from './entities.js';
import { awsManagedPolicy } from './managed-policies.js';
import { ReadyPrincipals } from './ready-principals.js';
import { sessionPrincipal, tagMap } from './session-principal.js';

const MAX_POLICIES = 20_000;

/** Stands for a boundary or session policy that is gone: it allows nothing. */
const NOTHING = { Statement: [] };
/**
 * Stands for a group or an attached policy that is named and gone. IAM deletes none that is in use, so
 * somebody else did: what it denied is still denied, as far as that can be known.
 */
const EVERYTHING_DENIED = { Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] };

export interface PrincipalsOptions {
  readonly directory: DirectoryReader;
  readonly partition: string;
  readonly accounts: ReadonlySet<string>;
  /** Service principals have this account. */
  readonly ownAccountId: string;
  readonly lease: Lease;
}

export class Principals {
  readonly #options: PrincipalsOptions;
  readonly #ready: ReadyPrincipals;
  /** By text: what is compiled of it never changes. */
  readonly #compiled = new LRUCache<string, Policy>({ max: MAX_POLICIES });

  constructor(options: PrincipalsOptions) {
    this.#options = options;
    this.#ready = new ReadyPrincipals(options.lease);
  }

  /** Something in IAM has changed: whom it concerns is read anew. @param ref see change-refs.ts */
  forget(ref: string): void {
    this.#ready.forget(ref);
  }

  /** The root user of an account; undefined: the account isn't this server's. */
  root(accountId: string): Principal | undefined {
    if (!this.#options.accounts.has(accountId)) return undefined;
    const arn = rootUserArn(this.#options.partition, accountId);
    return {
      type: 'Account',
      accountId,
      arn,
      principalArn: arn,
      uniqueId: accountId,
      userId: accountId,
      tags: new Map(),
      policies: { identity: [] },
    };
  }

  service(name: string): Principal {
    return {
      type: 'AWSService',
      accountId: this.#options.ownAccountId,
      arn: name,
      principalArn: name,
      uniqueId: name,
      userId: name,
      serviceName: name,
      tags: new Map(),
      policies: { identity: [] },
    };
  }

  /**
   * The user or role with this unique id; of a role the role itself, which only sessions act for.
   * A warm one is answered without a promise. Undefined: there is none such.
   */
  find(uniqueId: string): Principal | undefined | Promise<Principal | undefined> {
    return this.#ready.get(uniqueId, () => this.#read(uniqueId));
  }

  /** Whoever has the policies of this user or role, or of a group, which itself calls nothing. */
  async holding(holder: User | Group | Role): Promise<Principal | undefined> {
    if (holder.kind !== 'group') return this.find(holder.uniqueId);
    const arn = entityArn(this.#options.partition, holder);
    return {
      type: 'User',
      accountId: holder.accountId,
      ...{ arn, principalArn: arn, uniqueId: holder.uniqueId, userId: holder.uniqueId },
      tags: new Map(),
      policies: { identity: await this.#policiesOf(holder) },
    };
  }

  /** Whoever acts with temporary credentials. Undefined: the role or user is gone. */
  ofSession(
    accessKeyId: string,
    claims: SessionClaims,
  ): Principal | undefined | Promise<Principal | undefined> {
    return this.#ready.get(accessKeyId, () => this.#readSession(claims));
  }

  /** The unique id of a user or role by its ARN, or of the role behind a session's ARN. */
  async idOf(arn: string): Promise<string | undefined> {
    const { directory, partition } = this.#options;
    const session = parseSessionArn(arn);
    if (session) {
      if (session.partition !== partition) return undefined;
      return (await directory.find('role', session.accountId, session.roleName))?.uniqueId;
    }
    const parsed = parseIamArn(arn);
    if (!parsed || parsed.partition !== partition) return undefined;
    if (parsed.kind !== 'user' && parsed.kind !== 'role') return undefined;
    const found = await directory.find(parsed.kind, parsed.accountId, parsed.name);
    // Names are found in any case, ARNs are exact.
    return found && entityArn(partition, found) === arn ? found.uniqueId : undefined;
  }

  /** The ARN that a user or role has now, or, of `AROA…:name`, a role's session. */
  async arnOf(id: string): Promise<string | undefined> {
    const { directory, partition } = this.#options;
    const [uniqueId = '', sessionName, ...more] = id.split(':');
    const found = await directory.findById(uniqueId);
    if (sessionName === undefined) {
      const named = found?.kind === 'user' || found?.kind === 'role';
      return named ? entityArn(partition, found) : undefined;
    }
    if (found?.kind !== 'role' || more.length > 0) return undefined;
    const arn = sessionArn(partition, found, sessionName);
    return parseSessionArn(arn) && arn;
  }

  hasAccount(accountId: string): boolean {
    return this.#options.accounts.has(accountId);
  }

  /**
   * The document of a managed policy, the default version's. Undefined: the account may use no such
   * policy; there is none, or it is another account's.
   */
  async managedPolicyText(arn: string, accountId: string): Promise<string | undefined> {
    const ours = awsManagedPolicy(arn);
    if (ours) return ours.text;
    const parsed = parseIamArn(arn);
    if (parsed?.kind !== 'policy' || parsed.accountId !== accountId) return undefined;
    const found = await this.#options.directory.find('policy', parsed.accountId, parsed.name);
    if (!found || entityArn(this.#options.partition, found) !== arn) return undefined;
    return found.versions.find(({ versionId }) => versionId === found.defaultVersionId)?.text;
  }

  async #read(uniqueId: string): Promise<Principal | undefined> {
    const found = await this.#options.directory.findById(uniqueId);
    if (found?.kind === 'user') return this.#ofUser(found);
    return found?.kind === 'role' ? this.#ofRole(found) : undefined;
  }

  async #ofUser(user: User): Promise<Principal> {
    const arn = entityArn(this.#options.partition, user);
    const holders = [this.#policiesOf(user), ...user.groups.map((id) => this.#policiesOfGroup(id))];
    const identity = await Promise.all(holders);
    return {
      type: 'User',
      accountId: user.accountId,
      arn,
      principalArn: arn,
      uniqueId: user.uniqueId,
      userId: user.uniqueId,
      userName: user.name,
      tags: tagMap(user.tags),
      policies: { identity: identity.flat(), ...(await this.#boundaryOf(user)) },
    };
  }

  async #ofRole(role: Role): Promise<Principal> {
    const arn = entityArn(this.#options.partition, role);
    return {
      type: 'AssumedRole',
      accountId: role.accountId,
      arn,
      principalArn: arn,
      uniqueId: role.uniqueId,
      userId: role.uniqueId,
      tags: tagMap(role.tags),
      policies: { identity: await this.#policiesOf(role), ...(await this.#boundaryOf(role)) },
    };
  }

  async #readSession(claims: SessionClaims): Promise<Principal | undefined> {
    const { principal: kind, accountId, uniqueId = '' } = claims;
    const base = kind === 'root' ? this.root(accountId) : await this.#read(uniqueId);
    if (!base || base.accountId !== accountId) return undefined;
    const session = await this.#sessionPolicies(claims, base);
    return sessionPrincipal(claims, base, session, this.#options.partition);
  }

  async #sessionPolicies(claims: SessionClaims, base: Principal): Promise<Policy[] | undefined> {
    const { sessionPolicies: texts, sessionPolicyArns: arns } = claims;
    if (!texts && !arns) return undefined;
    const source = { kind: 'session', id: base.arn } as const;
    const inline = (texts ?? []).map((text) => compilePolicy(text, source));
    const managed = (arns ?? []).map((arn) => this.#managed(arn, 'session', base.accountId));
    return [...inline, ...(await Promise.all(managed))];
  }

  async #policiesOf(holder: User | Group | Role): Promise<Policy[]> {
    const arn = entityArn(this.#options.partition, holder);
    const inline = Object.entries(holder.inlinePolicies).map(([name, text]) =>
      this.#compile(text, 'identity', `${arn}/${name}`),
    );
    const attached = holder.attachedPolicies.map((policy) =>
      this.#managed(policy, 'identity', holder.accountId),
    );
    return [...inline, ...(await Promise.all(attached))];
  }

  async #policiesOfGroup(uniqueId: string): Promise<Policy[]> {
    const group = await this.#options.directory.findById(uniqueId);
    if (group?.kind === 'group') return this.#policiesOf(group);
    return [compilePolicy(EVERYTHING_DENIED, { kind: 'identity', id: uniqueId })];
  }

  async #boundaryOf({ permissionsBoundary: arn, accountId }: User | Role) {
    return arn === undefined ? {} : { boundary: await this.#managed(arn, 'boundary', accountId) };
  }

  async #managed(arn: string, kind: PolicyKind, accountId: string): Promise<Policy> {
    const text = await this.managedPolicyText(arn, accountId);
    if (text !== undefined) return this.#compile(text, kind, arn);
    return compilePolicy(kind === 'identity' ? EVERYTHING_DENIED : NOTHING, { kind, id: arn });
  }

  /** A text is compiled once, for however many principals. */
  #compile(text: string, kind: PolicyKind, id: string): Policy {
    const ref = `${kind} ${id} ${hash('sha256', text)}`;
    const known = this.#compiled.get(ref);
    if (known) return known;
    const policy = compilePolicy(text, { kind, id });
    this.#compiled.set(ref, policy);
    return policy;
  }
}
