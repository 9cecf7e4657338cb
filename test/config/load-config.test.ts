import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/config-error.js';
import { loadConfig } from '../../src/config/load-config.js';
import { Secret } from '../../src/config/secret.js';
import { settings } from '../../src/config/settings.js';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'strongroom-config-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function load(yaml: string | undefined, env: Record<string, string> = {}): Config {
  if (yaml !== undefined) writeFileSync(join(cwd, 'strongroom.yaml'), yaml);
  return loadConfig({ env, cwd, exists: () => true });
}

function refusal(yaml: string | undefined, env: Record<string, string> = {}): string {
  try {
    load(yaml, env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    const { message } = error as ConfigError;
    expect(message).not.toContain('\n');
    return message;
  }
  throw new Error('the configuration was accepted');
}

function valueAt(config: Config, path: readonly string[]): unknown {
  const value = path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], config);
  return value instanceof Secret ? value.reveal() : value;
}

/** Some YAML for a nested setting, in flow style. */
function yamlFor(path: readonly string[], text: string): string {
  return path.reduceRight((inner, key) => `{${key}: ${inner}}`, text);
}

interface Row {
  readonly name: string;
  readonly variable: string;
  readonly byDefault: unknown;
  readonly good: string;
  /** What `good` reads as, when that is not the text itself. */
  readonly reads?: unknown;
  readonly bad: readonly string[];
}

const numbers = (max: number, min = 1) => [`${min - 1}`, `${max + 1}`, 'ten', '1.5', '1e3', '0x10'];

