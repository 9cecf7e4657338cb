/** What a PKCS#11 library says of itself and its slots to somebody who has not logged in. */
import { integer, listOf, perhaps, record, type Shape, text, truth, tuple } from './shapes.js';
import { type TokenInfo, tokenInfo } from './token-info.js';

/** The flags of CK_TOKEN_INFO that an operator acts on, with their bits. */
export const TOKEN_FLAGS = {
  CKF_WRITE_PROTECTED: 0x02,
  CKF_LOGIN_REQUIRED: 0x04,
  CKF_USER_PIN_INITIALIZED: 0x08,
  CKF_TOKEN_INITIALIZED: 0x400,
  CKF_USER_PIN_COUNT_LOW: 0x1_00_00,
  CKF_USER_PIN_FINAL_TRY: 0x2_00_00,
  CKF_USER_PIN_LOCKED: 0x4_00_00,
  CKF_USER_PIN_TO_BE_CHANGED: 0x8_00_00,
  CKF_SO_PIN_COUNT_LOW: 0x10_00_00,
  CKF_SO_PIN_FINAL_TRY: 0x20_00_00,
  CKF_SO_PIN_LOCKED: 0x40_00_00,
} as const;

export type TokenFlag = keyof typeof TOKEN_FLAGS;

/** Names of the flags that are set in CK_TOKEN_INFO.flags, as far as the table has them. */
export function namesOfFlags(flags: number): TokenFlag[] {
  return (Object.keys(TOKEN_FLAGS) as TokenFlag[]).filter(
    (name) => (flags & TOKEN_FLAGS[name]) !== 0,
  );
}

/** One slot with a token in it. */
export interface SlotLook {
  /** CK_SLOT_ID in decimal: good for this look, since libraries number their slots anew. */
  readonly id: string;
  readonly description: string;
  readonly manufacturer: string;
  /** Undefined where the token can't be read. */
  readonly token: TokenInfo | undefined;
  /** CK_TOKEN_INFO.flags; 0 where it can't be read. */
  readonly flags: number;
  /** The most sessions of the token; undefined when it does not say. */
  readonly maxSessions: number | undefined;
  /** Octets of a PIN, least and most; undefined where the token can't be read. */
  readonly pinBytes: readonly [least: number, most: number] | undefined;
}

export interface LibraryLook {
  readonly description: string;
  readonly manufacturer: string;
  /** major.minor of the library, and of the PKCS#11 that it speaks. */
  readonly version: string;
  readonly cryptoki: string;
  /** Whether it says that several threads may call it. */
  readonly threads: boolean;
  readonly slots: readonly SlotLook[];
}

/** What is looked at. Never a secret. */
export interface LookOrder {
  readonly module: string;
  readonly libraryParameters?: string;
}

export const lookOrder: Shape<LookOrder> = record({ module: text }, { libraryParameters: text });

/** What the process that looked writes: what it saw, or why not. */
export const lookAnswer: Shape<{ readonly seen?: LibraryLook; readonly failure?: string }> = record(
  {},
  {
    failure: text,
    seen: record({
      description: text,
      manufacturer: text,
      version: text,
      cryptoki: text,
      threads: truth,
      slots: listOf(
        record(
          { id: text, description: text, manufacturer: text, flags: integer },
          {
            token: perhaps(tokenInfo),
            maxSessions: perhaps(integer),
            pinBytes: perhaps(tuple(integer, integer)),
          },
        ),
      ),
    }),
  },
) as Shape<{ readonly seen?: LibraryLook; readonly failure?: string }>;
