/** Whom a Principal element names. Source: authorization.md §2 and §3. */
import { type Caller, type Json, listOf } from './asked.js';

/** How it names the caller, in the words of AWS's table of what limits which. */
export function namings(principal: unknown, caller: Caller): readonly string[] {
  if (principal === '*') return ['everyone'];
  const { AWS, Service } = (principal ?? {}) as Json;
  const found = listOf(AWS).flatMap((value) => naming(String(value), caller));
  return caller.kind === 'AWSService' && listOf(Service).includes(caller.arn)
    ? [...found, 'service']
    : found;
}

function naming(value: string, caller: Caller): readonly string[] {
  if (value === '*') return ['everyone'];
  if (caller.kind === 'AWSService') return [];
  if (value === caller.account || value === `arn:aws:iam::${caller.account}:root`) {
    return ['account'];
  }
  if (value === caller.role || value === caller.federator) return ['role'];
  if (value !== caller.arn) return [];
  return [caller.kind === 'User' ? 'user' : 'session'];
}

/** NotPrincipal leaves out whom it names together with everything that the caller is part of. */
export function excepts(notPrincipal: unknown, caller: Caller): boolean {
  const named = new Set(namings(notPrincipal, caller));
  const parts: Readonly<Record<Caller['kind'], readonly string[]>> = {
    Account: ['account'],
    User: ['account', 'user'],
    AssumedRole: ['account', 'role', 'session'],
    FederatedUser: ['account', 'role', 'session'],
    AWSService: ['service'],
  };
  return named.has('everyone') || parts[caller.kind].every((part) => named.has(part));
}