const rows: readonly Row[] = [
  {
    name: 'operator.socket',
    variable: 'STRONGROOM_OPERATOR_SOCKET',
    byDefault: true,
    good: 'false',
    reads: false,
    bad: ['no', '1'],
  },
  {
    name: 'operator.principal',
    variable: 'STRONGROOM_OPERATOR_PRINCIPAL',
    byDefault: undefined,
    good: 'arn:aws:iam::111122223333:role/Operator',
    bad: [
      'root',
      'arn:aws:iam::111122223333:group/all',
      'arn:aws:sts::111122223333:assumed-role/a/b',
    ],
  },
  {
    name: 'clock',
    variable: 'STRONGROOM_CLOCK',
    byDefault: 'system',
    good: 'system',
    bad: ['fast', 'Simulated'],
  },
  {
    name: 'developmentServer',
    variable: 'STRONGROOM_DEVELOPMENT_SERVER',
    byDefault: false,
    good: 'true',
    reads: true,
    bad: ['yes', '1'],
  },
  ...(
    [
      ['keysPerRegion', 'KEYS_PER_REGION', 100_000_000, numbers(100_000_000)],
      ['aliasesPerKey', 'ALIASES_PER_KEY', 50, numbers(10_000)],
      ['grantsPerKey', 'GRANTS_PER_KEY', 50_000, numbers(1_000_000)],
      ['customKeyStores', 'CUSTOM_KEY_STORES', 64, numbers(64)],
      ['policyBytes', 'POLICY_BYTES', 32_768, numbers(131_072, 1024)],
    ] as const
  ).map(([name, variable, byDefault, bad]) => ({
    name: `quotas.${name}`,
    variable: `STRONGROOM_QUOTAS_${variable}`,
    byDefault,
    good: name === 'policyBytes' ? '2048' : '7',
    reads: name === 'policyBytes' ? 2048 : 7,
    bad,
  })),
  {
    name: 'tracing.oneIn',
    variable: 'STRONGROOM_TRACING_ONE_IN',
    byDefault: 100,
    good: '0',
    reads: 0,
    bad: numbers(1_000_000, 0),
  },
  {
    name: 'quotas.preset',
    variable: 'STRONGROOM_QUOTAS_PRESET',
    byDefault: 'none',
    good: 'aws',
    bad: ['AWS', 'all'],
  },
  { name: 'host', variable: 'STRONGROOM_HOST', byDefault: '127.0.0.1', good: '::1', bad: ['a b'] },
  {
    name: 'port',
    variable: 'STRONGROOM_PORT',
    byDefault: 8080,
    good: '0',
    reads: 0,
    bad: numbers(65_535, 0),
  },
  {
    name: 'accountId',
    variable: 'STRONGROOM_ACCOUNT_ID',
    byDefault: '111122223333',
    good: '000000000012',
    bad: ['11112222333', '1111222233334', 'aaaabbbbcccc'],
  },
  {
    name: 'partition',
    variable: 'STRONGROOM_PARTITION',
    byDefault: 'aws',
    good: 'aws-us-gov',
    bad: ['AWS', 'aws-'],
  },
  {
    name: 'log.level',
    variable: 'STRONGROOM_LOG_LEVEL',
    byDefault: 'info',
    good: 'debug',
    bad: ['verbose', 'INFO'],
  },
  {
    name: 'customKeyStores.limits',
    variable: 'STRONGROOM_CUSTOM_KEY_STORES_LIMITS',
    byDefault: 'extended',
    good: 'aws',
    bad: ['none'],
  },
  {
    name: 'import',
    variable: 'STRONGROOM_IMPORT',
    byDefault: 'aws',
    good: 'extended',
    bad: ['none'],
  },
  {
    name: 'limits.maxBodyBytes',
    variable: 'STRONGROOM_LIMITS_MAX_BODY_BYTES',
    byDefault: 1_048_576,
    good: '2048',
    reads: 2048,
    bad: numbers(67_108_864, 1024),
  },
  {
    name: 'limits.maxInFlight',
    variable: 'STRONGROOM_LIMITS_MAX_IN_FLIGHT',
    byDefault: 2000,
    good: '7',
    reads: 7,
    bad: numbers(1_000_000),
  },
  {
    name: 'limits.maxConnections',
    variable: 'STRONGROOM_LIMITS_MAX_CONNECTIONS',
    byDefault: 10_000,
    good: '7',
    reads: 7,
    bad: numbers(1_000_000),
  },
  {
    name: 'limits.requestTimeoutMs',
    variable: 'STRONGROOM_LIMITS_REQUEST_TIMEOUT_MS',
    byDefault: 10_000,
    good: '250',
    reads: 250,
    bad: numbers(600_000),
  },
  {
    name: 'limits.headersTimeoutMs',
    variable: 'STRONGROOM_LIMITS_HEADERS_TIMEOUT_MS',
    byDefault: 10_000,
    good: '250',
    reads: 250,
    bad: numbers(600_000),
  },
  {
    name: 'limits.maxCachedKeys',
    variable: 'STRONGROOM_LIMITS_MAX_CACHED_KEYS',
    byDefault: 20_000,
    good: '1',
    reads: 1,
    bad: numbers(10_000_000),
  },
  {
    name: 'limits.keyPairStock',
    variable: 'STRONGROOM_LIMITS_KEY_PAIR_STOCK',
    byDefault: 2,
    good: '0',
    reads: 0,
    bad: numbers(100, 0),
  },
  {
    name: 'limits.maxOpenMaterials',
    variable: 'STRONGROOM_LIMITS_MAX_OPEN_MATERIALS',
    byDefault: 20_000,
    good: '1',
    reads: 1,
    bad: numbers(10_000_000),
  },
  {
    name: 'audit.maxFileBytes',
    variable: 'STRONGROOM_AUDIT_MAX_FILE_BYTES',
    byDefault: 104_857_600,
    good: '4096',
    reads: 4096,
    bad: numbers(1_099_511_627_776, 4096),
  },
  {
    name: 'audit.fsync',
    variable: 'STRONGROOM_AUDIT_FSYNC',
    byDefault: false,
    good: 'true',
    reads: true,
    bad: ['yes', '1', 'TRUE'],
  },
  {
    name: 'audit.compress',
    variable: 'STRONGROOM_AUDIT_COMPRESS',
    byDefault: false,
    good: 'true',
    reads: true,
    bad: ['gzip', '1'],
  },
  {
    name: 'audit.keepDays',
    variable: 'STRONGROOM_AUDIT_KEEP_DAYS',
    byDefault: 0,
    good: '400',
    reads: 400,
    bad: numbers(36_500, 0),
  },
  {
    name: 'audit.keepBytes',
    variable: 'STRONGROOM_AUDIT_KEEP_BYTES',
    byDefault: 0,
    good: '1073741824',
    reads: 1_073_741_824,
    bad: numbers(1_125_899_906_842_624, 0),
  },
];

