import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { runChild } from './child.mjs';

/**
 * Initialises the data directory, then becomes the server: `serve` runs in this very process, so
 * that signals and exit code are the server's own.
 * @param {readonly string[]} args what followed `npm start --`
 */
export async function startServer(repository, args) {
  const main = path.join(repository, 'dist', 'src', 'main.js');
  // Who only wants to know makes nothing.
  const asksOnly = args.includes('--help') || args.includes('--version');
  const code = asksOnly
    ? 0
    : await runChild(process.execPath, [main, 'init', ...configurationOption(args)]);
  if (code !== 0) {
    process.exitCode = code;
    return;
  }
  process.argv = [process.execPath, main, 'serve', ...args];
  await import(pathToFileURL(main).href);
}

/** The `--config` among the server's arguments: `init` must work on the same configuration. */
export function configurationOption(args) {
  const index = args.findIndex((arg) => arg === '--config' || arg.startsWith('--config='));
  return index === -1 ? [] : args.slice(index, args[index] === '--config' ? index + 2 : index + 1);
}
