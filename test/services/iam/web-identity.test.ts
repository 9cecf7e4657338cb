import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DisableOutboundWebIdentityFederationCommand,
  EnableOutboundWebIdentityFederationCommand,
  GetOutboundWebIdentityFederationInfoCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateGrantCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  GetKeyPolicyCommand,
  GetPublicKeyCommand,
  ListAliasesCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  GetWebIdentityTokenCommand,
  type GetWebIdentityTokenCommandInput,
} from '@aws-sdk/client-sts';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { auditRecords } from '../../support/audit-records.js';
import { connectedKeyStore, connectionState } from '../../support/custom-key-store.js';
import { Issuer } from '../../support/issuer.js';
import {
  allow,
  type Clients,
  clientsOf,
  credentialsIn,
  document,
  newUser,
  temporary,
} from '../../support/principals.js';
import { SimulatedServer } from '../../support/simulated-server.js';
import { ACCOUNT_ID } from '../../support/strongroom.js';

const OTHER = '444455556666';
const AWS = 'https://sts.amazonaws.com/';
const ASK = { Audience: ['https://api.example'], SigningAlgorithm: 'ES384' };
const NOT_SESSION = { RoleSessionName: 'build' };

let server: SimulatedServer;
let front: Issuer;
let root: Clients;
let other: Clients;
let user: Clients;
let issuer: string;

const may = (...actions: string[]) => allow(actions);

async function token(by: Clients, more: Partial<GetWebIdentityTokenCommandInput> = {}) {
  const answer = await by.sts.send(new GetWebIdentityTokenCommand({ ...ASK, ...more }));
  return answer.WebIdentityToken as string;
}

/** Where a verifier finds the issuer's documents, without the TLS front. */
const at = (name: string, of = issuer) =>
  new URL(`${of.replace(front.url, server.strongroom.endpoint)}/.well-known/${name}`);
const verified = (jwt: string, keys = createRemoteJWKSet(at('jwks.json'))) =>
  jwtVerify(jwt, keys, { issuer });
const kids = async () => {
  const { keys } = (await (await fetch(at('jwks.json'))).json()) as { keys: { kid: string }[] };
  return keys.map(({ kid }) => kid).toSorted();
};

async function sessionOf(RoleName: string, more: object = {}) {
  const RoleArn = `arn:aws:iam::${ACCOUNT_ID}:role/${RoleName}`;
  const input = { RoleArn, ...NOT_SESSION, ...more };
  const { Credentials } = await user.sts.send(new AssumeRoleCommand(input));
  return clientsOf(server.strongroom, temporary(Credentials));
}

beforeAll(async () => {
  front = new Issuer();
  await front.start();
  server = await SimulatedServer.start({
    yaml: {
      accounts: [OTHER],
      publicUrl: front.url,
      oidc: { networks: ['127.0.0.0/8', '::1/128'] },
    },
  });
  const { strongroom } = server;
  front.upstream = strongroom.endpoint;
  root = clientsOf(strongroom, await strongroom.credentials());
  other = clientsOf(
    strongroom,
    await credentialsIn(strongroom, join('accounts', `${OTHER}.credentials`)),
  );
  user = await newUser(strongroom, root, 'alice');
  await root.iam.send(
    new PutUserPolicyCommand({
      UserName: 'alice',
      PolicyName: 'all',
      PolicyDocument: may('sts:*', 'kms:*'),
    }),
  );
  const trust = document({
    ...{ Effect: 'Allow', Principal: { AWS: ACCOUNT_ID } },
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
  });
  await root.iam.send(
    new CreateRoleCommand({
      ...{ RoleName: 'Job', AssumeRolePolicyDocument: trust },
      Tags: [{ Key: 'Team', Value: 'blue' }],
    }),
  );
  await root.iam.send(
    new PutRolePolicyCommand({ RoleName: 'Job', PolicyName: 'all', PolicyDocument: may('sts:*') }),
  );
});

afterAll(async () => {
  front.stop();
  await server.strongroom.dispose();
});