describe.each(rows)('$name', ({ name, variable, byDefault, good, bad, ...row }) => {
  const path = name.split('.');
  const reads = 'reads' in row ? row.reads : good;
  const quoted = JSON.stringify(good);

  it('has its default', () => {
    expect(valueAt(load(undefined), path)).toEqual(byDefault);
  });

  it('is read from YAML', () => {
    expect(valueAt(load(yamlFor(path, quoted)), path)).toEqual(reads);
  });

  it('is read from the environment, which goes before YAML', () => {
    expect(valueAt(load(yamlFor(path, '"nonsense "'), { [variable]: good }), path)).toEqual(reads);
  });

  it.each([...bad, '', '[]', '{}'])(
    'refuses %j in YAML and names file, line and setting',
    (text) => {
      const written = text === '[]' || text === '{}' ? text : JSON.stringify(text);
      const message = refusal(`# first line\n${yamlFor(path, written)}`);
      expect(message).toContain(`${join(cwd, 'strongroom.yaml')}:2: ${name} must be `);
    },
  );

  it.each([...bad, ''])('refuses %j in the environment and names the variable', (text) => {
    expect(refusal(undefined, { [variable]: text })).toMatch(
      new RegExp(`^${variable} must be .+, not "`),
    );
  });
});

describe('regions', () => {
  it.each([
    ['YAML list', 'regions: [eu-central-1, us-gov-west-1]', {}],
    ['environment', undefined, { STRONGROOM_REGIONS: 'eu-central-1, us-gov-west-1' }],
  ])('are read from a %s', (_, yaml, env) => {
    expect(load(yaml, env).regions).toEqual(['eu-central-1', 'us-gov-west-1']);
  });

  it('default to us-east-1', () => {
    expect(load(undefined).regions).toEqual(['us-east-1']);
  });

  it.each(['', ',', 'us-east', 'us-east-1,', 'us-east-1,us-east-1', 'US-EAST-1', 'a-b-c-d-1'])(
    'refuse %j',
    (text) => {
      expect(refusal(undefined, { STRONGROOM_REGIONS: text })).toContain(
        'STRONGROOM_REGIONS must be one or more Region names',
      );
    },
  );

  it.each(['[]', '[1]', '[[us-east-1]]', '{a: b}'])('refuse %s in YAML', (text) => {
    expect(refusal(`regions: ${text}`)).toContain('strongroom.yaml:1: regions must be');
  });
});

describe('paths', () => {
  it('follow the data directory by default', () => {
    const config = load('dataDir: elsewhere/$&');
    expect(config.dataDir).toBe(join(cwd, 'elsewhere/$&'));
    expect(config.audit.dir).toBe(join(cwd, 'elsewhere/$&/audit'));
    expect(config.databaseUrl.reveal()).toBe(`sqlite:${cwd}/elsewhere/$&/strongroom.sqlite`);
  });

  it.each([
    ['dataDir', { STRONGROOM_DATA_DIR: 'x' }],
    ['audit.dir', { STRONGROOM_AUDIT_DIR: 'x' }],
    ['tls.cert', { STRONGROOM_TLS_CERT: 'x', STRONGROOM_TLS_KEY: 'y' }],
    ['tls.key', { STRONGROOM_TLS_CERT: 'y', STRONGROOM_TLS_KEY: 'x' }],
  ] as const)('are made absolute: %s', (name, env) => {
    expect(valueAt(load(undefined, env), name.split('.'))).toBe(join(cwd, 'x'));
  });

  it.each([
    ['sqlite:x.db', (): string => `sqlite:${join(cwd, 'x.db')}`],
    ['sqlite:/var/x.db', (): string => 'sqlite:/var/x.db'],
    ['postgres://kms:pw@db/kms', (): string => 'postgres://kms:pw@db/kms'],
    ['postgresql://db/kms', (): string => 'postgresql://db/kms'],
  ])('of the database: %s', (url, expected) => {
    expect(load(undefined, { STRONGROOM_DATABASE_URL: url }).databaseUrl.reveal()).toBe(expected());
  });

  it.each(['mysql://db', 'sqlite:', 'x.sqlite', 'postgres://'])('refuse the database %s', (url) => {
    expect(refusal(undefined, { STRONGROOM_DATABASE_URL: url })).toBe(
      'STRONGROOM_DATABASE_URL must be sqlite:<path> or postgres://…',
    );
  });
});

