import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { isNetwork } from '../kernel/networks.js';
import type { Config } from './config.js';
import { ConfigError, shown, shownName } from './config-error.js';
import { findWritten, memberAt, type Sources } from './find-written.js';
import { findSoftHsm, quickStartTokens } from './quick-start.js';
import { completeToken, readTokens, type TokenMembers } from './read-tokens.js';
import { readValue } from './read-value.js';
import { REQUEST_QUOTAS } from './request-quotas.js';
import { Secret } from './secret.js';
import { type Setting, settings } from './settings.js';
import { type ServerAccounts, withAccounts } from './token-accounts.js';
import { checkMembersOf } from './token-members.js';
import { refuseUnknown } from './unknown-settings.js';
import { readYaml, type YamlSource } from './yaml-source.js';

export interface LoadConfigOptions {
  /** `--config`: a file that must exist. Without it `./strongroom.yaml` is read if present. */
  readonly argvConfigPath?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What relative paths are relative to, those in the YAML file included. */
  readonly cwd: string;
  /** Whether a file exists; for finding SoftHSM2. */
  readonly exists?: (path: string) => boolean;
}

const DEFAULT_FILE = 'strongroom.yaml';

/** Settings that make sense only together. */
const PAIRS = [
  ['tls.cert', 'tls.key'],
  ['rootAccessKeyId', 'rootSecretAccessKey'],
  ['audit.shipping.syslog.cert', 'audit.shipping.syslog.key'],
  ['audit.shipping.webhook.url', 'audit.shipping.webhook.secret'],
] as const;

const NOTHING: YamlSource = { value: undefined, locate: () => DEFAULT_FILE };

/**
 * The configuration from the YAML file and the environment, which goes before it. Frozen all through.
 * @throws ConfigError with one line: the setting's origin, what is wrong, what is allowed.
 */
export function loadConfig(options: LoadConfigOptions): Config {
  const { env, cwd } = options;
  const named: string[] = [];
  const sources: Sources = { yaml: findYaml(options), env, cwd, secretFiles: named };
  refuseUnknown(sources);
  const values = readSettings(sources);
  for (const check of CHECKS) check(values);
  const { tokens, quickStart } = chooseTokens(sources, values, options.exists ?? existsSync);
  // The one place where values that were checked against the schema get the schema's type.
  const services = readServices(values.get('services'));
  const pinFiles = tokens.flatMap(({ pinFile }) => (pinFile === undefined ? [] : [pinFile]));
  const tlsKey = values.get('tls.key');
  const secretFiles = [...named, ...(tlsKey === undefined ? [] : [tlsKey]), ...pinFiles];
  return freeze({
    ...toTree(values),
    ...{ tokens, quickStart, services, secretFiles },
  }) as unknown as Config;
}

/**
 * All that is wrong with the configuration, in the order in which `loadConfig` would meet it, a line each.
 * What settings are together, and the tokens, can be judged only where each setting is good by itself.
 */
export function configFaults(options: LoadConfigOptions): string[] {
  const faults: string[] = [];
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(error.message);
      return undefined;
    }
  };
  const { env, cwd } = options;
  const yaml = attempt(() => findYaml(options));
  if (yaml === undefined) return faults;
  const sources: Sources = { yaml, env, cwd };
  attempt(() => refuseUnknown(sources));
  const values = readSettings(sources, attempt);
  if (faults.length > 0) return faults;
  for (const check of CHECKS) attempt(() => check(values));
  if (faults.length === 0) attempt(() => loadConfig(options));
  return faults;
}

function findYaml({ argvConfigPath, cwd }: LoadConfigOptions): YamlSource {
  if (argvConfigPath !== undefined) return readYaml(resolve(cwd, argvConfigPath));
  const path = join(cwd, DEFAULT_FILE);
  return existsSync(path) ? readYaml(path) : NOTHING;
}

/** @param attempt what is done with a setting that is no good */
function readSettings(
  sources: Sources,
  attempt: (work: () => void) => void = (work) => work(),
): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const setting of settings) {
    attempt(() => {
      const written = findWritten(setting, sources) ?? defaultOf(setting, values);
      if (written !== undefined) {
        values.set(setting.name, readValue(setting.shape, written, sources.cwd));
      }
    });
  }
  return values;
}

/** Defaults depend on the data directory and the preset, which the schema declares before. */
function defaultOf({ name, shape }: Setting, values: Map<string, unknown>) {
  const held = shape.awsDefault !== undefined && values.get('quotas.preset') === 'aws';
  const byDefault = held ? shape.awsDefault : shape.default;
  if (byDefault === undefined) return undefined;
  const value =
    typeof byDefault === 'string'
      ? byDefault.replace('<dataDir>', () => String(values.get('dataDir')))
      : byDefault;
  return { value, origin: `default of ${name}` };
}

