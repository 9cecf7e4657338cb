/**
 * What the clients meet: one server with two Regions, a user of its own for each client, a role that
 * they may assume, an OpenID Connect issuer, a key of every kind, and the keys of the messages that
 * Encryption SDKs exchange. A client reads it from the JSON file that STRONGROOM_STAGE names.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateAccessKeyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  KMSClient,
  ReplicateKeyCommand,
} from '@aws-sdk/client-kms';
import { newKeyStore } from '../support/custom-key-store.js';
import { Issuer } from '../support/issuer.js';
import { keyKinds } from '../support/key-kinds.js';
import { allow, document } from '../support/principals.js';
import { ACCOUNT_ID, REGION, Strongroom } from '../support/strongroom.js';
import { type Certificate, makeCertificate } from './certificate.js';
import { FlakyFront } from './flaky-front.js';
import { BRANCH_KEYS, type Neighbours } from './neighbours.js';

export const OTHER_REGION = 'eu-west-1';

/** The primes of an RSA_4096 key take as long as they take, more so on a busy machine. */
const SLOWEST_MS = 180_000;

export interface StageSettings {
  /** DynamoDB and S3, where the clients need them and the machine has them. */
  readonly neighbours?: Neighbours | undefined;
  /** Whether the endpoint is HTTPS, with a certificate authority of the stage's own. */
  readonly tls: boolean;
}

/** The whole of it, for as long as the clients run. */
export class Stage {
  readonly strongroom: Strongroom;
  readonly #issuer: Issuer;
  readonly #front: FlakyFront;
  readonly #root: Root;
  /** The endpoint of the neighbours. */
  readonly #beside: string | undefined;
  readonly #facts: Readonly<Record<string, unknown>>;
  readonly #certificate: Certificate | undefined;

  private constructor(parts: {
    readonly strongroom: Strongroom;
    readonly beside: string | undefined;
    readonly issuer: Issuer;
    readonly front: FlakyFront;
    readonly root: Root;
    readonly facts: Readonly<Record<string, unknown>>;
    readonly certificate: Certificate | undefined;
  }) {
    this.strongroom = parts.strongroom;
    this.#issuer = parts.issuer;
    this.#front = parts.front;
    this.#root = parts.root;
    this.#beside = parts.beside;
    this.#facts = parts.facts;
    this.#certificate = parts.certificate;
  }

  static async start({ tls, neighbours }: StageSettings): Promise<Stage> {
    const certificate = tls ? await makeCertificate() : undefined;
    const strongroom = await Strongroom.start({
      yaml: {
        regions: [REGION, OTHER_REGION],
        oidc: { networks: ['127.0.0.0/8', '::1/128'] },
        limits: { requestTimeoutMs: SLOWEST_MS },
        ...(certificate ? { tls: { cert: certificate.cert, key: certificate.key } } : {}),
      },
    });
    const issuer = new Issuer();
    const ca = certificate && (await readFile(certificate.ca, 'utf8'));
    const front = new FlakyFront(strongroom.endpoint, ca);
    try {
      await issuer.start();
      const root = await rootOf(strongroom, ca);
      const facts = {
        endpoint: strongroom.endpoint,
        flakyEndpoint: await front.start(),
        region: REGION,
        otherRegion: OTHER_REGION,
        account: ACCOUNT_ID,
        customKeyStore: await newKeyStore(strongroom),
        ...(await roles(root, issuer)),
        ...(await keys(root)),
      };
      const beside = neighbours?.endpoint;
      return new Stage({ beside, strongroom, issuer, front, root, facts, certificate });
    } catch (error) {
      issuer.stop();
      front.stop();
      await strongroom.dispose();
      throw error;
    }
  }

