/** Which services policies give access to. */
import { compilePolicy } from '../../../authz/policy.js';
import type { HeldPolicy } from '../policies/held-policies.js';

interface ReportedService {
  /** As reports call it. */
  readonly name: string;
  /** In the scope of signatures; where it isn't the prefix of its actions. */
  readonly signedAs?: string;
}

/** The services that there are, by the prefix of their actions. */
export const SERVICES: Readonly<Record<string, ReportedService>> = {
  cloudtrail: { name: 'AWS CloudTrail' },
  iam: { name: 'AWS Identity and Access Management' },
  kms: { name: 'AWS Key Management Service' },
  sts: { name: 'AWS Security Token Service' },
  tag: { name: 'Amazon Resource Group Tagging API', signedAs: 'tagging' },
};

export const serviceName = (namespace: string) => SERVICES[namespace]?.name ?? namespace;
export const signedAs = (namespace: string) => SERVICES[namespace]?.signedAs ?? namespace;

const serviceOf = (action: string) => action.slice(0, action.indexOf(':'));

/** The namespaces of the services that have actions, in order. */
export function namespaces(actionNames: readonly string[]): string[] {
  return [...new Set(actionNames.map(serviceOf))].toSorted();
}

const compiled = (text: string) => compilePolicy(text, { kind: 'identity', id: '' });

/** Whether a policy allows any of the service's actions, on whatever and under whatever condition. */
export function grants(text: string, namespace: string, actionNames: readonly string[]): boolean {
  const policy = compiled(text);
  return actionNames.some(
    (action) => serviceOf(action) === namespace && policy.on(action).allow.length > 0,
  );
}

/**
 * The services of which policies together allow an action. What one of them denies without a condition
 * and on everything counts for nothing.
 */
export function grantedServices(
  policies: readonly Pick<HeldPolicy, 'text'>[],
  actionNames: readonly string[],
): string[] {
  const all = policies.map(({ text }) => ({ policy: compiled(text), denies: deniesWholly(text) }));
  const allowed = actionNames.filter(
    (action) =>
      all.some(({ policy }) => policy.on(action).allow.length > 0) &&
      !all.some(({ denies }) => denies.on(action).deny.length > 0),
  );
  return namespaces(allowed);
}

/** The document with only the statements that deny on everything and always. */
function deniesWholly(text: string) {
  const document = JSON.parse(text);
  const statements = [document.Statement].flat();
  const whole = statements.filter(
    ({ Effect: effect, Resource: resource, Condition: condition }) =>
      effect === 'Deny' && [resource].flat().includes('*') && condition === undefined,
  );
  return compilePolicy({ ...document, Statement: whole }, { kind: 'identity', id: '' });
}
