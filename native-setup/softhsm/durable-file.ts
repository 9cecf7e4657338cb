import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/**
 * Writes a whole file, 0600, so that after a crash or a power cut it holds either what it held
 * before or all of `content`. The caller must hold the set-up lock.
 */
export function writeFileDurably(file: string, content: string): void {
  const directory = path.dirname(file);
  const unfinished = path.join(directory, `.${path.basename(file)}.new`);
  const descriptor = openSync(unfinished, 'w', 0o600);
  try {
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(unfinished, file);
  syncPath(directory);
}

/**
 * Moves a directory and all that is in it to `target` in one step that lasts: what it holds is on
 * the disk before the name is, because SoftHSM itself does not sync what it writes.
 */
export function moveDirectoryDurably(source: string, target: string): void {
  syncTree(source);
  renameSync(source, target);
  syncPath(path.dirname(target));
}

/** Makes a directory, 0700, and those above it that are missing. */
export function makePrivateDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
}

/** The file's text, or undefined when there is no such file. */
export function readFileIfPresent(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function syncTree(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const child = path.join(directory, entry.name);
    if (entry.isDirectory()) {
      syncTree(child);
    } else {
      syncPath(child);
    }
  }
  syncPath(directory);
}

function syncPath(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
