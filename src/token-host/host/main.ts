import '../../kernel/no-inspector.js';
import { createInterface } from 'node:readline';
import { lookOrder } from '../protocol/library-look.js';
import { greeting } from '../protocol/messages.js';
import { lookAtLibrary, lookFailure } from './library-look.js';
import { Supervisor } from './supervisor.js';

// Entry of the child process: `node main.js token-host <token id>`. The arguments are for people who
// read the process list; everything else comes over the socket that standard input names.
// `node main.js token-look` reads a library's name from its standard input, writes what the library says
// before any login to its standard output, and ends.

// A signal to the terminal's process group is for the server, which ends its hosts in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => {
  lines.close();
  process.stdin.destroy();
  const greeted: unknown = JSON.parse(line);
  if (process.argv[2] === 'token-look') {
    process.stdout.write(`${JSON.stringify(look(greeted))}\n`);
    return;
  }
  if (!greeting(greeted)) throw new Error('A token host is started by its server alone');
  new Supervisor(greeted);
});

function look(order: unknown): object {
  if (!lookOrder(order)) throw new Error('No library is named');
  try {
    return { seen: lookAtLibrary(order) };
  } catch (error) {
    return { failure: lookFailure(error) };
  }
}
