/** As whom calls by the operator's socket act. */
import type { Principal } from '../authz/model.js';
import type { Config } from '../config/config.js';
import { accountNamed, rootUserArn } from '../kernel/arns.js';
import type { WallClock } from '../kernel/time.js';
import type { Operator } from '../pipeline/transport.js';
import type { Principals } from '../services/iam/directory/principals.js';
import { sessionPrincipal } from '../services/iam/directory/session-principal.js';

/** Of the role's session that acts for a role, in whose ARN it stands. */
const SESSION_NAME = 'operator';
const HOUR_MS = 3_600_000;

interface OperatorPorts {
  readonly config: Pick<Config, 'operator' | 'accountId' | 'partition'>;
  readonly principals: Pick<Principals, 'root' | 'idOf' | 'find'>;
  readonly wallClock: WallClock;
}

/** The ARN of whom `operator.principal` names; the root user of the server's own account else. */
export function operatorArn({ operator, partition, accountId }: OperatorPorts['config']): string {
  return operator.principal ?? rootUserArn(partition, accountId);
}

/**
 * Looked up at each call, so that what changes in IAM holds for the next one. For a role a session of it
 * acts, as for everybody who uses a role.
 */
export function operatorOf({ config, principals, wallClock }: OperatorPorts): Operator {
  const arn = operatorArn(config);
  return {
    principal: async () => {
      const account = accountNamed(arn);
      if (account !== undefined) return principals.root(account);
      const id = await principals.idOf(arn);
      const found = id === undefined ? undefined : await principals.find(id);
      return found?.type === 'AssumedRole'
        ? roleSession(found, config.partition, wallClock())
        : found;
    },
  };
}

function roleSession(role: Principal, partition: string, now: number): Principal {
  const { accountId, uniqueId } = role;
  const times = { issuedAt: now, expiresAt: now + HOUR_MS };
  const claims = { principal: 'role', accountId, uniqueId, sessionName: SESSION_NAME } as const;
  return sessionPrincipal({ ...claims, ...times }, role, undefined, partition);
}
