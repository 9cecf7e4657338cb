/** Failures that come in bursts are told once, then with a count. */

/** A line as the log is given it: facts and a sentence. */
export type Line = readonly [facts: object, message: string];

export interface BurstsOptions {
  readonly windowMs?: number;
  /** Failures of different kinds that are counted at once; of more than these each is told. */
  readonly maxKinds?: number;
}

interface Burst {
  count: number;
  /** Writes the latest line, with the count. */
  tell: (count: number) => void;
}

const WINDOW_MS = 10_000;
const MAX_KINDS = 500;
/** Facts by which failures with the same sentence are told apart. Request and object ids are none. */
const KINDS = [
  'operation',
  'job',
  'token',
  'tokenId',
  'customKeyStoreId',
  'region',
  'peer',
  'source',
  'kind',
] as const;

/**
 * Lets the first line of a kind pass at once. What follows within ten seconds is counted; then the latest
 * is told with `repeated`, how many there were, and the ten seconds begin anew, until there were none.
 */
export class Bursts {
  readonly #windowMs: number;
  readonly #maxKinds: number;
  readonly #bursts = new Map<string, Burst>();

  constructor({ windowMs = WINDOW_MS, maxKinds = MAX_KINDS }: BurstsOptions = {}) {
    this.#windowMs = windowMs;
    this.#maxKinds = maxKinds;
  }

  /**
   * Takes a line that may be one of many: one with an error (`err`). Every other is written at once.
   * @param write writes a line
   */
  take([facts, message]: Line, write: (line: Line) => void): void {
    const kind = kindOf(facts, message);
    const burst = kind === undefined ? undefined : this.#bursts.get(kind);
    if (burst) {
      burst.count += 1;
      burst.tell = (repeated) => write([{ ...facts, repeated }, message]);
      return;
    }
    write([facts, message]);
    if (kind === undefined || this.#bursts.size >= this.#maxKinds) return;
    this.#bursts.set(kind, { count: 0, tell: () => {} });
    this.#wait(kind);
  }

  #wait(kind: string): void {
    setTimeout(() => this.#windowEnded(kind), this.#windowMs).unref();
  }

  #windowEnded(kind: string): void {
    const burst = this.#bursts.get(kind);
    if (!burst) return;
    const { count, tell } = burst;
    if (count === 0) {
      this.#bursts.delete(kind);
      return;
    }
    burst.count = 0;
    tell(count);
    this.#wait(kind);
  }
}

function kindOf(facts: object, message: string): string | undefined {
  const named = facts as Readonly<Record<string, unknown>>;
  if (!(named.err instanceof Error)) return undefined;
  const { name, code, message: text } = named.err as NodeJS.ErrnoException;
  // Numbers and ids in an error's text make no other kind of it.
  const error = code ?? `${name} ${text.slice(0, 200).replace(/[0-9a-f-]{8,}|\d+/gi, '#')}`;
  return JSON.stringify([message, error, ...KINDS.map((fact) => named[fact])]);
}
