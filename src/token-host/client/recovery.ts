import type { ReturnCodeAction } from '../protocol/return-codes.js';
import { type CallName, callRow, runsOnWorker } from '../protocol/token-calls.js';

/**
 * What is done for a call that failed, before it is made again. `find`: its key's object is searched
 * for. `log-in`: the management thread makes sure of the login. `restart`: a new process, which loads
 * the library afresh.
 */
export type Cure = 'find' | 'log-in' | 'restart';

/**
 * The cures of each kind of failure, the mildest first. A host's threads have tried theirs already: a
 * new session, and the call once more. When a cure was tried for a call and its failure comes back, the
 * next is tried.
 */
const CURES: Readonly<Partial<Record<ReturnCodeAction, readonly Cure[]>>> = {
  session: ['log-in', 'restart'],
  login: ['log-in', 'restart'],
  handles: ['find', 'restart'],
  restart: ['restart'],
};

/** The next cure for a failure of this call; undefined when there is none left. */
export function nextCure(
  name: CallName,
  action: ReturnCodeAction,
  tried: ReadonlySet<Cure>,
): Cure | undefined {
  const { key } = callRow(name);
  return CURES[action]?.find((cure) => {
    if (tried.has(cure)) return false;
    // The management thread finds its objects itself, and has logged in again.
    return cure === 'restart' || (runsOnWorker(name) && (cure === 'log-in' || key !== 'none'));
  });
}

const PERIOD_MS = 60_000;
const MOST_RESTARTS = 20;

/**
 * How often one kind of call may have the process replaced for one kind of failure: a key that a token
 * can't use must not cost all others their host over and over.
 */
export class RestartBudget {
  readonly #taken = new Map<string, number[]>();

  /** Whether one more is allowed now, in milliseconds of performance.now(). */
  take(name: CallName, action: ReturnCodeAction, now = performance.now()): boolean {
    const kind = `${name} ${action}`;
    const recent = (this.#taken.get(kind) ?? []).filter((time) => time > now - PERIOD_MS);
    const allowed = recent.length < MOST_RESTARTS;
    this.#taken.set(kind, allowed ? [...recent, now] : recent);
    return allowed;
  }
}
