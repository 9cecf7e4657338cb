import type { KeyOrder } from '../protocol/key-order.js';
import { type ReturnCodeAction, returnCode } from '../protocol/return-codes.js';
import { TokenHostError } from '../protocol/token-error.js';
import type { ProbeReport, ProbeRequest, TrialTask } from '../protocol/token-trials.js';
import type { ManagementContext, SessionContext } from './context.js';
import { generate, type KeyHandles } from './key-generation.js';
import { generationOf, importTemplate } from './key-templates.js';
import { type Handle, returnValue } from './pkcs11.js';
import { readPublicKey } from './public-objects.js';
import { closeSession, openSession } from './session.js';
import { runTrial, type TrialKey } from './trials.js';

/** Return codes that say nothing about what the token can do. */
const INCONCLUSIVE: ReadonlySet<ReturnCodeAction> = new Set([
  'busy',
  'restart',
  'refused',
  'login',
]);

/** The same, unless they come again with a new session. */
const DOUBTFUL: ReadonlySet<ReturnCodeAction> = new Set(['session', 'handles']);

/**
 * Makes a key that ends with the probe, and does with it what the tasks say. Throws the library's
 * error for what says nothing about the token's capabilities.
 */
export function probe(
  context: ManagementContext,
  { order, secret, tasks }: ProbeRequest,
): ProbeReport {
  const { library, slot, vendor, progress } = context;
  // Session objects end with the session that made them; what a failed task spoils is another one.
  const session = openSession(library, slot);
  try {
    const made = attempt(context, () => makeKey({ library, session, vendor }, order, secret));
    progress();
    if (typeof made === 'string') return nothingMade(tasks, made);
    const { handles, imported } = made;
    const publicKey =
      handles.publicKey && readPublicKey(library, session, order, handles.publicKey);
    const key: TrialKey = { handle: handles.key, publicKey };
    const answers = tasks.map((task) => {
      const answer = attempt(context, () => runTask(context, key, task));
      progress();
      return answer;
    });
    return {
      imported,
      publicKey,
      keySizes: keySizes(context, generationOf(order).generation),
      answers,
    };
  } catch (error) {
    if (!(error instanceof TokenHostError)) throw error;
    // The public half can't be read: nothing that was made could be used.
    return nothingMade(tasks, error.message);
  } finally {
    closeSession(library, session);
  }
}

function nothingMade(tasks: ProbeRequest['tasks'], reason: string): ProbeReport {
  const answers = tasks.map(() => reason);
  return { imported: false, publicKey: undefined, keySizes: undefined, answers };
}

function makeKey(
  context: SessionContext,
  order: KeyOrder,
  secret: Buffer | undefined,
): { handles: KeyHandles; imported: boolean } {
  const imported = secret && importKey(context, order, secret);
  if (imported !== undefined) {
    return { handles: { key: imported, publicKey: undefined }, imported: true };
  }
  return { handles: generate(context, order), imported: false };
}

/** Undefined where the token does not take a key that was made outside. */
function importKey(
  { library, session, vendor }: SessionContext,
  order: KeyOrder,
  secret: Buffer,
): Handle | undefined {
  try {
    return library.C_CreateObject(session, importTemplate(order, vendor, secret));
  } catch (error) {
    const rv = returnValue(error);
    if (rv === undefined || INCONCLUSIVE.has(returnCode(rv).action)) throw error;
    return undefined;
  }
}

function runTask(
  { library, slot, vendor }: ManagementContext,
  key: TrialKey,
  { trial, args }: TrialTask,
): Buffer {
  const session = openSession(library, slot);
  try {
    return runTrial(trial, { library, session, vendor }, key, args);
  } finally {
    closeSession(library, session);
  }
}

/** The value, or why there is none. A failure that may be a passing one is tried twice. */
function attempt<Value>(context: ManagementContext, work: () => Value): Value | string {
  for (let again = false; ; again = true) {
    try {
      return work();
    } catch (error) {
      const rv = returnValue(error);
      if (rv === undefined) return 'the call could not be made';
      const { action, name } = returnCode(rv);
      if (INCONCLUSIVE.has(action) || (DOUBTFUL.has(action) && !context.again)) throw error;
      if (again || action !== 'bad-tag') return name;
    }
  }
}

function keySizes(
  { library, slot }: ManagementContext,
  mechanism: number,
): readonly [number, number] | undefined {
  try {
    const { minKeySize, maxKeySize } = library.C_GetMechanismInfo(slot, mechanism);
    return [minKeySize, maxKeySize];
  } catch (error) {
    // The key was made all the same; its bounds are then found out by trying.
    if (returnValue(error) === undefined) throw error;
    return undefined;
  }
}