/** @throws ConfigError for a name that is no request quota's, or a rate that lets nothing through */
function checkQuotas(values: ReadonlyMap<string, unknown>): void {
  const requests = values.get('quotas.requests') as Record<string, string>;
  for (const [name, rate] of Object.entries(requests)) {
    if (!Object.hasOwn(REQUEST_QUOTAS, name)) {
      throw new ConfigError(
        `quotas.requests: ${shownName(name)} is no request quota; docs/quotas.md lists them`,
      );
    }
    if (Number(rate) === 0) {
      throw new ConfigError(`quotas.requests.${name} must be more than 0, or none`);
    }
  }
}

function checkPairs(values: ReadonlyMap<string, unknown>): void {
  for (const pair of PAIRS) {
    const missing = pair.filter((name) => !values.has(name));
    if (missing.length === 1) {
      throw new ConfigError(`${missing[0]} is not set: ${pair.join(' and ')} must be set together`);
    }
  }
}

/** Plaintexts and the tokens of internal pages are in what is sent. */
function checkListeners(values: ReadonlyMap<string, unknown>): void {
  const hasTls = values.has('tls.cert');
  const asks = values.has('tls.clientCa');
  if (asks && !hasTls) throw new ConfigError('tls.clientCa needs tls.cert and tls.key');
  if (!asks && values.has('tls.clientCertificates')) {
    throw new ConfigError('tls.clientCertificates needs tls.clientCa');
  }
  const shutsOut = asks && values.get('tls.clientCertificates') !== 'optional';
  if (shutsOut && Object.keys(values.get('peers') as object).length > 0) {
    throw new ConfigError(
      'tls.clientCertificates: required shuts out the peers, which have none: set it to optional',
    );
  }
  if (hasTls || values.get('plainHttp') === 'anywhere') return;
  const internal = values.has('internal.bearerToken')
    ? String(values.get('internal.listen') ?? '').replace(/:[0-9]+$/, '')
    : '';
  const places = [
    ['host', String(values.get('host'))],
    ['internal.listen', internal.replace(/^\[(.*)\]$/, '$1')],
  ] as const;
  for (const [name, host] of places) {
    if (host === '' || isLoopback(host)) continue;
    throw new ConfigError(
      `${name}: ${host} is not this machine alone, and without tls others could read along: set tls.cert and tls.key, or plainHttp: anywhere`,
    );
  }
}

const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

function checkProxies(values: ReadonlyMap<string, unknown>): void {
  const proxies = values.get('trustedProxies') as readonly string[];
  const wrong = proxies.find((proxy) => !isNetwork(proxy));
  if (wrong !== undefined) {
    throw new ConfigError(
      `trustedProxies: ${shown(wrong)} is no address and no network such as 10.1.0.0/16, or one of all addresses`,
    );
  }
  if (values.get('proxyProtocol') === true && proxies.length === 0) {
    throw new ConfigError('proxyProtocol needs trustedProxies, whose connections it is of');
  }
}

const LOOPBACK: ReadonlySet<unknown> = new Set(['127.0.0.1', '::1', 'localhost']);

/** A clock that anybody may move destroys keys: never where somebody relies on them. */
function checkClock(values: ReadonlyMap<string, unknown>): void {
  if (values.get('clock') !== 'simulated') return;
  if (values.get('developmentServer') !== true) {
    throw new ConfigError('clock: simulated needs developmentServer: true');
  }
  if (!LOOPBACK.has(values.get('host'))) {
    throw new ConfigError('clock: simulated needs a host of 127.0.0.1, ::1 or localhost');
  }
}

const WEBHOOK_NAME = /^[a-z0-9-]{1,64}$/;

function checkWebhooks(values: ReadonlyMap<string, unknown>): void {
  const names = Object.keys(values.get('webhooks') as Record<string, string>);
  if (!names.every((name) => WEBHOOK_NAME.test(name))) {
    throw new ConfigError('webhooks must have names of 1 to 64 letters a-z, digits and hyphens');
  }
  if (names.length > 0 && !values.has('webhookSecret')) {
    throw new ConfigError('webhookSecret is not set: webhooks need it');
  }
}

const REGION = /^([a-z]+-){2,3}[0-9]+$/;

function checkPeers(values: ReadonlyMap<string, unknown>): void {
  const own = values.get('regions') as readonly string[];
  for (const region of Object.keys(values.get('peers') as Record<string, string>)) {
    if (!REGION.test(region)) throw new ConfigError(`peers.${region} is no Region's name`);
    if (own.includes(region)) {
      throw new ConfigError(`peers.${region} is a Region of this server itself`);
    }
  }
}

