/** Making a token ready: C_InitToken, and the user's PIN by C_InitPIN (PKCS#11 v2.40 §5.5, §5.6). */
import { namesOfFlags, type SlotLook, type TokenFlag } from './library-look.js';
import { oneOf, perhaps, record, type Shape, text, truth } from './shapes.js';

/** Which token is to be made. */
export interface SetUpWish {
  /** CKA_LABEL of the token: 1 to 32 octets in UTF-8. */
  readonly label: string;
  /** CK_SLOT_ID in decimal; undefined: the one slot whose token isn't initialised. */
  readonly slot: string | undefined;
  /** Gives a token that has this label and no user PIN its user PIN, and makes none. */
  readonly finish: boolean;
}

export type SetUpDecision =
  | { readonly action: 'make' | 'finish'; readonly slot: SlotLook }
  | { readonly action: 'refuse'; readonly reason: string; readonly found?: SlotLook };

/**
 * What is to be done. Whatever is initialised, has a user PIN or can't be written to is left as it is:
 * C_InitToken destroys all that is in a token.
 */
export function decideSetUp(slots: readonly SlotLook[], wish: SetUpWish): SetUpDecision {
  const bearers = slots.filter((slot) => isMade(slot) && slot.token?.label === wish.label);
  const [bearer] = bearers;
  if (bearers.length > 1) return refuse('several tokens have this label already');
  if (bearer) return wish.finish ? finishing(bearer) : refuse(ALREADY[pinOf(bearer)], bearer);
  if (wish.finish) return refuse('no token has this label: there is nothing to finish');
  return making(slots, wish.slot);
}

const ALREADY = {
  set: 'a token with this label is initialised already and has its user PIN; nothing was done to it',
  unset:
    'a token with this label is initialised already and has no user PIN: an earlier run was cut off, or somebody else is making it; --finish gives it its user PIN and does nothing else to it',
} as const;

function finishing(bearer: SlotLook): SetUpDecision {
  if (pinOf(bearer) === 'set') return refuse(ALREADY.set, bearer);
  return barred(bearer) ?? { action: 'finish', slot: bearer };
}

function making(slots: readonly SlotLook[], wanted: string | undefined): SetUpDecision {
  if (wanted !== undefined) {
    const slot = slots.find(({ id }) => id === wanted);
    if (!slot) return refuse(`there is no token in a slot ${wanted}`);
    if (isMade(slot)) {
      return refuse(`the token in slot ${wanted} is initialised already, and is left alone`, slot);
    }
    return barred(slot) ?? { action: 'make', slot };
  }
  const free = slots.filter((slot) => slot.token && !isMade(slot) && !isReadOnly(slot));
  const [slot] = free;
  if (!slot) return refuse('the library has no token that is not initialised yet');
  if (free.length > 1) {
    const ids = free.map(({ id, description }) => `${id} (${description})`).join(', ');
    return refuse(
      `the tokens in several slots are not initialised yet: choose one by --slot: ${ids}`,
    );
  }
  return barred(slot) ?? { action: 'make', slot };
}

/** Flags with which the security officer's PIN is not tried, and what to do. */
const NO_SO_LOGIN: Readonly<Partial<Record<TokenFlag, string>>> = {
  CKF_WRITE_PROTECTED: 'the token is write-protected',
  CKF_SO_PIN_LOCKED: "the security officer's PIN is locked",
  CKF_SO_PIN_FINAL_TRY:
    "one try is left for the security officer's PIN and was not used: log in once with the vendor's tool, which resets the counter",
  CKF_SO_PIN_COUNT_LOW:
    "the token refused a PIN of the security officer since it took one, so no other is tried: log in once with the vendor's tool, which resets the counter",
};

function barred(slot: SlotLook): SetUpDecision | undefined {
  for (const flag of namesOfFlags(slot.flags)) {
    // SoftHSM says so of a token that has no such PIN yet. C_InitToken spends no try of a locked one.
    if (flag === 'CKF_SO_PIN_LOCKED' && !isMade(slot)) continue;
    const reason = NO_SO_LOGIN[flag];
    if (reason !== undefined) return refuse(`${flag}: ${reason}`, slot);
  }
  return undefined;
}

function isMade({ flags }: SlotLook): boolean {
  const names = namesOfFlags(flags);
  return names.includes('CKF_TOKEN_INITIALIZED') || names.includes('CKF_USER_PIN_INITIALIZED');
}

function isReadOnly({ flags }: SlotLook): boolean {
  return namesOfFlags(flags).includes('CKF_WRITE_PROTECTED');
}

function pinOf({ flags }: SlotLook): 'set' | 'unset' {
  return namesOfFlags(flags).includes('CKF_USER_PIN_INITIALIZED') ? 'set' : 'unset';
}

function refuse(reason: string, found?: SlotLook): SetUpDecision {
  return { action: 'refuse', reason, ...(found && { found }) };
}

/** What the process that sets up is told. The PINs are secrets. */
export interface SetUpOrder extends SetUpWish {
  readonly module: string;
  readonly libraryParameters?: string;
  readonly soPin: string;
  readonly userPin: string;
}

const SET_UP_STEPS = ['C_InitToken', 'C_OpenSession', 'C_Login', 'C_InitPIN'] as const;
export type SetUpStep = (typeof SET_UP_STEPS)[number];

/** What came of it. */
export interface SetUpAnswer {
  /** Undefined: the token is ready. */
  readonly failure?: {
    /** The return code's name, the reason of a refusal, or what kept the library from being loaded. */
    readonly reason: string;
    /** The call that failed; undefined where nothing was done. */
    readonly step: SetUpStep | undefined;
    /** Whether C_InitToken was carried out. */
    readonly initialised: boolean;
  };
}

export const setUpOrder: Shape<SetUpOrder> = record(
  {
    module: text,
    label: text,
    slot: perhaps(text),
    finish: truth,
    soPin: text,
    userPin: text,
  },
  { libraryParameters: text },
);

export const setUpAnswer: Shape<SetUpAnswer> = record(
  {},
  {
    failure: record(
      { reason: text, initialised: truth },
      { step: perhaps(oneOf(...SET_UP_STEPS)) },
    ),
  },
) as Shape<SetUpAnswer>;