describe('outbound identity federation', () => {
  it('is off until the account switches it on, and says so', async () => {
    await expect(token(user)).rejects.toMatchObject({
      name: 'OutboundWebIdentityFederationDisabledException',
      message: 'OutboundWebIdentityFederation is disabled.',
      $metadata: { httpStatusCode: 403 },
    });
    const off = {
      name: 'FeatureDisabledException',
      message: `Outbound identity federation is disabled for account ${ACCOUNT_ID}`,
      $metadata: { httpStatusCode: 404 },
    };
    await expect(
      root.iam.send(new GetOutboundWebIdentityFederationInfoCommand({})),
    ).rejects.toMatchObject(off);
    await expect(
      root.iam.send(new DisableOutboundWebIdentityFederationCommand({})),
    ).rejects.toMatchObject(off);
    const made = await Promise.allSettled(
      [1, 2].map(() => root.iam.send(new EnableOutboundWebIdentityFederationCommand({}))),
    );
    const [enabled] = made.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const [refused] = made.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused).toMatchObject({
      name: 'FeatureEnabledException',
      message: `Outbound identity federation is already enabled for account ${ACCOUNT_ID}`,
      $metadata: { httpStatusCode: 409 },
    });
    issuer = enabled?.IssuerIdentifier as string;
    expect(issuer).toMatch(new RegExp(`^${front.url}/[0-9a-f-]{36}$`));
    expect(await root.iam.send(new GetOutboundWebIdentityFederationInfoCommand({}))).toMatchObject({
      IssuerIdentifier: issuer,
      JwtVendingEnabled: true,
    });
  });

  it('publishes nothing to be kept before there are keys, and no other issuer', async () => {
    const configuration = await fetch(at('openid-configuration'));
    expect(await configuration.json()).toMatchObject({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      id_token_signing_alg_values_supported: ['RS256', 'ES384'],
    });
    expect(configuration.headers.get('cache-control')).toBe('public, max-age=300');
    const empty = await fetch(at('jwks.json'));
    expect([await empty.json(), empty.headers.get('cache-control')]).toEqual([
      { keys: [] },
      'no-cache',
    ]);
    for (const name of ['openid-configuration', 'jwks.json']) {
      expect((await fetch(at(name, issuer.replace(/.$/, 'x')))).status).toBe(404);
    }
    expect((await fetch(at('jwks.json'), { method: 'POST' })).status).toBe(404);
  });
});

