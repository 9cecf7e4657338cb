import '../../kernel/no-inspector.js';
import { createInterface } from 'node:readline';
import { lookOrder } from '../protocol/library-look.js';
import { greeting } from '../protocol/messages.js';
import { type SetUpAnswer, setUpOrder } from '../protocol/token-set-up.js';
import { lookAtLibrary, lookFailure } from './library-look.js';
import { Supervisor } from './supervisor.js';
import { setUpToken } from './token-set-up.js';

// Entry of the child process: `node main.js token-host <token id>`. The arguments are for people who
// read the process list; everything else comes over the socket that standard input names.
// `node main.js token-look` reads a library's name from its standard input, writes what the library says
// before any login to its standard output, and ends. `node main.js token-set-up` makes a token ready.

// A signal to the terminal's process group is for the server, which ends its hosts in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

/** What is done once, and ends with its answer. */
const ONCE: Readonly<Record<string, (order: unknown) => object>> = {
  'token-look': look,
  'token-set-up': setUp,
};

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => {
  lines.close();
  process.stdin.destroy();
  const greeted: unknown = JSON.parse(line);
  const once = ONCE[process.argv[2] ?? ''];
  if (once) {
    process.stdout.write(`${JSON.stringify(once(greeted))}\n`);
    return;
  }
  if (!greeting(greeted)) throw new Error('A token host is started by its server alone');
  new Supervisor(greeted);
});

function setUp(order: unknown): SetUpAnswer {
  if (!setUpOrder(order)) throw new Error('No token is named');
  return setUpToken(order);
}

function look(order: unknown): object {
  if (!lookOrder(order)) throw new Error('No library is named');
  try {
    return { seen: lookAtLibrary(order) };
  } catch (error) {
    return { failure: lookFailure(error) };
  }
}
