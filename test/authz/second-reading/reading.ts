/** The whole decision, as the guides tell it. Source: authorization.md §2; docs of grants: recorded-kms.md. */
import { type Asked, CALLERS, type Caller, OWNER } from './asked.js';
import { type Kind, speaking } from './statements.js';

export type Answer = 'allowed' | 'denied explicitly' | 'not allowed';

/** Decides on the sample key, or without a resource policy where the question says so. */
export function read(asked: Asked): Answer {
  const caller = CALLERS[asked.as ?? 'alice'];
  if (!caller) throw new Error(`nobody is called ${asked.as}`);
  const kinds: readonly Kind[] = ['key', 'identity', 'boundary', 'session'];
  const denying = asked.on === 'identity' ? kinds.slice(1) : kinds;
  if (denying.some((kind) => speaking(kind, 'Deny', asked, caller).length > 0)) {
    return 'denied explicitly';
  }
  const narrowed = (asked.scopeDown ?? []).map((session) => ({ ...asked, session }));
  if (narrowed.some((each) => speaking('session', 'Deny', each, caller).length > 0)) {
    return 'denied explicitly';
  }
  if (narrowed.some((each) => speaking('session', 'Allow', each, caller).length === 0)) {
    return 'not allowed';
  }
  return isAllowed(asked, caller) ? 'allowed' : 'not allowed';
}

function isAllowed(asked: Asked, caller: Caller): boolean {
  if (asked.on === 'identity') return ownAccountAllows(asked, caller);
  const foreign = caller.account !== OWNER;
  if (foreign && asked.crossAccount === false) return false;
  const names = speaking('key', 'Allow', asked, caller).flat();
  if (foreign && names.length > 0 && ownAccountAllows(asked, caller)) return true;
  if (!foreign && names.some((name) => suffices(name, asked, caller))) return true;
  const grants = asked.grants ?? [];
  const needsOwn = foreign && asked.issuer !== caller.account;
  return grants.some(
    (name) => suffices(name, asked, caller) && (!needsOwn || ownAccountAllows(asked, caller)),
  );
}

/** What else must allow when the key's policy, or a grant, names the caller so. */
function suffices(name: string, asked: Asked, caller: Caller): boolean {
  if (name === 'account') return ownAccountAllows(asked, caller);
  return name !== 'role' || letThrough(asked, caller);
}

function ownAccountAllows(asked: Asked, caller: Caller): boolean {
  const identity =
    caller.kind === 'Account' || speaking('identity', 'Allow', asked, caller).length > 0;
  return identity && letThrough(asked, caller);
}

function letThrough(asked: Asked, caller: Caller): boolean {
  return (['boundary', 'session'] as const).every(
    (kind) => !asked[kind] || speaking(kind, 'Allow', asked, caller).length > 0,
  );
}
