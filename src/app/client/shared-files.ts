/**
 * Credentials and endpoint as AWS's SDKs find them, as far as they are written down: the environment, then
 * a profile of the shared files. Source: AWS SDKs and Tools Reference Guide, "Credential provider chain",
 * "Service-specific endpoints". Roles, SSO and processes that hand out credentials are not followed.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { StartError } from '../../kernel/start-error.js';
import type { Signer } from './signed-headers.js';

/** In characters: a longer file is none of these. */
const MAX_FILE = 1_048_576;

type Environment = Readonly<Record<string, string | undefined>>;
type Profile = ReadonlyMap<string, string>;

/** @throws StartError for half a pair */
export function signerInEnvironment(env: Environment): Signer | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId && !secretAccessKey) return undefined;
  if (!accessKeyId || !secretAccessKey) {
    throw new StartError('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together');
  }
  return { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN || undefined };
}

export class SharedFiles {
  readonly #env: Environment;
  readonly #profile: string;

  /** @param profile of `--profile`; else that of AWS_PROFILE, else `default` */
  constructor(env: Environment, profile: string | undefined) {
    this.#env = env;
    this.#profile = profile ?? env.AWS_PROFILE ?? 'default';
  }

  async signer(): Promise<Signer | undefined> {
    for (const settings of [await this.#credentials(), await this.#config()]) {
      const accessKeyId = settings.get('aws_access_key_id');
      const secretAccessKey = settings.get('aws_secret_access_key');
      const sessionToken = settings.get('aws_session_token');
      if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, sessionToken };
    }
    return undefined;
  }

  async region(): Promise<string | undefined> {
    const { AWS_REGION, AWS_DEFAULT_REGION } = this.#env;
    return AWS_REGION || AWS_DEFAULT_REGION || (await this.#config()).get('region');
  }

  async endpoint(): Promise<string | undefined> {
    const { AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL } = this.#env;
    return AWS_ENDPOINT_URL_KMS || AWS_ENDPOINT_URL || (await this.#config()).get('endpoint_url');
  }

  #credentials(): Promise<Profile> {
    const file = this.#env.AWS_SHARED_CREDENTIALS_FILE || join(homedir(), '.aws', 'credentials');
    return profileIn(file, [this.#profile]);
  }

  #config(): Promise<Profile> {
    const file = this.#env.AWS_CONFIG_FILE || join(homedir(), '.aws', 'config');
    return profileIn(file, [`profile ${this.#profile}`, this.#profile]);
  }
}

/** The settings of a section; none where there is no such file. */
async function profileIn(file: string, names: readonly string[]): Promise<Profile> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '';
    throw new StartError(`${file} can't be read (${error.code})`);
  });
  const settings = new Map<string, string>();
  let inside = false;
  for (const raw of text.slice(0, MAX_FILE).split(/\r\n|\r|\n/)) {
    const line = raw.trim();
    const section = /^\[\s*([^\]]*?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) inside = names.includes(section);
    const equals = line.indexOf('=');
    // Indented lines belong to a setting of their own, such as a service's.
    if (!inside || equals < 1 || /^[#;]/.test(line) || /^\s/.test(raw)) continue;
    settings.set(line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1).trim());
  }
  return settings;
}
