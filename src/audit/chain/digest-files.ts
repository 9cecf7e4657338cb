/** Where digests are: `<audit.dir>/digests`, a file each, and what is gathered for the next one. */
import { constants } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openOwn, ownDirectory, writeWhole } from '../../db/private-files.js';
import {
  type Digest,
  MAX_DIGEST_BYTES,
  parseDigest,
  type Signature,
  signatureLine,
} from './digest.js';

const DIRECTORY = 'digests';
const NAME = /^(\d{10})\.(jsonl|open)$/;
const APPEND = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND;

export class DigestFiles {
  readonly dir: string;

  constructor(trailDir: string) {
    this.dir = join(trailDir, DIRECTORY);
  }

  /** Makes the directory (0700) where it is missing. @throws StartError when others can write in it */
  async prepare(): Promise<void> {
    await ownDirectory(this.dir);
  }

  /** The numbers of all digests, ascending, and of those that are being gathered. */
  async list(): Promise<{ readonly closed: number[]; readonly open: number[] }> {
    const found = (await readdir(this.dir).catch(unlessMissing)).flatMap((name) => {
      const match = NAME.exec(name);
      return match ? [{ sequence: Number(match[1]), isOpen: match[2] === 'open' }] : [];
    });
    const numbers = (isOpen: boolean) =>
      found
        .filter((each) => each.isOpen === isOpen)
        .map(({ sequence }) => sequence)
        .sort((left, right) => left - right);
    return { closed: numbers(false), open: numbers(true) };
  }

  /** Undefined for one that isn't there. @throws RangeError for one that no server has made */
  async read(sequence: number): Promise<Digest | undefined> {
    const content = await this.content(sequence);
    return content === undefined ? undefined : parseDigest(content);
  }

  async content(sequence: number): Promise<string | undefined> {
    return boundedContent(this.path(sequence));
  }

  /** Writes a digest whole or not at all, and to the disk. */
  async write(sequence: number, content: string): Promise<void> {
    await writeWhole(this.path(sequence), (file) => file.writeFile(content));
  }

  async addSignature(sequence: number, signature: Signature): Promise<void> {
    const path = this.path(sequence);
    const line = signatureLine(signature);
    // Behind what a crash may have cut short.
    const isCut = !(await readFile(path, 'utf8')).endsWith('\n');
    await append(path, isCut ? `\n${line}` : line);
  }

  /** What is gathered for a digest that isn't closed yet; empty when nothing is. */
  async gathered(sequence: number): Promise<string> {
    return (await boundedContent(this.openPath(sequence))) ?? '';
  }

  async gather(sequence: number, line: string): Promise<void> {
    await append(this.openPath(sequence), line);
  }

  async dropGathered(sequence: number): Promise<void> {
    await rm(this.openPath(sequence), { force: true });
  }

  path(sequence: number): string {
    return join(this.dir, `${numbered(sequence)}.jsonl`);
  }

  openPath(sequence: number): string {
    return join(this.dir, `${numbered(sequence)}.open`);
  }
}

async function append(path: string, text: string): Promise<void> {
  const file = await openOwn(path, APPEND);
  await file.appendFile(text).finally(() => file.close());
}

function numbered(sequence: number): string {
  return String(sequence).padStart(10, '0');
}

async function boundedContent(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size > MAX_DIGEST_BYTES) throw new RangeError(`${path} is too large for a digest`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function unlessMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code !== 'ENOENT') throw error;
  return [];
}
