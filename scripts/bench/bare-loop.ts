/** The yardstick of software keys: the same primitive in one thread, with nothing around it. */

export interface BareLoopOrder {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** @returns calls a second. Nothing else runs in this process meanwhile. */
export function bareLoop(call: () => unknown, { warmUpMs, measureMs }: BareLoopOrder): number {
  for (const until = performance.now() + warmUpMs; performance.now() < until; ) call();
  const startedAt = performance.now();
  let calls = 0;
  let now = startedAt;
  for (const until = startedAt + measureMs; now < until; now = performance.now()) {
    call();
    calls += 1;
  }
  return calls / ((now - startedAt) / 1000);
}
