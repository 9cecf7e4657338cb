import type { TObject, TProperties } from 'typebox';
import type { KeyUsage } from '../../../crypto/algorithms.js';
import { type OnKey, onKey } from '../on-key.js';
import type { KmsOperation } from '../operation.js';

/** What an operation says that uses a key for what the key is for. */
type Cryptographic<Members extends TProperties, OutputShape extends TObject, Ports> = Omit<
  OnKey<Members, OutputShape, Ports>,
  keyof typeof EVERY_ONE | 'usage'
> & { readonly usage: KeyUsage };

/** What is true of every one of them. */
const EVERY_ONE = {
  state: 'cryptography',
  keyIds: 'any',
  crossAccount: true,
  grants: true,
  readOnly: true,
  countsAsUse: true,
} as const satisfies Partial<OnKey<TProperties, TObject, object>>;

/**
 * Declares a cryptographic operation on one key: the key is named in any form, may be another account's,
 * may be used by a grant, and remembers the use.
 */
export function cryptographicOperation<
  Members extends TProperties,
  OutputShape extends TObject,
  Ports,
>(name: string, declared: Cryptographic<Members, OutputShape, Ports>): KmsOperation<Ports> {
  const { without = [] } = declared;
  return onKey<Members, OutputShape, Ports>(name, {
    quota: 'keys',
    ...declared,
    ...EVERY_ONE,
    without: ['InvalidArnException', ...without],
  });
}