describe('a web identity token', () => {
  it.each(['RS256', 'ES384'])(
    'of %s says who its caller is, to whoever reads its keys',
    async (SigningAlgorithm) => {
      const jwt = await token(user, { SigningAlgorithm });
      const { payload, protectedHeader } = await verified(jwt);
      const kid = { RS256: 'RSA_0', ES384: 'EC384_0' }[SigningAlgorithm];
      expect(protectedHeader).toEqual({ kid, typ: 'JWT', alg: SigningAlgorithm });
      const arn = `arn:aws:iam::${ACCOUNT_ID}:user/alice`;
      expect(payload).toEqual({
        ...{ iss: issuer, aud: 'https://api.example', sub: arn, jti: expect.any(String) },
        ...{ iat: expect.any(Number), exp: (payload.iat ?? 0) + 300 },
        [AWS]: { aws_account: ACCOUNT_ID, source_region: 'us-east-1', principal_id: arn },
      });
    },
  );

  it('may be kept with its keys once there is one of each algorithm', async () => {
    const whole = await fetch(at('jwks.json'));
    expect(whole.headers.get('cache-control')).toBe('public, max-age=300');
    expect(await whole.json()).toEqual({
      keys: expect.arrayContaining([
        { alg: 'RS256', e: 'AQAB', kid: 'RSA_0', kty: 'RSA', n: expect.any(String), use: 'sig' },
        {
          ...{ alg: 'ES384', crv: 'P-384', kid: 'EC384_0', kty: 'EC', use: 'sig' },
          ...{ x: expect.any(String), y: expect.any(String) },
        },
      ]),
    });
  });

  it('says of a session its role, tags, origin and end; several audiences, and tags of the request', async () => {
    const session = await sessionOf('Job', {
      Tags: [{ Key: 'Run', Value: '7' }],
      SourceIdentity: 'alice',
      DurationSeconds: 900,
    });
    const Audience = ['one', 'two', 'two'];
    const Tags = [{ Key: 'Env', Value: 'prod' }];
    const { payload } = await verified(
      await token(session, { Audience, Tags, DurationSeconds: 60 }),
    );
    expect(payload).toMatchObject({
      ...{ aud: Audience, sub: `arn:aws:iam::${ACCOUNT_ID}:role/Job` },
      exp: (payload.iat ?? 0) + 60,
      [AWS]: {
        principal_tags: { team: 'blue', run: '7' },
        request_tags: { Env: 'prod' },
        source_identity: 'alice',
        original_session_exp: expect.stringMatching(/^20.*Z$/),
      },
    });
  });

  it('leaves a record without itself, and one of the key that signed', async () => {
    const jwt = await token(user);
    const records = await auditRecords(server.strongroom);
    const own = records.findLast(({ eventName }) => eventName === 'GetWebIdentityToken');
    expect(own).toMatchObject({
      requestParameters: { audience: ['https://api.example'], signingAlgorithm: 'ES384' },
      responseElements: { expiration: expect.any(String) },
    });
    expect(JSON.stringify(records)).not.toContain(jwt.split('.')[2]);
    const signed = records.findLast(({ eventName }) => eventName === 'Sign');
    expect(signed).toMatchObject({
      userIdentity: { type: 'AWSService', invokedBy: 'sts.amazonaws.com' },
    });
  });

  const long = (letter: string) => letter.repeat(1000);
  const REFUSED: readonly [string, Partial<GetWebIdentityTokenCommandInput>, object][] = [
    [
      'another algorithm',
      { SigningAlgorithm: 'HS256' },
      {
        name: 'ValidationError',
        message:
          'Requested SigningAlgorithm is not supported. See the GetWebIdentityToken documentation for supported algorithms',
      },
    ],
    [
      'no audience',
      { Audience: [] },
      {
        name: 'ValidationError',
        message: expect.stringContaining("Value null at 'audience' failed to satisfy constraint"),
      },
    ],
    ['eleven audiences', { Audience: [...'abcdefghijk'] }, { name: 'ValidationError' }],
    ['59 seconds', { DurationSeconds: 59 }, { name: 'ValidationError' }],
    ['3601 seconds', { DurationSeconds: 3601 }, { name: 'ValidationError' }],
    ['the origin as subject', { SubjectMode: 'OriginIdentity' }, { name: 'ValidationError' }],
    ['a scope', { Scope: 'read' }, { name: 'ValidationError' }],
    [
      'the same tag twice',
      { Tags: ['a', 'A'].map((Key) => ({ Key, Value: '' })) },
      { name: 'InvalidInput' },
    ],
    [
      'too large a payload',
      {
        Audience: [...'abcdefghij'].map(long),
        Tags: Array.from({ length: 50 }, (_, index) => ({
          Key: `k${index}`,
          Value: 'v'.repeat(100),
        })),
      },
      { name: 'JWTPayloadSizeExceededException', $metadata: { httpStatusCode: 400 } },
    ],
  ];
  it.each(REFUSED)('is refused for %s', async (_, input, refusal) => {
    await expect(token(user, input)).rejects.toMatchObject(refusal);
  });

  it('ends before the session of who gets it, and is nothing for federated users', async () => {
    const { Credentials } = await user.sts.send(
      new GetSessionTokenCommand({ DurationSeconds: 900 }),
    );
    const session = clientsOf(server.strongroom, temporary(Credentials));
    await verified(await token(session));
    await expect(token(session, { DurationSeconds: 1000 })).rejects.toMatchObject({
      name: 'SessionDurationEscalationException',
      message: "Requested token expiry time must be before the original session's expiry time.",
      $metadata: { httpStatusCode: 403 },
    });
    const federated = await user.sts.send(
      new GetFederationTokenCommand({ Name: 'bob', Policy: may('sts:*') }),
    );
    await expect(
      token(clientsOf(server.strongroom, temporary(federated.Credentials))),
    ).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'GetWebIdentityToken does not support federated user sessions',
    });
  });

  const CONDITIONS: readonly [string, object, Partial<GetWebIdentityTokenCommandInput>, boolean][] =
    [
      [
        'its audience',
        { 'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': ASK.Audience } },
        {},
        true,
      ],
      [
        'another audience beside its own',
        { 'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': ASK.Audience } },
        { Audience: [...ASK.Audience, 'evil'] },
        false,
      ],
      ['another algorithm', { StringEquals: { 'sts:SigningAlgorithm': 'RS256' } }, {}, false],
      [
        'the default duration',
        { NumericLessThanEquals: { 'sts:DurationSeconds': '300' } },
        {},
        true,
      ],
      [
        'a longer duration',
        { NumericLessThanEquals: { 'sts:DurationSeconds': '300' } },
        { DurationSeconds: 301 },
        false,
      ],
      ['tags without their permission', {}, { Tags: [{ Key: 'a', Value: 'b' }] }, false],
    ];
  it.each(CONDITIONS)(
    'is decided on by the conditions of policies: %s',
    async (name, Condition, input, allowed) => {
      const UserName = name.replaceAll(' ', '-');
      const caller = await newUser(server.strongroom, root, UserName);
      const self = `arn:aws:sts::${ACCOUNT_ID}:self`;
      const PolicyDocument = allow('sts:GetWebIdentityToken', self, { Condition });
      await root.iam.send(
        new PutUserPolicyCommand({ UserName, PolicyName: 'one', PolicyDocument }),
      );
      const asked = token(caller, input);
      if (allowed) await verified(await asked);
      else {
        await expect(asked).rejects.toMatchObject({
          name: 'AccessDenied',
          message: expect.stringMatching(
            /sts:(Tag)?GetWebIdentityToken on resource: arn:aws:sts::[0-9]{12}:self/,
          ),
        });
      }
    },
  );
});

