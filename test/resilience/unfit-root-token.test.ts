import { afterEach, describe, expect, it } from 'vitest';
import { makeKey, roundTrip } from '../support/clients.js';
import {
  CLUSTER_ID,
  configure,
  type FaultyStrongroom,
  faultyStrongroom,
  tokenEntry,
} from '../support/faulty-strongroom.js';
import { Pkcs11Tool } from '../support/pkcs11-tool.js';
import { refusedStart } from '../support/refused-start.js';

/** As openCryptoki's soft token refuses AES-GCM. */
const MECHANISM_INVALID = 0x70;
const FUNCTION_NOT_SUPPORTED = 0x54;

describe("a root token that can't do its work", () => {
  let faulty: FaultyStrongroom;
  afterEach(() => faulty.dispose());

  const refused = async () => {
    const { line, changed } = await refusedStart(faulty.strongroom);
    return { line, changed: changed.filter((path) => !path.startsWith('softhsm/')) };
  };
  /** A probe's would be one, too. */
  const keysOfRoot = async () => {
    const listed = await new Pkcs11Tool(faulty.strongroom, 'root').run('--list-objects');
    return listed.match(/^\s*ID:/gm) ?? [];
  };

  it.each<[what: string, directive: string, line: string, lineWithRootKey?: string]>([
    [
      'does no AES-GCM',
      `fail C_EncryptInit ${MECHANISM_INVALID}`,
      'sealing with AES-256-GCM failed: CKR_MECHANISM_INVALID',
    ],
    [
      'opens nothing',
      `fail C_DecryptInit ${MECHANISM_INVALID}`,
      'opening with AES-256-GCM failed: CKR_MECHANISM_INVALID',
    ],
    [
      'gives no random octets',
      `fail C_GenerateRandom ${FUNCTION_NOT_SUPPORTED}`,
      'giving random octets failed: CKR_FUNCTION_NOT_SUPPORTED',
    ],
    [
      'encrypts wrongly',
      'corrupt C_Encrypt',
      'sealing with AES-256-GCM is wrong: a wrong ciphertext',
      // Of the root key nobody knows the value: only the token can tell that it is wrong.
      'opening with AES-256-GCM failed: CKR_GENERAL_ERROR',
    ],
  ])('is told in one line, and nothing is left in it: it %s', async (...row) => {
    const [, directive, line, lineWithRootKey = line] = row;
    faulty = await faultyStrongroom();
    await faulty.root.set(directive);
    const told = (what: string) =>
      expect.stringMatching(`the root token root \\(serial \\w+\\) can't do its work: ${what}`);
    expect((await refused()).line).toEqual(told(line));
    expect(await keysOfRoot()).toEqual([]);

    await faulty.root.clear();
    await faulty.strongroom.start();
    const client = await faulty.strongroom.client();
    const keyId = await makeKey(client);
    // The root key, and both halves of the pair that signs the audit trail.
    expect(await keysOfRoot()).toHaveLength(3);
    await faulty.strongroom.stop();

    // With its root key it is told just so, and nothing is changed.
    await faulty.root.set(directive);
    expect(await refused()).toEqual({ line: told(lineWithRootKey), changed: [] });
    await faulty.root.clear();
    await faulty.strongroom.start();
    await roundTrip(await faulty.strongroom.client(), keyId);
    // The root key, and both halves of the pair that signs the audit trail.
    expect(await keysOfRoot()).toHaveLength(3);
  });

  it.each(['luna-fips', 'nshield'])('because its vendor is said to be %s', async (vendor) => {
    faulty = await faultyStrongroom();
    const { strongroom, root } = faulty;
    await strongroom.start();
    const keyId = await makeKey(await strongroom.client());
    await strongroom.stop();
    const tokens = (other: object) => ({
      tokens: [
        tokenEntry(strongroom.dataDir, 'root', { env: root.env, ...other }),
        tokenEntry(strongroom.dataDir, CLUSTER_ID),
      ],
    });
    await configure(strongroom, tokens({ vendor }));
    const { line, changed } = await refused();
    expect(line).toMatch(/can't do its work: sealing with AES-256-GCM failed: CKR_MECHANISM_PARAM/);
    expect(changed).toEqual([]);

    await configure(strongroom, tokens({}));
    await strongroom.start();
    await roundTrip(await strongroom.client(), keyId);
  });
});
