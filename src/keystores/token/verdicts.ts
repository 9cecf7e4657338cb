/** What is known of one algorithm of a token, and how a trial changes it. */

/** What came of one trial. */
export type Finding =
  | { readonly kind: 'works' }
  /** A wrong answer, or a return code that says that it can't. */
  | { readonly kind: 'lacks'; readonly reason: string }
  /** A return code that says so when it comes again later. */
  | {
      readonly kind: 'doubtful';
      readonly reason: string;
      /** It came again at once, between other calls on the same key that worked: nothing passes so. */
      readonly again?: true;
    }
  /** A failure that says nothing of what the token can do. */
  | {
      readonly kind: 'passing';
      readonly reason: string;
      /** Where no key could be made to try it with. */
      readonly creationError?: Error;
    };

/** Not tried yet, or only in passing faults. */
interface Unknown {
  readonly state: 'unknown';
  readonly reason: string;
  /** A code that is waited for to come again. */
  readonly doubt: { readonly reason: string; readonly since: number } | undefined;
  /** Why no key could be made to try it with. */
  readonly creationError: Error | undefined;
}

export type Verdict =
  | { readonly state: 'works' }
  | {
      readonly state: 'lacks';
      /** The name of the return code, or what was wrong. */
      readonly reason: string;
      /** When it was last tried, where the code isn't beyond doubt. */
      readonly doubtedAt: number | undefined;
    }
  | Unknown;

export const UNTRIED: Unknown = {
  state: 'unknown',
  reason: 'it was not tried yet',
  doubt: undefined,
  creationError: undefined,
};

/**
 * The verdict after a trial. What works is only withdrawn by a definite answer; what is doubtful is
 * believed when it comes again, `confirmAfterMs` later or more, or between calls that worked; a passing
 * fault changes nothing.
 */
export function learned(
  before: Verdict,
  finding: Finding,
  now: number,
  confirmAfterMs: number,
): Verdict {
  switch (finding.kind) {
    case 'works':
      return { state: 'works' };
    case 'lacks':
      return { state: 'lacks', reason: finding.reason, doubtedAt: undefined };
    case 'doubtful': {
      const { reason } = finding;
      if (before.state === 'works') return before;
      if (before.state === 'lacks') {
        return before.doubtedAt === undefined ? before : { ...before, doubtedAt: now };
      }
      const since = before.doubt?.reason === reason ? before.doubt.since : undefined;
      if (finding.again || (since !== undefined && now - since >= confirmAfterMs)) {
        return { state: 'lacks', reason, doubtedAt: now };
      }
      return {
        state: 'unknown',
        reason,
        doubt: { reason, since: since ?? now },
        creationError: undefined,
      };
    }
    case 'passing': {
      if (before.state !== 'unknown') return before;
      const { reason, creationError } = finding;
      return { state: 'unknown', reason, doubt: before.doubt, creationError };
    }
  }
}
