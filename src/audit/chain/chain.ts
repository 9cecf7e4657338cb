/** Binds every record of a trail to those before it, and has that signed. */
import type { KeyObject } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HOUR_MS } from '../../kernel/time.js';
import type { Log } from '../../observe/log.js';
import { linesOf } from '../reading/lines.js';
import type { TrailChain } from '../trail.js';
import { inTheirOrder, storedTrailFiles } from '../trail-files.js';
import { Checkpoints, macOf } from './checkpoint.js';
import {
  type DigestSigner,
  formatDigest,
  type SegmentEnd,
  type Statement,
  sha256,
} from './digest.js';
import { DigestFiles } from './digest-files.js';
import { type ChainHead, endOfChain, recovered } from './recovery.js';
import { Segment } from './segment.js';
import { Signing } from './signing.js';

export interface ChainOptions {
  /** The trail's directory. */
  readonly dir: string;
  /** The data directory's lasting id, and this run's. */
  readonly node: string;
  readonly process: string;
  /** Of checkpoints, and of digests that aren't signed yet: only this server has it. */
  readonly key: KeyObject;
  readonly signer: DigestSigner;
  readonly heads: ChainHeads;
  readonly keeper?: Keeper;
  /** Real time in epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
  /** A digest is closed with so many records, or after so long. */
  readonly maxRecords?: number;
  readonly maxAgeMs?: number;
  /** How often what was gathered is written down. */
  readonly checkpointMs?: number;
}

/** How far the chain of a server has come, kept outside its directory. */
export interface ChainHeads {
  find(): Promise<ChainHead | undefined>;
  put(head: ChainHead): Promise<void>;
}

/** Compresses and removes files of the trail that nobody writes any more. */
export interface Keeper {
  /** Files that are to be removed: a digest says so first. */
  due(inUse: ReadonlySet<string>): Promise<readonly string[]>;
  /** Removes those files, whose removal is signed. */
  remove(files: readonly string[]): Promise<void>;
  compress(inUse: ReadonlySet<string>): Promise<void>;
}

const MAX_RECORDS = 10_000;
const CHECKPOINT_MS = 1000;
/** How often it is looked what can be compressed or removed. */
const KEEP_EVERY_MS = 60_000;
/** Closed segments that may wait for the disk; with more the trail takes no records. */
const MAX_WAITING = 8;

interface Closed {
  readonly segment: Segment;
  readonly end: SegmentEnd;
  readonly closedAt: number;
  readonly more?: Pick<Statement, 'earlier' | 'removed'>;
}