/** What is meant to be shown to few must not be shown to all, or to nobody, by a slip. */
function checkInternal(values: ReadonlyMap<string, unknown>): void {
  const pages = ['metrics', 'docs'].filter((name) => values.get(name) === 'internal');
  const ways = ['internal.listen', 'internal.bearerToken'];
  const given = ways.filter((name) => values.has(name));
  if (pages[0] !== undefined && given.length === 0) {
    throw new ConfigError(`${pages[0]}: internal needs ${ways.join(' or ')}`);
  }
  if (pages.length === 0 && given[0] !== undefined) {
    throw new ConfigError(`${given[0]} is set, but neither metrics nor docs is internal`);
  }
}

/** Whoever names certificates wants what is sent to be encrypted. */
function checkShipping(values: ReadonlyMap<string, unknown>): void {
  const url = String(values.get('audit.shipping.syslog.url'));
  const port = Number(/:(\d+)$/.exec(url)?.[1] ?? 1);
  if (port < 1 || port > 65_535) {
    throw new ConfigError('audit.shipping.syslog.url has no port from 1 to 65535');
  }
  if (url.startsWith('tls://')) return;
  const needless = ['ca', 'cert'].find((name) => values.has(`audit.shipping.syslog.${name}`));
  if (needless !== undefined) {
    throw new ConfigError(
      `audit.shipping.syslog.${needless} needs an audit.shipping.syslog.url of tls://`,
    );
  }
}

function chooseTokens(
  { yaml, cwd }: Sources,
  values: ReadonlyMap<string, unknown>,
  exists: (path: string) => boolean,
): { tokens: TokenMembers[]; quickStart: string[] } {
  const owners: ServerAccounts = {
    accountId: String(values.get('accountId')),
    accounts: values.get('accounts') as readonly string[],
  };
  const written = readTokens(yaml, memberAt(yaml.value, ['tokens']), cwd, exists);
  checkMembersOf(written ?? []);
  const given = written?.map((token) => withAccounts(token, owners, false));
  if (given?.some((token) => token.id === 'root')) return { tokens: given, quickStart: [] };
  const [root, cluster] = quickStartTokens(String(values.get('dataDir')), findSoftHsm(exists));
  const made = given === undefined ? [root, cluster] : [root];
  return {
    tokens: [
      ...made.map((token) => withAccounts(completeToken(token, cwd), owners, true)),
      ...(given ?? []),
    ],
    quickStart: made.map(({ id }) => id),
  };
}

/** Tokens are signed by asymmetric keys, which custom key stores have beyond AWS only. */
function checkWebIdentity(values: ReadonlyMap<string, unknown>): void {
  const stores = values.get('webIdentity.customKeyStores') as Record<string, string>;
  for (const accountId of Object.keys(stores)) {
    if (!/^[0-9]{12}$/.test(accountId)) {
      throw new ConfigError(`webIdentity.customKeyStores.${accountId} is no account id`);
    }
    if (values.get('customKeyStores.limits') === 'aws') {
      throw new ConfigError(
        'webIdentity.customKeyStores needs customKeyStores.limits to be extended',
      );
    }
  }
}

const SERVICE_PRINCIPAL = /^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,6}$/;

/** As KMS knows the service that signs web identity tokens. */
const OWN_SERVICE = 'sts.amazonaws.com';

/** The map `services` as a list. @throws ConfigError for a name that is no service principal's. */
function readServices(map: unknown): Config['services'] {
  return Object.entries(map as Record<string, string>).map(([principal, accounts]) => {
    if (!SERVICE_PRINCIPAL.test(principal)) {
      throw new ConfigError(
        'services must have names such as s3.amazonaws.com, in lower case with dots',
      );
    }
    if (principal === OWN_SERVICE) {
      throw new ConfigError(
        `services.${principal} is this server itself: its credentials would sign web identity tokens`,
      );
    }
    return accounts === 'all' ? { principal } : { principal, accounts: accounts.split(',') };
  });
}

/** What settings are together. */
const CHECKS = [
  checkPairs,
  checkClock,
  checkWebhooks,
  checkPeers,
  checkInternal,
  checkListeners,
  checkProxies,
  checkWebIdentity,
  checkQuotas,
  checkShipping,
] as const;

function toTree(values: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const { name, path } of settings) {
    if (!values.has(name)) continue;
    const parent = path.slice(0, -1).reduce((branch, key) => {
      branch[key] ??= {};
      return branch[key] as Record<string, unknown>;
    }, tree);
    parent[path.at(-1) ?? name] = values.get(name);
  }
  return tree;
}

function freeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !(member instanceof Secret)) {
      freeze(member);
    }
  }
  return Object.freeze(value);
}
