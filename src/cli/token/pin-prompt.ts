/** Asking for a PIN at a terminal, which doesn't show it. */
import type { ReadStream } from 'node:tty';
import { StartError } from '../../kernel/start-error.js';

/** More is no PIN. */
const MAX_PIN_BYTES = 1024;

const ENTER = new Set([0x0a, 0x0d]);
const RUBOUT = new Set([0x08, 0x7f]);
const CTRL_C = 0x03;
const CTRL_D = 0x04;
const CTRL_U = 0x15;
const SPACE = 0x20;

/** Whether somebody sits at standard input who can be asked. */
export function isAtTerminal(input: ReadStream = process.stdin): boolean {
  return input.isTTY === true;
}

/**
 * Writes `<question>: ` to standard error and reads a line without an echo.
 * @throws StartError when it is broken off, empty, or too long for a PIN
 */
export async function askPin(question: string, input: ReadStream = process.stdin): Promise<string> {
  // Before the question: what is typed into it must not be shown.
  input.setRawMode(true);
  process.stderr.write(`${question}: `);
  try {
    const pin = await hiddenLine(input);
    if (pin === '') throw new StartError(`${question}: nothing was typed`);
    return pin;
  } finally {
    input.setRawMode(false);
    process.stderr.write('\n');
  }
}

/** Asks twice for a PIN that is new. @throws StartError as `askPin`, and where the two differ */
export async function askNewPin(question: string): Promise<string> {
  const pin = await askPin(question);
  if ((await askPin(`${question} again`)) === pin) return pin;
  throw new StartError('the two PINs that were typed differ; nothing was done');
}

async function hiddenLine(input: ReadStream): Promise<string> {
  const typed: number[] = [];
  for (;;) {
    const chunk = await nextChunk(input);
    for (const [at, octet] of chunk.entries()) {
      if (ENTER.has(octet) || (octet === CTRL_D && typed.length > 0)) {
        // What was pasted behind it is the answer to the next question.
        if (at + 1 < chunk.length) input.unshift(chunk.subarray(at + 1));
        return Buffer.from(typed).toString('utf8');
      }
      if (octet === CTRL_C || octet === CTRL_D) throw new StartError('interrupted');
      if (octet === CTRL_U) typed.length = 0;
      else if (RUBOUT.has(octet)) dropCharacter(typed);
      else if (octet >= SPACE) typed.push(octet);
      if (typed.length > MAX_PIN_BYTES) {
        throw new StartError(`a PIN has at most ${MAX_PIN_BYTES} octets`);
      }
    }
  }
}

/** @throws StartError at the end of the input */
async function nextChunk(input: ReadStream): Promise<Buffer> {
  const waiting = input.read() as Buffer | null;
  if (waiting) return waiting;
  return new Promise((resolve, reject) => {
    const settle = () => {
      input.off('readable', onReadable);
      input.off('end', onEnd);
    };
    const onReadable = () => {
      const chunk = input.read() as Buffer | null;
      if (!chunk) return;
      settle();
      resolve(chunk);
    };
    const onEnd = () => {
      settle();
      reject(new StartError('the terminal was closed'));
    };
    input.on('readable', onReadable);
    input.on('end', onEnd);
  });
}

/** The last character, in UTF-8 of one to four octets. */
function dropCharacter(typed: number[]): void {
  while (((typed.at(-1) ?? 0) & 0xc0) === 0x80) typed.pop();
  typed.pop();
}
