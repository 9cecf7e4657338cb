import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateAliasCommand, CreateKeyCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeCiphertext, encodeHeader } from '../../src/services/kms/cryptography/ciphertext.js';
import { allow, type Clients, clientsOf, credentialsIn, newUser } from '../support/principals.js';
import { type RawCall, RawClient } from '../support/raw-client.js';
import { soakRounds } from '../support/soak.js';
import { REGION, Strongroom } from '../support/strongroom.js';
import { median, toldApart } from '../support/told-apart.js';

const OWNER = '444455556666';
const SAMPLES = soakRounds(2000);
/** How far from chance one measurement may tell two names apart. */
const MARGIN = 0.05;
/** As long as a key policy may be, nearly; it names nobody of the caller's account. */
const BIG_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: Array.from({ length: 180 }, (_, at) => ({
    Sid: `s${at}`,
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${OWNER}:root` },
    Action: 'kms:*',
    Resource: '*',
  })),
});

/** A key of the other account, and an alias of it. */
interface Held {
  readonly keyId: string;
  readonly alias: string;
}

/** A call in which a stranger names a key. */
type Naming = (held: Held) => RawCall;

const encrypt = (KeyId: string): RawCall => ({
  operation: 'Encrypt',
  body: JSON.stringify({ KeyId, Plaintext: 'AAAA' }),
});
const arn = (name: string) => `arn:aws:kms:${REGION}:${OWNER}:${name}`;

const NAMINGS: Readonly<Record<string, Naming>> = {
  'key id': ({ keyId }) => encrypt(keyId),
  'key ARN': ({ keyId }) => encrypt(arn(`key/${keyId}`)),
  'alias ARN': ({ alias }) => encrypt(arn(alias)),
  ciphertext: ({ keyId }) => ({
    operation: 'Decrypt',
    body: JSON.stringify({ CiphertextBlob: ciphertextUnder(keyId).toString('base64') }),
  }),
};

/** Anybody can make one: the header's check octets are no secret. */
function ciphertextUnder(keyId: string): Buffer {
  const materialId = randomBytes(32).toString('hex');
  const [nonce, tag, ciphertext] = [randomBytes(16), randomBytes(16), randomBytes(20)];
  return encodeCiphertext(encodeHeader({ kind: 'software', keyId, materialId }), {
    nonce,
    tag,
    ciphertext,
  });
}

const invented = (): Held => ({ keyId: randomUUID(), alias: `alias/${randomUUID()}` });

let strongroom: Strongroom;
let owner: Clients;
const strangers: Record<string, Clients> = {};
/** Nobody uses these after a start. */
let cold: Held[];
/** Their owner uses these all the time. */
let warm: Held[];

beforeAll(async () => {
  strongroom = await Strongroom.start({ yaml: { accounts: [OWNER] } });
  owner = clientsOf(strongroom, await credentialsIn(strongroom, `accounts/${OWNER}.credentials`));
  const root = clientsOf(strongroom, await strongroom.credentials());
  strangers['whose own policies allow it'] = await newUser(strongroom, root, 'may');
  strangers['without a permission'] = await newUser(strongroom, root, 'may-not');
  await root.iam.send(
    new PutUserPolicyCommand({
      ...{ UserName: 'may', PolicyName: 'all' },
      PolicyDocument: allow('kms:*'),
    }),
  );
  warm = await Promise.all([{}, { Policy: BIG_POLICY }].map(held));
  cold = [];
  while (cold.length < SAMPLES) {
    const made = Array.from({ length: 8 }, (_, at) => held(at % 2 ? { Policy: BIG_POLICY } : {}));
    cold.push(...(await Promise.all(made)));
  }
}, 1_800_000);
afterAll(() => strongroom.dispose());

async function held(input: { readonly Policy?: string }): Promise<Held> {
  const { KeyMetadata } = await owner.kms.send(new CreateKeyCommand(input));
  const keyId = KeyMetadata?.KeyId ?? '';
  const alias = `alias/${randomUUID()}`;
  await owner.kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: keyId }));
  return { keyId, alias };
}

/** Makes all that a key needs be in memory, by its id and by its alias. */
async function use({ keyId, alias }: Held): Promise<void> {
  const { kms } = clientsOf(strongroom, owner.credentials);
  for (const KeyId of [keyId, alias]) {
    await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('warm') }));
  }
}

interface Measured {
  readonly there: number[];
  readonly absent: number[];
}

/** Calls one after the other over one connection, there and absent in the order of chance. */
async function measure(
  naming: Naming,
  stranger: Clients,
  there: (turn: number) => Held,
): Promise<Measured> {
  const client = new RawClient(strongroom);
  const { hostname, port } = new URL(strongroom.endpoint);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const measured: Measured = { there: [], absent: [] };
  const call = async (asked: RawCall): Promise<number> => {
    const headers = await client.headers({ ...asked, ...stranger.credentials });
    const begun = process.hrtime.bigint();
    const outgoing = request({ agent, hostname, port, method: 'POST', path: '/', headers });
    outgoing.end(asked.body);
    const [incoming] = await once(outgoing, 'response');
    const body = await text(incoming);
    const took = Number(process.hrtime.bigint() - begun) / 1000;
    expect({ status: incoming.statusCode, body }).toMatchObject({ status: 400 });
    return took;
  };
  // What the server has never done yet is slow.
  for (let turn = 0; turn < 300; turn += 1) await call(naming(invented()));
  const turns = Array.from({ length: 2 * SAMPLES }, (_, at) => ({ at, order: Math.random() }));
  turns.sort((one, other) => one.order - other.order);
  for (const { at } of turns) {
    if (at < SAMPLES) measured.there.push(await call(naming(there(at))));
    else measured.absent.push(await call(naming(invented())));
  }
  agent.destroy();
  return measured;
}

describe.each(['whose own policies allow it', 'without a permission'])('to a caller %s', (who) => {
  describe.each(Object.entries(NAMINGS))("another account's key by %s", (form, naming) => {
    it.each(['warm', 'cold'])('%s: takes as long as one that is not there', async (state) => {
      await strongroom.stop();
      await strongroom.start();
      if (state === 'warm') for (const one of warm) await use(one);
      const keys = state === 'warm' ? warm : cold;
      const stranger = strangers[who] as Clients;
      const { there, absent } = await measure(naming, stranger, (turn) => {
        return keys[turn % keys.length] as Held;
      });
      const area = toldApart(there, absent);
      console.log(
        `${form}, ${state}, ${who}: AUC ${area.toFixed(3)}, medians ${median(there).toFixed(0)} and ${median(absent).toFixed(0)} µs`,
      );
      expect(Math.abs(area - 0.5)).toBeLessThanOrEqual(MARGIN);
    });
  });
});
