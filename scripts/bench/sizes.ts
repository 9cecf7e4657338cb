/** How much is measured: what the figures of docs/performance.md come from, and the least that runs. */

export interface Window {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Sizes {
  /** Whether the token is tried out before anything is measured. */
  readonly untilTried: boolean;
  /** Decisions that are made before the clock runs, and while it does. */
  readonly decisions: { readonly warmUp: number; readonly measured: number };
  /** A server that has just started runs slower until its code is compiled. */
  readonly firstWarmUpMs: number;
  readonly window: Window;
  readonly connections: readonly number[];
  /** Requests that differ, so that nothing is answered from a cache that a client wouldn't meet. */
  readonly distinctRequests: number;
  /** A worker's first ML-DSA signature waits for its module to load, and the others behind it. */
  readonly keyTypes: { readonly window: Window; readonly connections: number };
  readonly slowToken: {
    readonly window: Window;
    /** What the token takes for C_Encrypt, in microseconds. */
    readonly delays: readonly number[];
    /** With many sessions a short delay asks more calls of this machine than its cores can serve. */
    readonly sessions: readonly number[];
  };
  readonly hangingToken: { readonly window: Window; readonly rounds: number };
  /** Hosts that are killed, and calls on wrapped keys. */
  readonly recovery: { readonly kills: number; readonly calls: number };
  readonly manyKeys: {
    readonly window: Window;
    readonly rounds: number;
    readonly keys: number;
    /** Keys that are made by CreateKey and used. The others are rows that nobody opens. */
    readonly used: number;
  };
}

/** Sessions of a token unless its configuration says otherwise. */
export const DEFAULT_SESSIONS = 8;

export const SIZES = {
  full: {
    untilTried: true,
    decisions: { warmUp: 20_000, measured: 200_000 },
    firstWarmUpMs: 4000,
    window: { warmUpMs: 500, measureMs: 2000 },
    connections: [1, 16, 64],
    distinctRequests: 64,
    keyTypes: { window: { warmUpMs: 500, measureMs: 2000 }, connections: 16 },
    slowToken: {
      window: { warmUpMs: 1500, measureMs: 2500 },
      delays: [1000, 2000, 5000],
      sessions: [4, DEFAULT_SESSIONS],
    },
    hangingToken: { window: { warmUpMs: 500, measureMs: 1500 }, rounds: 3 },
    recovery: { kills: 100, calls: 500 },
    manyKeys: {
      window: { warmUpMs: 500, measureMs: 1500 },
      rounds: 5,
      keys: 100_000,
      used: 200,
    },
  },
  smallest: {
    untilTried: false,
    decisions: { warmUp: 10, measured: 100 },
    firstWarmUpMs: 50,
    window: { warmUpMs: 10, measureMs: 300 },
    connections: [4],
    distinctRequests: 2,
    keyTypes: { window: { warmUpMs: 300, measureMs: 600 }, connections: 2 },
    slowToken: { window: { warmUpMs: 10, measureMs: 300 }, delays: [1000], sessions: [2] },
    hangingToken: { window: { warmUpMs: 10, measureMs: 300 }, rounds: 1 },
    recovery: { kills: 2, calls: 10 },
    manyKeys: { window: { warmUpMs: 10, measureMs: 300 }, rounds: 1, keys: 20, used: 4 },
  },
} as const satisfies Record<string, Sizes>;
