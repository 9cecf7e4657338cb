/** What `token init` does with the tokens that a library shows: only what has nothing in it is made. */
import { describe, expect, it } from 'vitest';
import {
  type SlotLook,
  TOKEN_FLAGS,
  type TokenFlag,
} from '../../src/token-host/protocol/library-look.js';
import { decideSetUp, type SetUpWish } from '../../src/token-host/protocol/token-set-up.js';
import { VENDOR_NAMES } from '../../src/token-host/vendors/index.js';
import { setUpTool } from '../../src/token-host/vendors/set-up-tools.js';

const READY = ['CKF_TOKEN_INITIALIZED', 'CKF_USER_PIN_INITIALIZED'] as const;

function slot(id: string, label: string, ...flags: readonly TokenFlag[]): SlotLook {
  const info = { serial: id, manufacturer: 'm', model: 'm', firmware: '1.0' };
  return {
    ...{ id, description: `slot ${id}`, manufacturer: 'm', token: { label, ...info } },
    flags: flags.reduce((all, flag) => all | TOKEN_FLAGS[flag], 0),
    ...{ maxSessions: undefined, pinBytes: [4, 255] },
  };
}

const WISH: SetUpWish = { label: 'hsm', slot: undefined, finish: false };
const BLANK = slot('1', '');

describe('decideSetUp', () => {
  it.each<[string, Partial<SetUpWish>, SlotLook[], string]>([
    ['the one blank token', {}, [slot('0', 'other', ...READY), BLANK], 'make 1'],
    [
      'a blank one that says of no SO PIN that it is locked',
      {},
      [slot('1', '', 'CKF_SO_PIN_LOCKED')],
      'make 1',
    ],
    ['no token', {}, [], 'no token that is not initialised'],
    ['none that is blank', {}, [slot('0', 'other', ...READY)], 'no token that is not initialised'],
    [
      'a blank one that is write-protected',
      {},
      [slot('1', '', 'CKF_WRITE_PROTECTED')],
      'no token that is not',
    ],
    ['several blank ones', {}, [BLANK, slot('2', '')], 'choose one by --slot: 1 .*, 2 '],
    ['one of several', { slot: '2' }, [BLANK, slot('2', '')], 'make 2'],
    ['a slot that is not there', { slot: '3' }, [BLANK], 'no token in a slot 3'],
    ['a slot with a token', { slot: '0' }, [slot('0', 'x', 'CKF_TOKEN_INITIALIZED')], 'left alone'],
    [
      'one that has a user PIN, whatever it says else',
      { slot: '0' },
      [slot('0', '', 'CKF_USER_PIN_INITIALIZED')],
      'left alone',
    ],
    [
      'one whose SO PIN is nearly lost',
      {},
      [slot('1', '', 'CKF_SO_PIN_FINAL_TRY')],
      '^CKF_SO_PIN_FINAL_TRY: ',
    ],
    [
      'the label of a token that is ready',
      {},
      [BLANK, slot('0', 'hsm', ...READY)],
      'has its user PIN',
    ],
    [
      'the label of one without a user PIN',
      {},
      [BLANK, slot('0', 'hsm', READY[0])],
      'cut off.*--finish',
    ],
    [
      'the label of two',
      {},
      [slot('0', 'hsm', ...READY), slot('2', 'hsm', ...READY)],
      'several tokens have this label',
    ],
    ['finishing it', { finish: true }, [BLANK, slot('0', 'hsm', READY[0])], 'finish 0'],
    [
      'finishing one that is ready',
      { finish: true },
      [slot('0', 'hsm', ...READY)],
      'has its user PIN',
    ],
    ['finishing none', { finish: true }, [BLANK], 'nothing to finish'],
    [
      'finishing after a wrong SO PIN',
      { finish: true },
      [slot('0', 'hsm', READY[0], 'CKF_SO_PIN_COUNT_LOW')],
      '^CKF_SO_PIN_COUNT_LOW: ',
    ],
    [
      'finishing with a locked SO PIN',
      { finish: true },
      [slot('0', 'hsm', READY[0], 'CKF_SO_PIN_LOCKED')],
      '^CKF_SO_PIN_LOCKED: ',
    ],
  ])('%s', (_what, wish, slots, expected) => {
    const decision = decideSetUp(slots, { ...WISH, ...wish });
    const told =
      decision.action === 'refuse' ? decision.reason : `${decision.action} ${decision.slot.id}`;
    expect(told).toMatch(new RegExp(expected));
    expect(told.startsWith('make') || told.startsWith('finish')).toBe(decision.action !== 'refuse');
  });
});

it('knows by what each vendor’s tokens are made', () => {
  const unknown = VENDOR_NAMES.filter((name) => setUpTool(name) === setUpTool('generic'));
  expect(unknown).toEqual(['generic']);
});
