/** Requests that are signed well: what hostile ones are made of. */
import type { Credentials } from '../principals.js';
import type { RawCall, RawClient } from '../raw-client.js';

/** A whole request, as it goes on the wire. */
export interface WireRequest {
  /** From the request line to before the empty line. */
  readonly head: string;
  readonly body: string;
}

/** Signatures are good for five minutes. Source: IAM User Guide, "Create a signed AWS API request". */
const SIGNED_AGAIN_MS = 2 * 60_000;

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const REST = { 'content-type': 'application/json' };
const kms = (operation: string, body: unknown): RawCall => ({
  operation,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const form = (service: string, body: string): RawCall => ({ service, headers: FORM, body });
const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const times = <T>(count: number, make: (at: number) => T) =>
  Array.from({ length: count }, (_, at) => make(at));

/** What root asks: none of it leaves anything behind. */
const callsOfRoot = (KeyId: string): RawCall[] => [
  kms('Encrypt', { KeyId, Plaintext: 'AAAA', EncryptionContext: { a: 'b' } }),
  kms('Encrypt', { KeyId, Plaintext: 'A'.repeat(60_000) }),
  kms('Encrypt', {
    KeyId,
    Plaintext: 'AAAA',
    EncryptionContext: Object.fromEntries(times(1500, (at) => [`k${at}`, 'v'])),
  }),
  kms('Encrypt', `{"KeyId":"${KeyId}","Plaintext":"AAAA","EncryptionContext":${nested(5000)}}`),
  kms('Encrypt', `{"KeyId":"${KeyId}","KeyId":"x","Plaintext":1e400,"__proto__":{"a":1}}`),
  kms('Decrypt', { CiphertextBlob: Buffer.alloc(120, 1).toString('base64') }),
  kms('ReEncrypt', {
    CiphertextBlob: Buffer.alloc(6144, 7).toString('base64'),
    DestinationKeyId: KeyId,
  }),
  kms('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }),
  kms('GenerateRandom', { NumberOfBytes: 1024 }),
  kms('DescribeKey', { KeyId: 'alias/nobodys' }),
  kms('DescribeKey', { KeyId, GrantTokens: times(500, () => 'x'.repeat(50)) }),
  kms('Sign', { KeyId, Message: 'AAAA', SigningAlgorithm: 'ECDSA_SHA_256' }),
  kms('ListKeys', { Limit: 1, Marker: 'nonsense' }),
  kms('ListAliases', {}),
  kms('TagResource', { KeyId, Tags: times(4000, () => ({})) }),
  kms('CreateKey', { Tags: times(4000, () => ({})), Policy: '{'.repeat(20_000) }),
  kms('CreateGrant', { KeyId, GranteePrincipal: '*', Operations: times(2000, () => 'Nonsense') }),
  kms('PutKeyPolicy', {
    KeyId,
    Policy: `{"Statement":[${times(500, () => '{"Effect":"Allow"}').join()}]}`,
  }),
  kms('ImportKeyMaterial', { KeyId, ImportToken: 'AAAA', EncryptedKeyMaterial: 'AAAA' }),
  kms('NoSuchOperation', nested(20_000)),
  { method: 'GET', path: '/v1/keys?Limit=1' },
  { method: 'GET', path: `/v1/keys/${KeyId}` },
  {
    method: 'POST',
    path: `/v1/keys/${KeyId}/encrypt`,
    headers: REST,
    body: '{"Plaintext":"AAAA"}',
  },
  { method: 'GET', path: `/v1/keys?${times(500, (at) => `a${at}=b`).join('&')}` },
  form('iam', 'Action=ListUsers&Version=2010-05-08'),
  form('iam', 'Action=GetUser&Version=2010-05-08&UserName=nobody'),
  form(
    'iam',
    `Action=SimulateCustomPolicy&Version=2010-05-08&${times(900, (at) => `ActionNames.member.${at}=a`).join('&')}`,
  ),
  form('iam', `Action=CreateUser&Version=2010-05-08&UserName=${'u'.repeat(3000)}`),
  form(
    'iam',
    `Action=ListUsers&Version=2010-05-08&${times(3000, (at) => `Tags.member.${at}.a.b.c.d=x`).join('&')}`,
  ),
  form('sts', 'Action=GetCallerIdentity&Version=2011-06-15'),
  form(
    'sts',
    'Action=AssumeRole&Version=2011-06-15&RoleSessionName=s&RoleArn=arn:aws:iam::111122223333:role/nobody',
  ),
];

/** What somebody asks who may do nothing. */
const callsOfStranger = (KeyId: string): RawCall[] => [
  kms('Encrypt', { KeyId, Plaintext: 'AAAA' }),
  kms('CreateKey', {}),
  kms('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }),
  kms('DescribeKey', { KeyId: 'alias/aws/ebs' }),
  form('iam', 'Action=CreateUser&Version=2010-05-08&UserName=new'),
  form('sts', 'Action=GetCallerIdentity&Version=2011-06-15'),
];

/** What nobody has signed. */
const callsOfNobody = (KeyId: string): RawCall[] => [
  kms('Encrypt', { KeyId, Plaintext: 'AAAA' }),
  form(
    'sts',
    'Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=s&RoleArn=arn:aws:iam::111122223333:role/nobody&WebIdentityToken=e30.e30.e30',
  ),
  { method: 'GET', path: '/healthz' },
  { method: 'GET', path: '/readyz' },
  { method: 'GET', path: '/docs/../../etc/passwd' },
  { method: 'POST', path: '/peer/v1', body: '{"payload":"e30"}' },
];

/** Keeps them signed with a time that is near. */
export class SignedRequests {
  readonly #client: RawClient;
  readonly #calls: readonly RawCall[];
  #signedAt = 0;
  #signed: Promise<readonly WireRequest[]> = Promise.resolve([]);

  constructor(client: RawClient, keyId: string, stranger: Credentials) {
    const { accessKeyId, secretAccessKey } = stranger;
    this.#client = client;
    this.#calls = [
      ...callsOfRoot(keyId),
      ...callsOfStranger(keyId).map((call) => ({ ...call, accessKeyId, secretAccessKey })),
      ...callsOfNobody(keyId).map((call) => ({ ...call, signed: false })),
    ];
  }

  /** All of them; signing takes a moment, so whoever asks meanwhile waits for the same. */
  current(): Promise<readonly WireRequest[]> {
    if (Date.now() - this.#signedAt >= SIGNED_AGAIN_MS) {
      this.#signedAt = Date.now();
      this.#signed = this.#sign();
    }
    return this.#signed;
  }

  async #sign(): Promise<readonly WireRequest[]> {
    const signed: WireRequest[] = [];
    for (const call of this.#calls) {
      const [head = '', ...body] = (await this.#client.wireText(call)).split('\r\n\r\n');
      signed.push({ head, body: body.join('\r\n\r\n') });
    }
    return signed;
  }
}
