/** Which of several tokens that stand for one are asked: by call. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ArgumentsOf, CallName, KeyOf, ResultOf } from '../protocol/token-calls.js';
import { TokenHostError } from '../protocol/token-error.js';
import type { WrappedKey, WrappedMaterial, WrappingOrder } from '../protocol/wrapped-keys.js';
import type { TokenClient } from './client.js';

/** One of the tokens. */
export interface Member {
  readonly id: string;
  readonly client: TokenClient;
}

/** One call, and whom it may be made of. */
export interface Ask<Name extends CallName> {
  readonly now: () => number;
  readonly deadline: number;
  readonly members: readonly Member[];
  /** Those that may serve, the best first. */
  readonly inTurn: () => readonly Member[];
  readonly nobody: () => TokenHostError;
  readonly of: (member: Member) => Promise<ResultOf<Name>>;
  readonly oneOf: (isEnough: (result: ResultOf<Name>) => boolean) => Promise<ResultOf<Name>>;
}

export type MemberCall<Name extends CallName> = (
  ask: Ask<Name>,
  key: KeyOf<Name>,
  args: ArgumentsOf<Name>,
) => Promise<ResultOf<Name>>;

type MemberCalls = { readonly [Name in CallName]: MemberCall<Name> };

/** Cloned partitions take new keys over by themselves, in this time. */
const CLONING_MS = 3000;
const LOOK_EVERY_MS = 250;
const DESTROY_TIMEOUT_MS = 30_000;

/** Any that can. */
const any = <Name extends CallName>({ oneOf }: Ask<Name>) => oneOf(() => true);

const CALLS: MemberCalls = {
  encrypt: any,
  decrypt: any,
  random: any,
  sign: any,
  mac: any,
  derive: any,
  decryptOaep: any,
  logIn: any,
  keySizes: any,
  loadKey: any,
  unloadKey: any,
  examineKey: any,
  trySessions: any,
  // Whoever has it.
  findObject: ({ oneOf }) => oneOf((found) => found !== undefined),
  reportKeys: ({ oneOf }) => oneOf(({ keys }) => keys.length > 0),
  createKey: (ask, key) => madeOnAll(ask, key),
  generateKey: (ask, key) => madeOnAll(ask, key),
  unwrapKey: (ask, _key, { identity }) =>
    identity === undefined ? any(ask) : madeOnAll(ask, identity.ckaId),
  generateWrapped: (ask, _key, order) => wrappedForAll(ask, order),
  destroyObject: (ask) => destroyedOnAll(ask),
};

export function memberCall<Name extends CallName>(name: Name): MemberCall<Name> {
  return CALLS[name];
}

/**
 * Made by one, and waited for until all others have it: such a key isn't used from which an outage of
 * one would cut off. Where they don't get it, it is destroyed again.
 * @throws TokenHostError `unavailable` when a member is away, `not-everywhere`
 */
async function madeOnAll<Name extends CallName>(
  ask: Ask<Name>,
  ckaId: string,
): Promise<ResultOf<Name>> {
  const away = ask.members.find(({ client }) => !isExpected(client.state));
  if (away) {
    const text = `The member ${away.id} of the token is ${away.client.state}, and would lack the key`;
    throw new TokenHostError('unavailable', text);
  }
  const [maker] = ask.inTurn();
  if (maker === undefined) throw ask.nobody();
  const result = await ask.of(maker);
  const until = Math.min(ask.deadline, ask.now() + CLONING_MS);
  try {
    const others = ask.members.filter((member) => member !== maker);
    await Promise.all(others.map((member) => appears(member, ckaId, until, ask.now)));
  } catch (error) {
    await maker.client.call('destroyObject', ckaId, undefined, ask.now() + DESTROY_TIMEOUT_MS);
    throw error;
  }
  return result;
}

async function appears(
  { id, client }: Member,
  ckaId: string,
  until: number,
  now: () => number,
): Promise<void> {
  while (!(await client.call('findObject', ckaId, undefined, until))) {
    if (now() + LOOK_EVERY_MS >= until) {
      const text = `A key that another member made did not get into the member ${id} of the token`;
      throw new TokenHostError('not-everywhere', text);
    }
    await pause(LOOK_EVERY_MS);
  }
}

/** Wrapped by one, and unwrapped by all others that can be reached. */
async function wrappedForAll(
  ask: Ask<'generateWrapped'>,
  order: WrappingOrder,
): Promise<WrappedMaterial> {
  const [maker, ...others] = ask.inTurn();
  if (maker === undefined) throw ask.nobody();
  const made = await ask.of(maker);
  const key: WrappedKey = { ...order, id: '', wrapped: made.wrapped };
  const reached = others.filter(({ client }) => client.state === 'ready');
  await Promise.all(reached.map(({ client }) => client.proveLoading(key, ask.deadline)));
  return made;
}

/** By all: one that is away fails the call after the others have done it, so that it is asked again. */
async function destroyedOnAll(ask: Ask<'destroyObject'>): Promise<boolean> {
  const ends = await Promise.allSettled(ask.members.map(ask.of));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
  return ends.some((end) => end.status === 'fulfilled' && end.value);
}

/** Whether calls are answered, or wait for what is on its way. */
function isExpected(state: Member['client']['state']): boolean {
  return state === 'ready' || state === 'starting' || state === 'replacing';
}
