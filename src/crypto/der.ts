/** DER as far as keys need it: tags of one octet, lengths up to 65,535 octets (X.690 §8.1, §10.1). */

export interface DerElement {
  readonly tag: number;
  /** The very memory of what was read. */
  readonly contents: Buffer;
}

/** One element: its tag, its length, its contents. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const length = contents.reduce((sum, { length: octets }) => sum + octets, 0);
  return Buffer.concat([Buffer.from([tag, ...lengthOctets(length)]), ...contents]);
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  if (length < 0x10000) return [0x82, length >> 8, length & 0xff];
  throw new Error(`no DER of ${length} octets is written here`);
}

/** The elements that the octets are a row of. @throws Error for whatever isn't DER, or goes on */
export function readDer(octets: Buffer): DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < octets.length; ) {
    const tag = octets[at] ?? 0;
    // High tag numbers take further octets.
    if ((tag & 0x1f) === 0x1f) throw notDer();
    const { length, start } = readLength(octets, at + 1);
    const end = start + length;
    if (end > octets.length) throw notDer();
    elements.push({ tag, contents: octets.subarray(start, end) });
    at = end;
  }
  return elements;
}

function readLength(octets: Buffer, at: number) {
  const first = octets[at];
  if (first === undefined) throw notDer();
  if (first < 0x80) return { length: first, start: at + 1 };
  const count = first & 0x7f;
  const start = at + 1 + count;
  // None: an indefinite length, which is BER.
  if (count < 1 || count > 2 || start > octets.length) throw notDer();
  const length = octets.readUIntBE(at + 1, count);
  // The shortest form is the only one.
  if (lengthOctets(length).length !== 1 + count) throw notDer();
  return { length, start };
}

const notDer = () => new Error('the octets are no DER');