describe('settings that go together', () => {
  it.each([
    [{ STRONGROOM_TLS_CERT: 'x' }, 'tls.key is not set'],
    [{ STRONGROOM_TLS_KEY: 'x' }, 'tls.cert is not set'],
    [{ STRONGROOM_ROOT_ACCESS_KEY_ID: 'A'.repeat(16) }, 'rootSecretAccessKey is not set'],
    [{ STRONGROOM_ROOT_SECRET_ACCESS_KEY: 's'.repeat(16) }, 'rootAccessKeyId is not set'],
  ])('%j alone is refused', (env, message) => {
    expect(refusal(undefined, env as Record<string, string>)).toContain(message);
  });

  it('are absent together', () => {
    const config = load('tls:\n');
    expect(config).not.toHaveProperty('tls');
    expect(config).not.toHaveProperty('rootAccessKeyId');
    expect(config).not.toHaveProperty('rootSecretAccessKey');
  });
});

describe('what no setting reads', () => {
  it.each([
    [
      'prot: 1',
      'strongroom.yaml:1: "prot" is no known setting of the configuration; known are host,',
    ],
    [
      'limits:\n  max: 1',
      'strongroom.yaml:2: "max" is no known setting of limits; known are maxBody',
    ],
    ['portFile: x', '"portFile" is no known setting'],
    ['__proto__: {port: 1}', 'something that is no name is no known setting'],
    ['limits: 3', 'strongroom.yaml:1: limits must be a map'],
    ['- host', 'strongroom.yaml:1: the configuration must be a map'],
    ['port: 1\nport: 2', 'strongroom.yaml:2: not valid YAML (duplicate key)'],
    ['host: [', 'not valid YAML'],
    ['host: !env HOST', 'not valid YAML (tag resolve failed)'],
    ['host: a\n---\nhost: b', 'not valid YAML (multiple docs)'],
  ])('is refused in YAML: %j', (yaml, message) => {
    expect(refusal(yaml)).toContain(message);
  });

  it('is refused in the environment', () => {
    expect(refusal(undefined, { STRONGROOM_PROT: '1' })).toMatch(
      /^"STRONGROOM_PROT" is no known environment variable; known are STRONGROOM_HOST, /,
    );
  });

  it('is left alone when it is not ours', () => {
    expect(load('', { PORT: '1', STRONGROOMS: '2' }).port).toBe(8080);
  });
});

describe('the file', () => {
  it('may be named, and must then exist', () => {
    writeFileSync(join(cwd, 'other.yaml'), 'port: 1');
    expect(loadConfig({ argvConfigPath: 'other.yaml', env: {}, cwd }).port).toBe(1);
    expect(() => loadConfig({ argvConfigPath: 'missing.yaml', env: {}, cwd })).toThrow(
      `${join(cwd, 'missing.yaml')}: the configuration file cannot be read (ENOENT)`,
    );
  });

  it.each(['', '# nothing\n', 'limits:\n#  maxInFlight: 1\n'])('may say nothing: %j', (yaml) => {
    expect(load(yaml).limits.maxInFlight).toBe(2000);
  });

  it('gives every scalar as written, leading zeros included', () => {
    expect(load('accountId: 000000000012').accountId).toBe('000000000012');
  });
});

