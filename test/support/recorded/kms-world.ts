import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { wrapMaterial } from '../import-material.js';
import type { RawClient } from '../raw-client.js';

export type Members = Readonly<Record<string, unknown>>;

/** An answer as it is on the wire: what isn't there isn't there. */
export interface Answer {
  readonly status: number;
  readonly members: Members;
}

interface Wrapping {
  readonly WrappingAlgorithm: string;
  readonly WrappingKeySpec: string;
}

const OAEP = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const;

/** The keys that rows of the recorded page need, each made when it is first asked for. */
export class KmsWorld {
  readonly #raw: RawClient;
  readonly #made = new Map<string, Promise<string>>();
  readonly #parameters = new Map<string, Promise<Members>>();

  constructor(raw: RawClient) {
    this.#raw = raw;
  }

  async send(operation: string, members: Members, region?: string): Promise<Answer> {
    const body = JSON.stringify(members);
    const answer = await this.#raw.call({ operation, body, ...(region && { region }) });
    return { status: answer.status, members: answer.body === '' ? {} : JSON.parse(answer.body) };
  }

  /** The members of a successful answer. */
  async ask(operation: string, members: Members, region?: string): Promise<Members> {
    const answer = await this.send(operation, members, region);
    expect(answer, operation).toMatchObject({ status: 200 });
    return answer.members;
  }

  /** A new key's ARN. */
  async newKey(members: Members = {}): Promise<string> {
    const { KeyMetadata } = await this.ask('CreateKey', members);
    return (KeyMetadata as Members).Arn as string;
  }

  /** The same key for every row that only looks at it. */
  shared(name: string, make: () => Promise<string>): Promise<string> {
    const known = this.#made.get(name) ?? make();
    this.#made.set(name, known);
    return known;
  }

  key(members: Members = {}): Promise<string> {
    return this.shared(JSON.stringify(members), () => this.newKey(members));
  }

  /** A key of origin EXTERNAL with material of its own. */
  external(members: Members = {}, material = randomBytes(32)): Promise<string> {
    return this.shared(`external ${JSON.stringify(members)}`, async () => {
      const arn = await this.newKey({ Origin: 'EXTERNAL', ...members });
      await this.ask('ImportKeyMaterial', await this.importing(arn, material));
      return arn;
    });
  }

  /**
   * What ImportKeyMaterial is sent, for material that doesn't expire unless the members say so. One
   * token serves all imports into a key.
   */
  async importing(
    KeyId: string,
    material: Buffer,
    members: Members = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
    region?: string,
    terms: Wrapping = OAEP,
  ): Promise<Members> {
    const name = JSON.stringify([KeyId, terms]);
    const parameters =
      this.#parameters.get(name) ?? this.ask('GetParametersForImport', { KeyId, ...terms }, region);
    this.#parameters.set(name, parameters);
    const { ImportToken, PublicKey } = await parameters;
    const publicKey = Buffer.from(PublicKey as string, 'base64');
    const wrapped = wrapMaterial(material, publicKey, terms.WrappingAlgorithm);
    return { KeyId, ImportToken, EncryptedKeyMaterial: wrapped.toString('base64'), ...members };
  }

  async import(
    KeyId: string,
    material: Buffer,
    members: Members = {},
    region?: string,
    terms?: Wrapping,
  ): Promise<Answer> {
    const all = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE', ...members };
    const input = await this.importing(KeyId, material, all, region, terms);
    return this.send('ImportKeyMaterial', input, region);
  }

  async describe(KeyId: string, region?: string): Promise<Members> {
    return (await this.ask('DescribeKey', { KeyId }, region)).KeyMetadata as Members;
  }

  async materials(KeyId: string, region?: string): Promise<readonly Members[]> {
    const members = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' };
    return (await this.ask('ListKeyRotations', members, region)).Rotations as Members[];
  }
}

/** That an answer is this refusal, and has a message only if AWS has one. */
export function expectRefused(answer: Answer, code: string, message?: string): void {
  expect(answer).toStrictEqual({
    status: 400,
    members: { __type: code, ...(message !== undefined && { message }) },
  });
}
