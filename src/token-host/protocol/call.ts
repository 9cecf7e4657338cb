/** How one call of a token is described and crosses the socket. */
import { packBody, unpackBody } from './frames.js';
import type { Shape } from './shapes.js';

/** What goes in and what comes out. */
export interface Call<Arguments, Result> {
  readonly args: Arguments;
  readonly result: Result;
}

/** How both are recognised on the side that reads them. */
export interface CallShapes<Described extends Call<unknown, unknown>> {
  readonly args: Shape<Described['args']>;
  readonly result: Shape<Described['result']>;
}

/** Thrown for arguments or a result that are not what their call has. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** What was packed, when it has this shape. Throws FrameError or ShapeError. */
export function unpackAs<T>(shape: Shape<T>, packed: Uint8Array): T {
  const value = unpackBody(packed);
  if (!shape(value)) throw new ShapeError('Arguments or a result are not of their call');
  return value;
}

/** The reverse, then zeroes what was packed if it is a byte string, which may be a secret. */
export function packAndZero(value: unknown): Buffer {
  try {
    return packBody(value);
  } finally {
    if (value instanceof Buffer) value.fill(0);
  }
}
