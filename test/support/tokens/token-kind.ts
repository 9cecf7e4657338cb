/** What a token of the matrix is: how it is made, and how the configuration names it. */

/** A token that is there. */
export interface MadeToken {
  /** Its entry of `tokens:`, all but `id`, `trustAnchor` and `pinFile`. */
  readonly settings: {
    readonly module: string;
    readonly label: string;
    readonly vendor: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly libraryParameters?: string;
  };
  /** 7 to 32 letters, digits and marks, as KeyStorePassword takes them. */
  readonly pin: string;
  /** Ends its processes and removes what it has outside of the directory that it was given. */
  readonly dispose: () => Promise<void>;
}

/** A PKCS#11 library with whatever stands behind it. */
export interface TokenKind {
  readonly name: TokenName;
  /** Why it can't be the root token, as the refused start says; undefined where it can. */
  readonly unfitForRoot?: RegExp;
  /** @param dir an empty directory of mode 0700, removed by the caller after `dispose` */
  readonly make: (dir: string) => Promise<MadeToken>;
}

export const TOKEN_NAMES = [
  'softhsm',
  'nss',
  'p11-kit-client',
  'p11-kit-proxy',
  'opencryptoki',
  'kryoptic',
] as const;
export type TokenName = (typeof TOKEN_NAMES)[number];