export class AuditChain implements TrailChain {
  readonly #options: ChainOptions;
  readonly #files: DigestFiles;
  readonly #signing: Signing;
  #segment: Segment;
  #checkpoints: Checkpoints;
  #sequence: number;
  #previous: string | null;
  #ends: Map<string, number>;
  /** Where the next line goes. */
  #file = '';
  #offset = 0;
  /** Where the last line of this run ended, by file. */
  readonly #written = new Map<string, number>();
  readonly #waiting: Closed[] = [];
  #working: Promise<void> | undefined;
  #failing = false;
  #keptAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    options: ChainOptions,
    files: DigestFiles,
    end: { sequence: number; previous: string | null; ends: Readonly<Record<string, number>> },
  ) {
    this.#options = options;
    this.#files = files;
    this.#signing = new Signing({ ...options, files });
    this.#sequence = end.sequence;
    this.#previous = end.previous;
    this.#ends = new Map(Object.entries(end.ends));
    this.#checkpoints = new Checkpoints(options.key);
    this.#segment = new Segment(end.sequence + 1, options.now());
  }

  /**
   * Goes on where the chain ended, or begins it. What a killed server has left is in a digest before
   * anything is written.
   * @throws the file system's or the database's error
   */
  static async open(options: ChainOptions): Promise<AuditChain> {
    const { dir, key, now, log, maxRecords = MAX_RECORDS } = options;
    const files = new DigestFiles(dir);
    await files.prepare();
    const end = await endOfChain(files, await options.heads.find());
    const chain = new AuditChain(options, files, end ?? { sequence: 0, previous: null, ends: {} });
    if (!end) {
      await chain.#begin();
    } else {
      if (end.lost) log.error({ digests: end.lost }, 'digests of the audit trail are gone');
      if (end.mayGoOn) {
        for await (const segment of recovered(dir, files, end, { key, now: now(), maxRecords })) {
          log.warn(
            { records: segment.count, unvouched: segment.recovered },
            'what a killed server wrote to the audit trail was put into a digest',
          );
          await chain.#writeDigest({ segment, end: 'crash', closedAt: now() });
        }
      }
    }
    for (const left of (await files.list()).open) await files.dropGathered(left);
    chain.#segment = new Segment(chain.#sequence + 1, now());
    await chain.#checkpoint();
    await chain.#signing.begin();
    const { checkpointMs = CHECKPOINT_MS } = options;
    chain.#timer = setInterval(() => chain.#tick(), checkpointMs).unref();
    return chain;
  }

  async opened(file: string, size: number, afterFailure: boolean): Promise<void> {
    const written = this.#written.get(file);
    this.#file = file;
    if (this.#isBeforeEnds(file)) {
      // The clock was set back. Where records may follow is to be known before the first does.
      await this.#rememberEnds(file);
      this.#ends.set(file, size);
      this.#roll('time');
      await this.#work();
    }
    // A write that failed may have left lines, or the beginning of one.
    if (afterFailure && written !== undefined && size > written) await this.#adopt(file, written);
    this.#offset = size;
    this.#written.set(file, size);
  }

  wrote(lines: Buffer): void {
    let at = 0;
    for (let end = lines.indexOf(0x0a); end !== -1; end = lines.indexOf(0x0a, at)) {
      const bytes = end + 1 - at;
      this.#segment.add(lines.subarray(at, end), this.#file, this.#offset, bytes);
      this.#offset += bytes;
      at = end + 1;
      if (this.#segment.count >= (this.#options.maxRecords ?? MAX_RECORDS)) this.#roll('full');
    }
    this.#written.set(this.#file, this.#offset);
  }

  room(): Promise<void> | undefined {
    if (this.#waiting.length < MAX_WAITING) return undefined;
    return this.#work().then(() => {
      if (this.#waiting.length >= MAX_WAITING) {
        throw new Error('digests of the audit trail cannot be written');
      }
    });
  }

  /** Closes the last digest, and has it signed if that can be done now; else the next start does. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
    this.#roll('stop');
    await this.#work();
  }

  async #begin(): Promise<void> {
    const { dir, now } = this.#options;
    const earlier: { file: string; bytes: number }[] = [];
    for (const { file, path, compressed } of await storedTrailFiles(dir)) {
      earlier.push({ file, bytes: compressed ? 0 : (await stat(path)).size });
    }
    const last = earlier.at(-1);
    if (last) this.#ends.set(last.file, last.bytes);
    const segment = new Segment(1, now());
    const closed = { segment, end: 'begin', closedAt: now(), more: { earlier } } as const;
    await this.#writeDigest(closed);
  }

  /** Lines of this run of which nobody knew that they are in the file. */
  async #adopt(file: string, from: number): Promise<void> {
    for await (const lines of linesOf(join(this.#options.dir, file), { from })) {
      for (const { text, offset, bytes } of lines) {
        this.#segment.add(text, file, offset, bytes);
        this.#segment.recovered += 1;
      }
    }
  }

  #tick(): void {
    const { now, maxAgeMs = HOUR_MS } = this.#options;
    const { count, begunAt } = this.#segment;
    // A clock that was set back closes one, too.
    if (count > 0 && Math.abs(now() - begunAt) >= maxAgeMs) this.#roll('time');
    this.#work().catch(() => undefined);
  }

  #roll(end: SegmentEnd, more?: Closed['more']): void {
    const { now } = this.#options;
    const segment = this.#segment;
    this.#waiting.push({ segment, end, closedAt: now(), ...(more && { more }) });
    this.#segment = new Segment(segment.sequence + 1, now());
    this.#checkpoints = new Checkpoints(this.#options.key);
    if (end === 'full') this.#work().catch(() => undefined);
  }

  /** Writes what waits, one at a time. Never rejects: what failed is tried again a second later. */
  #work(): Promise<void> {
    this.#working ??= this.#writeAll()
      .then(
        () => {
          this.#failing = false;
        },
        (err: unknown) => {
          if (!this.#failing) {
            this.#options.log.error({ err }, 'a digest of the audit trail cannot be written');
          }
          this.#failing = true;
          // What of the checkpoint's line was written is not known.
          this.#checkpoints = new Checkpoints(this.#options.key);
        },
      )
      .finally(() => {
        this.#working = undefined;
      });
    return this.#working;
  }

  async #writeAll(): Promise<void> {
    if (this.#failing) await this.#files.dropGathered(this.#segment.sequence);
    for (let closed = this.#waiting[0]; closed !== undefined; closed = this.#waiting[0]) {
      await this.#writeDigest(closed);
      this.#waiting.shift();
      await this.#files.dropGathered(closed.segment.sequence);
      if (closed.end === 'stop') return this.#signing.sign();
    }
    // Only now: a checkpoint vouches for all that is behind the last digest, up to its own end.
    await this.#checkpoint();
    await this.#signing.sign();
    await this.#keep().catch((err: unknown) => {
      this.#options.log.error(
        { err },
        'old files of the audit trail cannot be compressed or removed',
      );
    });
  }

  async #checkpoint(): Promise<void> {
    const segment = this.#segment;
    const checkpoints = this.#checkpoints;
    const next = checkpoints.next(segment);
    if (!next) return;
    await this.#files.gather(segment.sequence, next.line);
    next.done();
  }

  async #writeDigest({ segment, end, closedAt, more }: Closed): Promise<void> {
    const { node, process, key } = this.#options;
    for (const { file, offset, bytes } of segment.spans) this.#ends.set(file, offset + bytes);
    this.#forgetEnds(segment.spans.at(-1)?.file ?? this.#file);
    const statement: Statement = {
      ...{ digest: 1, sequence: segment.sequence, node, process, previous: this.#previous },
      from: new Date(segment.begunAt).toISOString(),
      to: new Date(closedAt).toISOString(),
      ...{ end, records: segment.count, recovered: segment.recovered },
      ...{ recordsSha256: segment.sha256, ...segment.ends, spans: segment.spans },
      ends: Object.fromEntries(this.#ends),
      ...more,
    };
    const text = JSON.stringify(statement);
    const content = formatDigest(text, segment.leaves, macOf(key, text));
    await this.#files.write(segment.sequence, content);
    this.#sequence = segment.sequence;
    this.#previous = sha256(text);
    this.#signing.add(segment.sequence, more?.removed);
  }

  /** Only where records may still follow is it to be known where they end. */
  #forgetEnds(last: string): void {
    const [oldest] = inTheirOrder([last, this.#file]);
    for (const file of this.#ends.keys()) {
      const [first] = inTheirOrder([file, oldest ?? file]);
      if (first === file && file !== oldest) this.#ends.delete(file);
    }
  }

  /** Of files that were done with, and are newer than this one. */
  async #rememberEnds(file: string): Promise<void> {
    for (const { file: other, path, compressed } of await storedTrailFiles(this.#options.dir)) {
      const isNewer = inTheirOrder([file, other])[0] === file;
      if (compressed || !isNewer || this.#ends.has(other)) continue;
      this.#ends.set(other, (await stat(path)).size);
    }
  }

  #isBeforeEnds(file: string): boolean {
    return (
      !this.#ends.has(file) &&
      this.#ends.size > 0 &&
      inTheirOrder([file, ...this.#ends.keys()])[0] === file
    );
  }

  async #keep(): Promise<void> {
    const { keeper, now } = this.#options;
    if (!keeper || Math.abs(now() - this.#keptAt) < KEEP_EVERY_MS) return;
    this.#keptAt = now();
    const removed = this.#signing.takeRemovals();
    if (removed.length > 0) await keeper.remove(removed);
    await keeper.compress(this.#inUse());
    const due = await keeper.due(this.#inUse());
    if (due.length === 0) return;
    this.#roll('time', { removed: due });
    // What it says is done when it is signed.
    this.#keptAt = Number.NEGATIVE_INFINITY;
  }

  /** What is written to, or not in a digest yet. */
  #inUse(): ReadonlySet<string> {
    const gathered = [this.#segment, ...this.#waiting.map(({ segment }) => segment)];
    const files = gathered.flatMap(({ spans }) => spans.map(({ file }) => file));
    return new Set([this.#file, ...files, ...this.#ends.keys()]);
  }
}
