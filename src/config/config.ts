import type { Static } from 'typebox';
import type { ConfigSchema } from './schema.js';
import type { Secret } from './secret.js';
import type { TokenSchema } from './token-schema.js';

type Frozen<T> = T extends Secret
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : T extends object
      ? { readonly [Name in keyof T]: Frozen<T[Name]> }
      : T;

/** One PKCS#11 token. Times are in milliseconds, paths absolute; exactly one of label, serial and uri. */
export type TokenConfig = Frozen<Static<typeof TokenSchema>>;

/**
 * The validated configuration, frozen all through. Paths are absolute, sizes in bytes, times in
 * milliseconds; what each setting means stands in `schema.ts`.
 */
export type Config = Omit<Frozen<Static<typeof ConfigSchema>>, 'services'> & {
  /** Service principals; without `accounts` for the callers of every account. */
  readonly services: readonly {
    readonly principal: string;
    readonly accounts?: readonly string[];
  }[];
  /** Files that hold secrets, and that settings name. */
  readonly secretFiles: readonly string[];
  /** Ids of the tokens that the quick start must make if they do not exist yet. */
  readonly quickStart: readonly string[];
};