it('has a row for every setting, or a test of its own', () => {
  const covered = [
    ...rows.map(({ name, variable }) => [name, variable]),
    ['dataDir', 'STRONGROOM_DATA_DIR'],
    ['regions', 'STRONGROOM_REGIONS'],
    ['accounts', 'STRONGROOM_ACCOUNTS'],
    ['services', 'STRONGROOM_SERVICES'],
    ['webhooks', 'STRONGROOM_WEBHOOKS'],
    ['tracing.endpoint', 'STRONGROOM_TRACING_ENDPOINT'],
    ['tracing.authorization', 'STRONGROOM_TRACING_AUTHORIZATION'],
    ['quotas.requests', 'STRONGROOM_QUOTAS_REQUESTS'],
    ['peers', 'STRONGROOM_PEERS'],
    ['webhookSecret', 'STRONGROOM_WEBHOOK_SECRET'],
    ['databaseUrl', 'STRONGROOM_DATABASE_URL'],
    ['tls.cert', 'STRONGROOM_TLS_CERT'],
    ['tls.key', 'STRONGROOM_TLS_KEY'],
    ['rootAccessKeyId', 'STRONGROOM_ROOT_ACCESS_KEY_ID'],
    ['rootSecretAccessKey', 'STRONGROOM_ROOT_SECRET_ACCESS_KEY'],
    ['audit.dir', 'STRONGROOM_AUDIT_DIR'],
    ...[
      'syslog.url',
      'syslog.ca',
      'syslog.cert',
      'syslog.key',
      'webhook.url',
      'webhook.secret',
    ].map((name) => [
      `audit.shipping.${name}`,
      `STRONGROOM_AUDIT_SHIPPING_${name.replace('.', '_').toUpperCase()}`,
    ]),
    ['publicUrl', 'STRONGROOM_PUBLIC_URL'],
    ['webIdentity.keyPeriodDays', 'STRONGROOM_WEB_IDENTITY_KEY_PERIOD_DAYS'],
    ['webIdentity.customKeyStores', 'STRONGROOM_WEB_IDENTITY_CUSTOM_KEY_STORES'],
    ['oidc.networks', 'STRONGROOM_OIDC_NETWORKS'],
    ['oidc.keyHosts', 'STRONGROOM_OIDC_KEY_HOSTS'],
    ['tls.clientCa', 'STRONGROOM_TLS_CLIENT_CA'],
    ['tls.clientCertificates', 'STRONGROOM_TLS_CLIENT_CERTIFICATES'],
    ['plainHttp', 'STRONGROOM_PLAIN_HTTP'],
    ['trustedProxies', 'STRONGROOM_TRUSTED_PROXIES'],
    ['proxyProtocol', 'STRONGROOM_PROXY_PROTOCOL'],
    ['metrics', 'STRONGROOM_METRICS'],
    ['docs', 'STRONGROOM_DOCS'],
    ['internal.listen', 'STRONGROOM_INTERNAL_LISTEN'],
    ['internal.bearerToken', 'STRONGROOM_INTERNAL_BEARER_TOKEN'],
  ];
  expect(settings.map(({ name, variable }) => [name, variable]).sort()).toEqual(covered.sort());
});

it('is frozen all through', () => {
  const config = load(undefined, { STRONGROOM_TLS_CERT: 'x', STRONGROOM_TLS_KEY: 'y' });
  const open: string[] = [];
  const visit = (value: unknown, name: string) => {
    if (typeof value !== 'object' || value === null || value instanceof Secret) return;
    if (!Object.isFrozen(value)) open.push(name);
    for (const [key, member] of Object.entries(value)) visit(member, `${name}.${key}`);
  };
  visit(config, 'config');
  expect(open).toEqual([]);
});

it('names a file that it can not read', () => {
  mkdirSync(join(cwd, 'strongroom.yaml'));
  expect(refusal(undefined)).toContain('cannot be read (EISDIR)');
});

describe('accounts and services', () => {
  it('are lists and maps, empty unless they are given', () => {
    const { accounts, services } = load('');
    expect({ accounts, services }).toEqual({ accounts: [], services: [] });
    expect(load('', { STRONGROOM_ACCOUNTS: '444455556666, 555566667777' }).accounts).toEqual([
      '444455556666',
      '555566667777',
    ]);
    const yaml =
      'services:\n  s3.amazonaws.com: all\n  backup.example.com: 111122223333,444455556666\n';
    expect(load(yaml).services).toEqual([
      { principal: 's3.amazonaws.com' },
      { principal: 'backup.example.com', accounts: ['111122223333', '444455556666'] },
    ]);
  });

  it.each([
    ['accounts: [1]', 'must be a list of account ids of 12 digits'],
    ['services:\n  s3.amazonaws.com: some', 'must be a map from service principals'],
    ['services:\n  S3: all', 'services must have names such as s3.amazonaws.com'],
  ])('%s is refused', (yaml, message) => {
    expect(() => load(yaml)).toThrow(message);
  });
});

describe('a simulated clock', () => {
  it.each(['127.0.0.1', '::1', 'localhost'])('is for development on %s', (host) => {
    const yaml = `{clock: simulated, developmentServer: true, host: '${host}'}`;
    expect(load(yaml).clock).toBe('simulated');
  });

  it.each([
    ['{clock: simulated}', 'clock: simulated needs developmentServer: true'],
    [
      '{clock: simulated, developmentServer: true, host: 0.0.0.0}',
      'clock: simulated needs a host of 127.0.0.1, ::1 or localhost',
    ],
  ])('is refused with %s', (yaml, message) => {
    expect(refusal(yaml)).toBe(message);
  });
});

