import type { Decision } from '../authz/decision.js';

const MAX_STATEMENTS = 8;
const MAX_SID = 256;

/** What a record says of a decision: what it was, and the statement or grant that decided. */
export function decisionEntry(decision: Decision): object {
  const statements = decision.statements.slice(0, MAX_STATEMENTS).map(({ source, index, sid }) => ({
    policyType: source.kind,
    policy: source.id,
    statement: index,
    ...(sid !== undefined && { sid: sid.slice(0, MAX_SID) }),
  }));
  const shown = statements.length > 0 && { statements };
  if (!decision.allowed) {
    const { explicit, policyType } = decision;
    return { decision: explicit ? 'explicitDeny' : 'implicitDeny', policyType, ...shown };
  }
  const { grantId, root } = decision;
  return {
    decision: 'allowed',
    ...shown,
    ...(grantId !== undefined && { grantId }),
    ...(root && { root }),
  };
}
