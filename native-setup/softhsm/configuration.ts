import { readFileIfPresent, writeFileDurably } from './durable-file.js';
import type { SoftHsmLayout } from './layout.js';

const TOKEN_DIRECTORY_LINE = /^directories\.tokendir\s*=\s*(.*?)\s*$/m;

/** A complete softhsm2.conf (see its manual page) for tokens kept in `tokensDir`. */
export function softHsmConfiguration(tokensDir: string): string {
  return [
    tokenDirectoryLine(tokensDir),
    'objectstore.backend = file',
    'log.level = ERROR',
    'slots.removable = false',
    '',
  ].join('\n');
}

/** Tells whether the configuration is there and names the data directory's own tokens. */
export function isConfigured(layout: SoftHsmLayout): boolean {
  return configuredTokensDir(layout) === layout.tokensDir;
}

/** Where the configuration says that the tokens are; undefined when it is missing or doesn't say. */
export function configuredTokensDir(layout: SoftHsmLayout): string | undefined {
  const present = readFileIfPresent(layout.configurationFile);
  return present === undefined ? undefined : TOKEN_DIRECTORY_LINE.exec(present)?.[1];
}

/**
 * Writes softhsm2.conf, or corrects its token directory after the data directory was moved.
 * Other lines are the operator's to change, so they are kept.
 */
export function writeConfiguration(layout: SoftHsmLayout): void {
  if (isConfigured(layout)) {
    return;
  }
  const present = readFileIfPresent(layout.configurationFile) ?? '';
  const content = TOKEN_DIRECTORY_LINE.test(present)
    ? present.replace(TOKEN_DIRECTORY_LINE, () => tokenDirectoryLine(layout.tokensDir))
    : softHsmConfiguration(layout.tokensDir);
  writeFileDurably(layout.configurationFile, content);
}

function tokenDirectoryLine(tokensDir: string): string {
  return `directories.tokendir = ${tokensDir}`;
}