describe('quotas', () => {
  const AWS = {
    preset: 'aws',
    requests: {},
    keysPerRegion: 100_000,
    aliasesPerKey: 50,
    grantsPerKey: 50_000,
    customKeyStores: 10,
    policyBytes: 32_768,
  };

  it.each(['quotas: aws', 'quotas: {preset: aws}'])("are AWS's with %s", (yaml) => {
    expect(load(yaml).quotas).toEqual(AWS);
  });

  it('that are written go before those of the preset', () => {
    const requests = { ListKeys: '7.5', Sign: undefined, CreateKey: 'none' };
    const { Sign: _, ...written } = requests;
    const yaml =
      '{quotas: {preset: aws, keysPerRegion: 3, requests: {ListKeys: 7.5, CreateKey: none}}}';
    expect(load(yaml).quotas).toEqual({ ...AWS, keysPerRegion: 3, requests: written });
  });

  it('are none where the section is empty', () => {
    expect(load('quotas:\n  # preset: aws\n').quotas.preset).toBe('none');
  });

  it.each([
    ['quotas: gcp', 'strongroom.yaml:1: quotas.preset must be one of none, aws, not "gcp"'],
    ['quotas: [aws]', 'strongroom.yaml:1: quotas must be a map'],
    [
      '{quotas: {requests: {Encrypt: 5}}}',
      'quotas.requests: "Encrypt" is no request quota; docs/quotas.md lists them',
    ],
    [
      '{quotas: {requests: {ListKeys: 0.000}}}',
      'quotas.requests.ListKeys must be more than 0, or none',
    ],
    [
      '{quotas: {requests: {ListKeys: -1}}}',
      'must be a map from request quotas to calls a second, or none',
    ],
    [
      '{quotas: {requests: {ListKeys: many}}}',
      'must be a map from request quotas to calls a second, or none',
    ],
  ])('%s is refused', (yaml, message) => {
    expect(refusal(yaml)).toContain(message);
  });
});

describe('webhooks', () => {
  const secret = 'webhookSecret: 0123456789abcdef';

  it.each(['https://hooks.example.com/a?b=c', 'http://127.0.0.1:9000', 'http://[::1]:9000/x'])(
    'may be at %s',
    (url) => {
      expect(load(`{webhooks: {siem: '${url}'}, ${secret}}`).webhooks).toEqual({ siem: url });
    },
  );

  it.each([
    ['a URL of another machine in the clear', `{webhooks: {a: 'http://example.com'}, ${secret}}`],
    ['credentials', `{webhooks: {a: 'https://u:p@example.com'}, ${secret}}`],
    ['a name in capitals', `{webhooks: {A: 'https://example.com'}, ${secret}}`],
    ['no secret', `{webhooks: {a: 'https://example.com'}}`],
  ])('are refused with %s', (_, yaml) => {
    expect(refusal(yaml)).toMatch(/webhook/);
  });
});

describe('receivers of the audit trail', () => {
  const shipping = (to: object) => JSON.stringify({ audit: { shipping: to } });
  const secret = '0123456789abcdef';

  it.each([
    { syslog: { url: 'tls://siem.example.com:6514' } },
    { syslog: { url: 'udp://[fd00::1]:514' }, webhook: { url: 'http://localhost:9000', secret } },
  ])('may be %j', (to) => {
    const config = load(shipping(to));
    expect(config.audit.shipping?.syslog?.url).toBe(to.syslog.url);
    expect(config.audit.shipping?.webhook?.secret?.reveal()).toBe(to.webhook?.secret);
    expect(JSON.stringify(config)).not.toContain(secret);
  });

  it.each([
    [{ syslog: { url: 'siem.example.com:6514' } }, 'must be tls://host:port'],
    [{ syslog: { url: 'tls://siem.example.com' } }, 'must be tls://host:port'],
    [{ syslog: { url: 'tls://siem.example.com:65536' } }, 'has no port from 1 to 65535'],
    [{ syslog: { url: 'tcp://siem:601', ca: 'ca.pem' } }, 'syslog.ca needs an audit.shipping'],
    [{ syslog: { ca: 'ca.pem' } }, 'syslog.ca needs an audit.shipping'],
    [{ syslog: { url: 'tls://a:1', cert: 'c.pem' } }, 'must be set together'],
    [{ webhook: { url: 'https://siem.example.com' } }, 'must be set together'],
    [{ webhook: { url: 'http://siem.example.com', secret } }, 'must be an https URL'],
    [{ webhook: { url: 'https://u:p@siem.example.com', secret } }, 'must be an https URL'],
  ])('are refused with %j', (to, message) => {
    expect(refusal(shipping(to))).toContain(message);
  });
});

