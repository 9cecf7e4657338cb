/** Headers of the PROXY protocol, version 2, as a proxy would write them, and as none would. */

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

export interface HeaderParts {
  /** 0x21 says for whom the proxy asks, 0x20 that it asks for itself. */
  readonly command?: number;
  readonly family: number;
  readonly source: readonly number[];
  readonly destination: readonly number[];
  /** Behind the addresses and ports. */
  readonly rest?: readonly number[];
}

export function binaryHeader(parts: HeaderParts): Buffer {
  const { command = 0x21, family, source, destination, rest = [] } = parts;
  const ports = source.length > 0 && source.length <= 16 ? [0x12, 0x34, 0x01, 0xbb] : [];
  const behind = [...source, ...destination, ...ports, ...rest];
  const length = Buffer.alloc(2);
  length.writeUInt16BE(behind.length);
  return Buffer.concat([SIGNATURE, Buffer.from([command, family]), length, Buffer.from(behind)]);
}

/** A type, the length and the value. */
export const tlv = (type: number, value: readonly number[]) => [
  type,
  value.length >> 8,
  value.length & 255,
  ...value,
];
