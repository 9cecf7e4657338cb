/** Reads the digests of a trail in order, and tells which of them can be believed. */
import type { KeyObject } from 'node:crypto';
import { readCheckpoints } from '../chain/checkpoint.js';
import { type Digest, isSignedBy, type Span, type Statement, sha256 } from '../chain/digest.js';
import type { DigestFiles } from '../chain/digest-files.js';
import type { ChainHead } from '../chain/recovery.js';
import type { Problem } from './problem.js';

/** Public keys by their fingerprints. */
export type PublicKeys = ReadonlyMap<string, KeyObject>;

/** What is kept of a digest that was looked at. */
export interface ReadDigest {
  readonly sequence: number;
  /** Undefined where nothing that it says can be believed. */
  readonly statement:
    | Pick<
        Statement,
        'spans' | 'from' | 'to' | 'end' | 'ends' | 'recovered' | 'earlier' | 'removed'
      >
    | undefined;
  /** Whether the hashes of its records are those that were signed. */
  readonly hasLeaves: boolean;
  readonly isSigned: boolean;
}

/** All digests of a trail. */
export interface ReadDigests {
  readonly digests: readonly ReadDigest[];
  /** What was gathered for the next digest: nobody has signed it yet. */
  readonly gathered:
    | { readonly sequence: number; readonly spans: readonly Span[]; readonly leaves: Buffer }
    | undefined;
  /** A server may be writing, or was killed: records may follow that no digest has. */
  readonly mayGoOn: boolean;
  /** The last digest, for who wants to hold a later copy of the trail against it. */
  readonly last: (ChainHead & { readonly to: string }) | undefined;
}

export interface DigestReading {
  readonly files: DigestFiles;
  readonly keys: PublicKeys;
  /** What the database knows of the last digest. */
  readonly head: ChainHead | undefined;
  readonly onProblem: (problem: Problem) => void;
}

/** The digest before; without a hash when nothing that it says can be believed. */
interface Before {
  readonly sequence: number;
  readonly sha256: string | undefined;
}

export async function readDigests(reading: DigestReading): Promise<ReadDigests> {
  const { files, head, onProblem } = reading;
  const { closed, open, gathered } = await steady(files);
  const digests: ReadDigest[] = [];
  const unsigned: number[] = [];
  let before: Before | undefined;
  let last: ReadDigests['last'];
  for (const sequence of closed) {
    for (let gone = (before?.sequence ?? 0) + 1; gone < sequence; gone += 1) {
      onProblem({ kind: 'digest-removed', digest: gone });
      digests.push(missing(gone));
    }
    const digest = await files.read(sequence);
    const { read, sha } = judged(sequence, digest, reading, before);
    digests.push(read);
    if (read.isSigned) {
      for (const each of unsigned.splice(0)) onProblem({ kind: 'digest-unsigned', digest: each });
    } else if (digest && !digest.signature) {
      if (head && head.sequence >= sequence)
        onProblem({ kind: 'digest-unsigned', digest: sequence });
      else unsigned.push(sequence);
    }
    before = { sequence, sha256: read.statement && sha };
    last = { sequence, sha256: sha, to: read.statement?.to ?? '' };
  }
  const isGathering = open.some((each) => each > (last?.sequence ?? 0));
  const mayGoOn = isGathering || digests.at(-1)?.statement?.end !== 'stop';
  if (head && head.sequence > (last?.sequence ?? 0)) {
    onProblem({ kind: 'trail-older', digest: head.sequence });
    // What they were for can't be told from what was forged.
    digests.push(missing((last?.sequence ?? 0) + 1));
  }
  return { digests, gathered, mayGoOn, last };
}

const missing = (sequence: number): ReadDigest => {
  return { sequence, statement: undefined, hasLeaves: false, isSigned: false };
};

function judged(
  sequence: number,
  digest: Digest | undefined,
  { keys, head, onProblem }: DigestReading,
  before: Before | undefined,
): { readonly read: ReadDigest; readonly sha: string } {
  const nothing = missing(sequence);
  const sha = sha256(digest?.text ?? '');
  const { statement, signature, leaves } = digest ?? {};
  const edited = () => {
    onProblem({ kind: 'digest-edited', digest: sequence });
    return { read: nothing, sha };
  };
  if (!digest || !statement || statement.sequence !== sequence) return edited();
  if (head?.sequence === sequence && head.sha256 !== sha) return edited();
  const publicKey = signature && keys.get(signature.key);
  if (signature && !publicKey) {
    onProblem({ kind: 'digest-unknown-key', digest: sequence });
    return { read: nothing, sha };
  }
  if (signature && publicKey && !isSignedBy(publicKey, digest.text, signature)) return edited();
  // What it says of the digest before is signed: it's the other one, or this one, that doesn't belong.
  const isNext = before?.sequence === sequence - 1;
  if (isNext && before?.sha256 && statement.previous !== before.sha256) return edited();
  if (sequence === 1 && statement.previous !== null) return edited();
  const hasLeaves = leaves !== undefined && sha256(leaves) === statement.recordsSha256;
  if (leaves && !hasLeaves) onProblem({ kind: 'digest-edited', digest: sequence });
  const { spans, from, to, end, ends, recovered, earlier, removed } = statement;
  const kept = { spans, from, to, end, ends, recovered };
  const more = { ...(earlier && { earlier }), ...(removed && { removed }) };
  const isSigned = signature !== undefined;
  return { read: { sequence, statement: { ...kept, ...more }, hasLeaves, isSigned }, sha };
}

const ATTEMPTS = 5;

/** The digests and what is gathered behind them, of one moment of a server that goes on. */
async function steady(files: DigestFiles) {
  for (let attempt = 1; ; attempt += 1) {
    const { closed, open } = await files.list();
    const next = (closed.at(-1) ?? 0) + 1;
    const content = await files.gathered(open.find((each) => each >= next) ?? next);
    const after = await files.list();
    if (after.closed.at(-1) !== closed.at(-1) && attempt < ATTEMPTS) continue;
    const sequence = open.find((each) => each >= next) ?? next;
    const found = readCheckpoints(content, sequence, undefined);
    return { closed, open, gathered: found && { sequence, ...found } };
  }
}
