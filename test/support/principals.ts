/** Whom the walk through IAM, STS and grants acts as. */
import { join } from 'node:path';
import { Sha256 } from '@aws-crypto/sha256-js';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { STSClient, type Credentials as StsCredentials } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { readSharedCredentials } from '../../src/services/iam/credentials/shared-credentials.js';
import { timeStep, totpCode } from '../../src/services/iam/mfa/totp.js';
import { REGION, type Strongroom } from './strongroom.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface Clients {
  readonly kms: KMSClient;
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly credentials: Credentials;
}

/** The real SDK's clients, without retries. */
export function clientsOf({ endpoint }: Strongroom, credentials: Credentials): Clients {
  const { sessionToken, ...pair } = credentials;
  const signing = sessionToken === undefined ? pair : { ...pair, sessionToken };
  const config = { endpoint, region: REGION, credentials: signing, maxAttempts: 1 };
  return {
    kms: new KMSClient(config),
    iam: new IAMClient(config),
    sts: new STSClient(config),
    credentials,
  };
}

export function temporary(given: StsCredentials | undefined): Credentials {
  return {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  };
}

/** A credentials file below the data directory: of a further account or a service. */
export async function credentialsIn(strongroom: Strongroom, name: string): Promise<Credentials> {
  const found = await readSharedCredentials(join(strongroom.dataDir, name));
  if (!found) throw new Error(`there are no credentials in ${name}`);
  return found;
}

export async function newUser(strongroom: Strongroom, by: Clients, UserName: string) {
  const { User } = await by.iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await by.iam.send(new CreateAccessKeyCommand({ UserName }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
  return { arn: User?.Arn ?? '', id: User?.UserId ?? '', ...clientsOf(strongroom, credentials) };
}

export const document = (...Statement: readonly object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement });
export const allow = (Action: string | readonly string[], Resource = '*', more: object = {}) =>
  document({ Effect: 'Allow', Action, Resource, ...more });

/** The code of a virtual device, as the authenticator application works it out. */
export function codeOf(base32Seed: Uint8Array, stepsFromNow: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...Buffer.from(base32Seed).toString('ascii')]
    .map((char) => alphabet.indexOf(char).toString(2).padStart(5, '0'))
    .join('');
  const octets = bits.match(/.{8}/g) ?? [];
  const seed = Buffer.from(octets.map((octet) => Number.parseInt(octet, 2)));
  return totpCode(seed, timeStep(Date.now()) + stepsFromNow);
}

/** Calls an STS action that AWS's SDKs don't know. */
export async function callSts(
  { endpoint }: Strongroom,
  credentials: Credentials,
  form: Readonly<Record<string, string>>,
): Promise<{ status: number; text: string }> {
  const url = new URL(endpoint);
  const body = new URLSearchParams({ Version: '2011-06-15', ...form }).toString();
  const { accessKeyId, secretAccessKey } = credentials;
  const signer = new SignatureV4({
    service: 'sts',
    region: REGION,
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256,
  });
  const signed = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: '/',
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });
  const response = await fetch(url, { method: 'POST', headers: signed.headers, body });
  return { status: response.status, text: await response.text() };
}
