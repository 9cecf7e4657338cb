/** What of all that calls need can be used now. */
import type { AuditTrail } from '../audit/trail.js';
import type { ChangeFeed } from '../db/changes.js';
import { LEASE_MS } from '../db/memory-lease.js';
import type { WriteTrouble } from '../db/write-trouble.js';
import type { RootToken } from '../keystores/root-token/root-token.js';
import type { Part, Readiness } from '../protocols/http/readiness.js';
import type { Connections } from '../services/kms/stores/connections.js';
import type { TokenFigures } from '../token-host/client/token-figures.js';

export interface ReadinessPorts {
  readonly changes: Pick<ChangeFeed, 'lease' | 'answered'>;
  readonly writeTrouble: Pick<WriteTrouble, 'code'>;
  readonly trail: Pick<AuditTrail, 'usable'>;
  readonly rootToken: Pick<RootToken, 'usable'>;
  readonly rootFigures: () => Pick<TokenFigures, 'state' | 'reason'>;
  /** Of the other tokens that are in use. */
  readonly tokenFigures: () => readonly Pick<TokenFigures, 'tokenId' | 'state' | 'reason'>[];
  readonly connections: Pick<Connections, 'unconnected'>;
}

/** Tokens of custom key stores in these states are told of; in others they are as they should be. */
const AWAY: ReadonlySet<TokenFigures['state']> = new Set(['absent', 'refused']);

export function readinessOf(ports: ReadinessPorts): Readiness {
  const { changes, trail, rootToken, rootFigures, tokenFigures, connections } = ports;
  return {
    parts: [
      {
        name: 'root token',
        usable: rootToken.usable,
        why: standing(rootFigures()),
      },
      { name: 'audit trail', usable: trail.usable, why: 'cannot be written; the log says why' },
      databasePart(ports),
      {
        name: 'change feed',
        // What a database that doesn't answer leaves unknown is no second trouble.
        usable: changes.lease.held || !changes.answered.held,
        why: 'what other servers have changed was not taken in; the log says why',
      },
    ],
    warnings: [
      ...tokenFigures()
        .filter(({ state }) => AWAY.has(state))
        .map((figures) => `token ${figures.tokenId} ${standing(figures)}`),
      ...connections
        .unconnected()
        .map(
          ({ customKeyStoreId: id, state, code }) => `custom key store ${id} ${state} (${code})`,
        ),
    ],
  };
}

function databasePart({ changes, writeTrouble }: ReadinessPorts): Part {
  const name = 'database';
  if (!changes.answered.held) {
    return { name, usable: false, why: `has not answered for ${LEASE_MS / 1000} seconds` };
  }
  const { code } = writeTrouble;
  return { name, usable: code === undefined, why: `cannot be written (${code})` };
}

const standing = ({ state, reason }: Pick<TokenFigures, 'state' | 'reason'>) =>
  reason === undefined ? state : `${state} (${reason})`;