describe('the keys that sign', () => {
  const KeyId = 'alias/aws/sts-es384-0';

  it('are AWS managed keys that the account sees', async () => {
    const { KeyMetadata } = await root.kms.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata).toMatchObject({
      ...{
        KeyManager: 'AWS',
        KeySpec: 'ECC_NIST_P384',
        KeyUsage: 'SIGN_VERIFY',
        Origin: 'AWS_KMS',
      },
    });
    await root.kms.send(new GetPublicKeyCommand({ KeyId }));
    const { Policy } = await root.kms.send(
      new GetKeyPolicyCommand({ KeyId: KeyMetadata?.KeyId ?? '' }),
    );
    expect(Policy).toContain('sts.amazonaws.com');
  });

  const sign = { Message: Buffer.from('x'), SigningAlgorithm: 'ECDSA_SHA_384' } as const;
  const USES: readonly [string, (id: string) => object][] = [
    ['Sign', (id) => new SignCommand({ KeyId: id, ...sign })],
    ['DisableKey', (id) => new DisableKeyCommand({ KeyId: id })],
    ['ScheduleKeyDeletion', (id) => new ScheduleKeyDeletionCommand({ KeyId: id })],
    ['PutKeyPolicy', (id) => new PutKeyPolicyCommand({ KeyId: id, Policy: may('kms:*') })],
    [
      'CreateGrant',
      (id) =>
        new CreateGrantCommand({
          ...{ KeyId: id, Operations: ['Sign'] },
          GranteePrincipal: `arn:aws:iam::${ACCOUNT_ID}:user/alice`,
        }),
    ],
    ['UpdateAlias', (id) => new UpdateAliasCommand({ AliasName: KeyId, TargetKeyId: id })],
  ];
  it.each(USES)(
    'are nobody’s to use or change: %s, not even by the root user',
    async (_, command) => {
      const { KeyMetadata } = await root.kms.send(new DescribeKeyCommand({ KeyId }));
      for (const { kms } of [root, user]) {
        await expect(kms.send(command(KeyMetadata?.Arn ?? '') as never)).rejects.toMatchObject({
          name: expect.stringMatching(/AccessDenied|NotAuthorized|Invalid|Unsupported|Validation/),
        });
      }
      await verified(await token(user));
    },
  );

  it('are made by nobody else: an alias of one that isn’t there is unknown', async () => {
    for (const id of ['alias/aws/sts-es384-9', 'alias/aws/sts-rs256-1']) {
      await expect(root.kms.send(new DescribeKeyCommand({ KeyId: id }))).rejects.toMatchObject({
        name: 'NotFoundException',
      });
    }
  });
});

