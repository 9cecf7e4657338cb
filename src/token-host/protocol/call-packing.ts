/** The arguments and results of calls on the side that reads them. */
import { unpackAs } from './call.js';
import { type ArgumentsOf, type CallName, callRow, type ResultOf } from './token-calls.js';

/** The arguments of a call. Byte strings are views of `packed`. Throws FrameError or ShapeError. */
export function unpackArguments<Name extends CallName>(
  name: Name,
  packed: Uint8Array,
): ArgumentsOf<Name> {
  return unpackAs(callRow(name).args, packed);
}

/** The result of a call. Throws FrameError or ShapeError. */
export function unpackResult<Name extends CallName>(
  name: Name,
  packed: Uint8Array,
): ResultOf<Name> {
  return unpackAs(callRow(name).result, packed);
}
