import '../../kernel/no-inspector.js';
import { createInterface } from 'node:readline';
import { greeting } from '../protocol/messages.js';
import { Supervisor } from './supervisor.js';

// Entry of the child process: `node main.js token-host <token id>`. The arguments are for people who
// read the process list; everything else comes over the socket that standard input names.

// A signal to the terminal's process group is for the server, which ends its hosts in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => {
  lines.close();
  process.stdin.destroy();
  const greeted: unknown = JSON.parse(line);
  if (!greeting(greeted)) throw new Error('A token host is started by its server alone');
  new Supervisor(greeted);
});