describe('this server as its own identity provider', () => {
  it('a job of one account becomes a role of another by its token', async () => {
    const input = { Url: issuer, ClientIDList: ['peer'], ThumbprintList: [front.thumbprint] };
    const { OpenIDConnectProviderArn: Federated } = await other.iam.send(
      new CreateOpenIDConnectProviderCommand(input),
    );
    const name = issuer.slice('https://'.length);
    const trust = document({
      ...{ Effect: 'Allow', Principal: { Federated }, Action: 'sts:AssumeRoleWithWebIdentity' },
      Condition: {
        StringEquals: {
          [`${name}:sub`]: `arn:aws:iam::${ACCOUNT_ID}:role/Job`,
          [`${name}:aud`]: 'peer',
        },
      },
    });
    const { Role } = await other.iam.send(
      new CreateRoleCommand({ RoleName: 'Guest', AssumeRolePolicyDocument: trust }),
    );
    const assume = async (WebIdentityToken: string) => {
      const asked = { RoleArn: Role?.Arn, ...NOT_SESSION, WebIdentityToken };
      return other.sts.send(new AssumeRoleWithWebIdentityCommand(asked));
    };
    const session = await sessionOf('Job');
    const { Credentials } = await assume(await token(session, { Audience: ['peer'] }));
    const guest = clientsOf(server.strongroom, temporary(Credentials));
    expect(await guest.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: OTHER,
      Arn: `arn:aws:sts::${OTHER}:assumed-role/Guest/build`,
    });
    await expect(assume(await token(user, { Audience: ['peer'] }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(assume(await token(session))).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
  });
});

describe('rotation', () => {
  const kidOf = (jwt: string) => decodeProtectedHeader(jwt).kid;

  it('publishes the next key before it signs, and the last one until its tokens have ended', async () => {
    const before = await token(user);
    await server.advance(91);
    // Whoever has the old keys in memory can still verify.
    expect(kidOf(await token(user))).toBe('EC384_0');
    expect(await kids()).toEqual(['EC384_0', 'EC384_1', 'RSA_0']);
    await server.advance(11 / 24 / 60);
    const after = await token(user);
    expect(kidOf(after)).toBe('EC384_1');
    await verified(after);
    await verified(before);
    await server.advance(1.2 / 24);
    expect(await kids()).toEqual(['EC384_1', 'RSA_0']);
    await expect(verified(before)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    await verified(await token(user));
  });

  it('gives many callers the same next key', async () => {
    await server.advance(91);
    const tokens = await Promise.all(
      [1, 2, 3, 4].map(() => token(user, { SigningAlgorithm: 'ES384' })),
    );
    for (const jwt of tokens) await verified(jwt);
    const { Aliases } = await root.kms.send(new ListAliasesCommand({}));
    expect(Aliases?.filter(({ AliasName }) => AliasName?.includes('sts-es384'))).toHaveLength(3);
    expect(await kids()).toEqual(['EC384_1', 'EC384_2', 'RSA_0']);
  });
});

describe('an account that has switched it off', () => {
  it('issues nothing and is known by nobody; switched on again it has its name and keys', async () => {
    const jwt = await token(user);
    const published = await kids();
    await root.iam.send(new DisableOutboundWebIdentityFederationCommand({}));
    await expect(token(user)).rejects.toMatchObject({
      name: 'OutboundWebIdentityFederationDisabledException',
    });
    for (const name of ['openid-configuration', 'jwks.json']) {
      expect((await fetch(at(name))).status).toBe(404);
    }
    const again = await root.iam.send(new EnableOutboundWebIdentityFederationCommand({}));
    expect(again.IssuerIdentifier).toBe(issuer);
    expect(await kids()).toEqual(published);
    await verified(jwt);
  });

  it('is the same account after a restart, and gets its next keys in a token if a setting says so', async () => {
    const jwt = await token(user);
    const { strongroom } = server;
    const customKeyStoreId = await connectedKeyStore(strongroom, root.kms);
    await strongroom.stop();
    const stores = { [ACCOUNT_ID]: customKeyStoreId };
    const more = stringify({ webIdentity: { customKeyStores: stores } });
    await appendFile(join(strongroom.dir, 'strongroom.yaml'), more);
    await strongroom.start();
    front.upstream = strongroom.endpoint;
    const credentials = await strongroom.credentials();
    root = clientsOf(strongroom, credentials);
    await connectionState(root.kms, customKeyStoreId, 'CONNECTED');
    await verified(jwt);
    await server.advance(91);
    for (const SigningAlgorithm of ['ES384', 'RS256']) await token(root, { SigningAlgorithm });
    await server.advance(11 / 24 / 60);
    for (const SigningAlgorithm of ['ES384', 'RS256']) {
      const { protectedHeader } = await verified(await token(root, { SigningAlgorithm }));
      const [, ordinal] = String(protectedHeader.kid).split('_');
      const KeyId = `alias/aws/sts-${SigningAlgorithm.toLowerCase()}-${ordinal}`;
      const { KeyMetadata } = await root.kms.send(new DescribeKeyCommand({ KeyId }));
      expect(KeyMetadata).toMatchObject({
        ...{ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: customKeyStoreId, KeyManager: 'AWS' },
      });
    }
  });
});
