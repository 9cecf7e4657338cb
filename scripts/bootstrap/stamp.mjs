/**
 * Stamps: a step writes down what it was done from, so that the next run can tell in a moment
 * whether it must be done again.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Tells whether the step that left `stampFile` was done from `content`. */
export function isStamped(stampFile, content) {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === content;
}

/** Writes the stamp. Call it last: a step that was cut short must leave none. */
export function writeStamp(stampFile, content) {
  writeFileSync(stampFile, content);
}

/** SHA-256 over the content of one file, hexadecimal. */
export function contentDigest(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** SHA-256 over names, sizes and modification times of files and whole directories. */
export function treeDigest(roots) {
  const hash = createHash('sha256');
  for (const file of roots.flatMap(filesUnder).sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function filesUnder(root) {
  if (!existsSync(root)) {
    return [];
  }
  if (statSync(root).isFile()) {
    return [root];
  }
  return readdirSync(root).flatMap((name) => filesUnder(path.join(root, name)));
}
