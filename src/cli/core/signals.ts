/** What ends a command that runs until it is told to, and what has it read its files again. */

const STOPS = ['SIGINT', 'SIGTERM'] as const;
/** How often it is looked whether npx is still there. */
const NPX_LOOK_MS = 500;

export interface Stops {
  /** Which signal asked first, or that npx is gone. */
  readonly asked: Promise<string>;
  /** Another signal came: nothing more is waited for. */
  readonly askedAgain: Promise<string>;
}

/**
 * Listens from now on. npm hands a signal to its shell, which dies without handing it on: a command that
 * npx has started sees that by its parent, which is another then.
 */
export function stopSignals(environment: NodeJS.ProcessEnv): Stops {
  let ask: (reason: string) => void = () => {};
  let askAgain: (reason: string) => void = () => {};
  const asked = new Promise<string>((resolve) => {
    ask = resolve;
  });
  const askedAgain = new Promise<string>((resolve) => {
    askAgain = resolve;
  });
  let count = 0;
  const hear = (reason: string) => {
    count += 1;
    if (count === 1) ask(reason);
    else askAgain(reason);
  };
  for (const signal of STOPS) process.on(signal, hear);
  if (environment.npm_command === 'exec') {
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      hear('npx is gone');
    }, NPX_LOOK_MS);
    timer.unref();
  }
  return { asked, askedAgain };
}