describe('identity providers', () => {
  it('may be in networks that are named, and have their keys on other hosts', () => {
    const oidc = {
      networks: ['10.0.0.0/8', 'fd00::/8'],
      keyHosts: { 'accounts.google.com': 'www.googleapis.com', 'idp.corp:8443': 'keys.corp:8443' },
    };
    expect(load(JSON.stringify({ oidc })).oidc).toEqual(oidc);
  });

  it.each([
    ['an address without its length', '{networks: [10.0.0.1]}'],
    ['a name', '{networks: [intranet]}'],
    ['a URL', '{keyHosts: {a.example: https://b.example}}'],
  ])('are refused with %s', (_, oidc) => {
    expect(refusal(`oidc: ${oidc}`)).toMatch(/oidc/);
  });
});

describe('of a list or a map the wrong element is named', () => {
  it.each([
    ['regions: [us-east-1, mars]', /, not "mars" \(element 2\)$/],
    ['regions: [us-east-1, us-east-1]', /, not "us-east-1" twice$/],
    ['regions: []', /, not a list of 0$/],
    ['accounts: ["111122223333", "1"]', /, not "1" \(element 2\)$/],
    [
      'services: {s3.amazonaws.com: all, x.amazonaws.com: none}',
      /, not what "x\.amazonaws\.com" has$/,
    ],
    ['webhooks: {mine: "https://me:secret@example.com"}', /, not what "mine" has$/],
    ['webhooks: https://me:secret@example.com', /, not a text or a list$/],
    ['regions: {a: b}', /, not a map$/],
  ])('%s', (yaml, message) => {
    expect(refusal(yaml)).toMatch(message);
  });

  it('a map may stand in a variable, as JSON', () => {
    const env = { STRONGROOM_OIDC_KEY_HOSTS: '{"a.example": "b.example:8443"}' };
    expect(load('', env).oidc.keyHosts).toEqual({ 'a.example': 'b.example:8443' });
    for (const text of ['a.example=b.example', '["a"]', '{"a": "b", "a": "c"}', '{"a": 1}']) {
      expect(refusal('', { STRONGROOM_OIDC_KEY_HOSTS: text })).toMatch(
        /^STRONGROOM_OIDC_KEY_HOSTS must be a map from hosts to hosts/,
      );
    }
  });
});

describe('what others could read along', () => {
  const TLS = 'tls: {cert: a, key: b}';

  it.each([
    'host: localhost',
    'host: 127.9.9.9',
    "host: '::1'",
    '{host: 0.0.0.0, plainHttp: anywhere}',
    `{host: 0.0.0.0, ${TLS}}`,
    "{metrics: internal, internal: {listen: '10.0.0.5:1'}}",
  ])('is not there, or was said to be: %s', (yaml) => {
    expect(load(yaml)).toHaveProperty('host');
  });

  it.each([
    ["host: '0.0.0.0'", 'host: 0.0.0.0 is not this machine alone'],
    ["host: '::'", 'host: :: is not this machine alone'],
    ['host: kms.example.com', 'set tls.cert and tls.key, or plainHttp: anywhere'],
    ['host: 127.example.com', 'host: 127.example.com is not'],
    [
      `{docs: internal, internal: {listen: '[fd00::1]:1', bearerToken: ${'t'.repeat(16)}}}`,
      'internal.listen: fd00::1 is not this machine alone',
    ],
    ['plainHttp: true', 'must be one of loopback, anywhere'],
  ])('is refused: %s', (yaml, message) => {
    expect(refusal(yaml)).toContain(message);
  });

  it.each([
    ['tls: {clientCa: c}', 'tls.clientCa needs tls.cert and tls.key'],
    ['tls: {cert: a, key: b, clientCertificates: optional}', 'needs tls.clientCa'],
    [
      `{tls: {cert: a, key: b, clientCa: c}, peers: {eu-west-1: 'https://b#ed25519:${'a'.repeat(43)}'}}`,
      'tls.clientCertificates: required shuts out the peers',
    ],
  ])('certificates of clients: %s', (yaml, message) => {
    expect(refusal(yaml)).toContain(message);
  });
});