  /** The environment of one client: what a user of AWS would set, and where the stage is described. */
  async environmentOf(client: string): Promise<Readonly<Record<string, string>>> {
    const { dir, endpoint } = this.strongroom;
    const { iam } = this.#root;
    const { User } = await iam.send(new CreateUserCommand({ UserName: client }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: client }));
    const policy = { PolicyName: 'administrator', PolicyDocument: allow('*') };
    await iam.send(new PutUserPolicyCommand({ UserName: client, ...policy }));
    const stage = join(dir, `stage-${client}.json`);
    const webIdentityToken = await this.#issuer.token({
      exp: Math.floor(Date.now() / 1000) + 7200,
    });
    const facts = {
      ...this.#facts,
      client,
      userArn: User?.Arn,
      webIdentityToken,
      exchange: dir,
      ...(this.#beside === undefined ? {} : { branchKeys: BRANCH_KEYS }),
    };
    await writeFile(stage, JSON.stringify(facts));
    return {
      STRONGROOM_STAGE: stage,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? '',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...(this.#beside === undefined
        ? {}
        : { AWS_ENDPOINT_URL_DYNAMODB: this.#beside, AWS_ENDPOINT_URL_S3: this.#beside }),
      // What the user of this machine has configured isn't the clients' business.
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      ...(this.#certificate ? trusting(this.#certificate.ca) : {}),
    };
  }

  async dispose(): Promise<void> {
    this.#front.stop();
    this.#issuer.stop();
    await this.strongroom.dispose();
    if (this.#certificate) await rm(this.#certificate.dir, { recursive: true, force: true });
  }
}

interface Root {
  readonly iam: IAMClient;
  readonly kms: KMSClient;
}

/** The account root's clients. This process trusts the stage's authority for them alone. */
async function rootOf(strongroom: Strongroom, ca: string | undefined): Promise<Root> {
  const config = {
    endpoint: strongroom.endpoint,
    region: REGION,
    credentials: await strongroom.credentials(),
    requestHandler: { requestTimeout: SLOWEST_MS, httpsAgent: ca === undefined ? {} : { ca } },
  };
  return { iam: new IAMClient(config), kms: new KMSClient(config) };
}

/** By which variable each run-time learns of a certificate authority. */
function trusting(ca: string): Readonly<Record<string, string>> {
  return { AWS_CA_BUNDLE: ca, SSL_CERT_FILE: ca, NODE_EXTRA_CA_CERTS: ca };
}

async function roles({ iam }: Root, issuer: Issuer) {
  const { OpenIDConnectProviderArn } = await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: issuer.url,
      ClientIDList: ['ci'],
      ThumbprintList: [issuer.thumbprint],
    }),
  );
  const made = async (RoleName: string, statement: object): Promise<string> => {
    const AssumeRolePolicyDocument = document({ Effect: 'Allow', ...statement });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const PolicyDocument = allow(['kms:Encrypt', 'kms:Decrypt']);
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'use', PolicyDocument }));
    return Role?.Arn ?? '';
  };
  return {
    roleArn: await made('clients', {
      Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` },
      Action: 'sts:AssumeRole',
    }),
    webIdentityRoleArn: await made('clients-by-web-identity', {
      Principal: { Federated: OpenIDConnectProviderArn },
      Action: 'sts:AssumeRoleWithWebIdentity',
    }),
  };
}

/** A key of every kind, and those of the messages that SDKs exchange. No client changes them. */
async function keys({ kms }: Root) {
  const made = async (input: CreateKeyCommandInput): Promise<string> => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand(input));
    return KeyMetadata?.Arn ?? '';
  };
  const kinds = await Promise.all(
    keyKinds.map(async ({ keySpec, keyUsage, algorithms }) => {
      const arn = await made({ KeySpec: keySpec, KeyUsage: keyUsage });
      return { keySpec, keyUsage, algorithms, arn };
    }),
  );
  const mrk = await made({ MultiRegion: true });
  await kms.send(new ReplicateKeyCommand({ KeyId: mrk, ReplicaRegion: OTHER_REGION }));
  const ecdh = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' } as const;
  return {
    kinds,
    exchangeKeys: {
      symmetric: await made({}),
      mrk,
      replica: mrk.replace(REGION, OTHER_REGION),
      rsa: kinds.find((kind) => kind.keySpec === 'RSA_3072' && kind.keyUsage === 'ENCRYPT_DECRYPT')
        ?.arn,
      ecdhSender: await made(ecdh),
      ecdhRecipient: await made(ecdh),
    },
  };
}