describe('proxies', () => {
  it('are addresses and networks, none by default', () => {
    expect(load('')).toMatchObject({ trustedProxies: [], proxyProtocol: false });
    const trustedProxies = ['10.0.0.5', 'fd00::/8'];
    expect(load(JSON.stringify({ trustedProxies, proxyProtocol: 'true' }))).toMatchObject({
      ...{ trustedProxies, proxyProtocol: true },
    });
    const env = { STRONGROOM_TRUSTED_PROXIES: '10.0.0.5, fd00::/8' };
    expect(load('', env).trustedProxies).toEqual(trustedProxies);
  });

  it.each([
    [
      "trustedProxies: ['10.0.0.1', proxy.example]",
      'trustedProxies: "proxy.example" is no address',
    ],
    ["trustedProxies: ['0.0.0.0/0']", 'trustedProxies: "0.0.0.0/0" is no address and no network'],
    ["trustedProxies: ['10.0.0.0/33']", '"10.0.0.0/33" is no address'],
    ['proxyProtocol: true', 'proxyProtocol needs trustedProxies'],
  ])('are not: %s', (yaml, message) => {
    expect(refusal(yaml)).toContain(message);
  });
});

describe('internal pages', () => {
  const token = 't'.repeat(16);

  it('are public unless it is said', () => {
    const config = load('');
    expect(config).toMatchObject({ metrics: 'public', docs: 'public' });
    expect(config).not.toHaveProperty('internal');
  });

  it.each(['127.0.0.1:9100', '[::1]:0', '[fe80::1%eth0]:65535', 'kms.internal:1'])(
    'may be at %s',
    (listen) => {
      const config = load(`{metrics: internal, internal: {listen: '${listen}'}}`);
      expect(config.internal).toEqual({ listen });
    },
  );

  it('may ask for a token, from a file as well', () => {
    writeFileSync(join(cwd, 'token'), `${token}\n`);
    for (const config of [
      load(`{docs: internal, internal: {bearerToken: ${token}}}`),
      load('{docs: internal, internal: {bearerTokenFile: token}}'),
      load('docs: internal', { STRONGROOM_INTERNAL_BEARER_TOKEN_FILE: 'token' }),
    ]) {
      expect(config.internal?.bearerToken?.reveal()).toBe(token);
      expect(JSON.stringify(config)).not.toContain(token);
    }
  });

  it.each([
    ['metrics: internal', 'metrics: internal needs internal.listen or internal.bearerToken'],
    ['{docs: internal, internal: {}}', 'docs: internal needs internal.listen'],
    [
      '{docs: off, internal: {listen: a:1}}',
      'internal.listen is set, but neither metrics nor docs is internal',
    ],
    [`{internal: {bearerToken: ${token}}}`, 'internal.bearerToken is set, but neither'],
    ['{metrics: internal, internal: {bearerToken: short}}', 'must be 16 to 1024 printable'],
    ['{metrics: private}', 'must be one of public, internal, off'],
    ...['9100', 'a:', ':1', 'a:65536', 'a:99999', '::1:1', '[::1]', 'http://a:1', 'a:1/x'].map(
      (listen) => [
        `{metrics: internal, internal: {listen: '${listen}'}}`,
        'internal.listen must be an address and a port such as',
      ],
    ),
  ])('are refused with %s', (yaml, message) => {
    expect(refusal(yaml)).toContain(message);
  });
});

describe('peers', () => {
  const key = `#ed25519:${'a'.repeat(43)}`;

  it('are URLs with a public key, by Region', () => {
    const peers = { 'eu-west-1': `https://kms.example.com:8443${key}` };
    expect(load(JSON.stringify({ peers })).peers).toEqual(peers);
  });

  it.each([
    ['no key', { 'eu-west-1': 'https://kms.example.com' }],
    ['a URL of another machine in the clear', { 'eu-west-1': `http://kms.example.com${key}` }],
    ['no Region', { Europe: `https://kms.example.com${key}` }],
    ['a Region of its own', { 'us-east-1': `https://kms.example.com${key}` }],
  ])('are refused with %s', (_, peers) => {
    expect(refusal(JSON.stringify({ peers }))).toMatch(/peers/);
  });
});
