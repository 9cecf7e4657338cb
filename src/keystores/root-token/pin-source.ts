/** Where the root token's PIN comes from: what the operator named in the configuration. */
import { join } from 'node:path';
import type { BackOff } from '../../kernel/back-off.js';
import { readNamedSecret } from '../../kernel/foreign-files.js';
import { StartError } from '../../kernel/start-error.js';
import { answerOf, type CommandLog } from './pin-command.js';

/** The root token as it is configured: it has one of the sources. */
export interface RootTokenSettings {
  readonly id: string;
  readonly pinFile?: string | undefined;
  readonly pinEnv?: string | undefined;
  readonly pinCredential?: string | undefined;
  readonly pinCommand?: readonly string[] | undefined;
}

export interface PinSource {
  /** For a message: `the file /etc/strongroom/root.pin`. */
  readonly name: string;
  /** Between two looks whether there is another PIN after one was refused; undefined: there never is. */
  readonly lookAgain: BackOff | undefined;
  /** The PIN, which the caller zeroes. @throws StartError with one line for the operator */
  read(ended?: AbortSignal): Promise<Buffer>;
}

export interface Surroundings {
  /** A variable that has the PIN is taken out of it. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: CommandLog;
}

/** More is no PIN; what holds it is not what was meant. */
export const MAX_PIN_BYTES = 1024;

const LOOK_AT_FILE: BackOff = { firstMs: 2000, maxMs: 2000 };
const RUN_COMMAND: BackOff = { firstMs: 4000, maxMs: 300_000 };

/** @throws StartError when the configuration names none */
export function pinSourceOf(token: RootTokenSettings, { env, log }: Surroundings): PinSource {
  const { pinFile, pinEnv, pinCredential, pinCommand } = token;
  if (pinFile !== undefined) return file(`the file ${pinFile}`, () => pinFile);
  if (pinEnv !== undefined) return variable(pinEnv, env);
  if (pinCredential !== undefined) return credential(pinCredential, env);
  if (pinCommand !== undefined) return command(pinCommand, env, log);
  throw new StartError(`the token ${token.id} has no source for its PIN`);
}

function file(name: string, path: () => string): PinSource {
  return {
    name,
    lookAgain: LOOK_AT_FILE,
    read: async () => {
      let text: Buffer;
      try {
        text = readNamedSecret(path());
      } catch (error) {
        if (error instanceof StartError) throw error;
        throw unreadable(name, (error as NodeJS.ErrnoException).code ?? 'unknown error');
      }
      return pinIn(text, name);
    },
  };
}

/** As systemd hands it over: LoadCredential=, SetCredentialEncrypted= and so on. */
function credential(id: string, env: NodeJS.ProcessEnv): PinSource {
  const name = `the credential ${id}`;
  return file(name, () => {
    const { CREDENTIALS_DIRECTORY: directory } = env;
    if (directory) return join(directory, id);
    throw unreadable(name, 'CREDENTIALS_DIRECTORY is not set: the service has no credentials');
  });
}

function variable(id: string, env: NodeJS.ProcessEnv): PinSource {
  const name = `the environment variable ${id}`;
  return {
    name,
    lookAgain: undefined,
    read: async () => {
      const value = env[id];
      delete env[id];
      if (value === undefined) throw unreadable(name, 'not set');
      return pinIn(Buffer.from(value, 'utf8'), name);
    },
  };
}

function command(argv: readonly string[], env: NodeJS.ProcessEnv, log: CommandLog): PinSource {
  const name = `the command ${argv[0]}`;
  return {
    name,
    lookAgain: RUN_COMMAND,
    read: async (ended) => {
      const limits = { maxBytes: MAX_PIN_BYTES + 2, ...(ended && { ended }) };
      const answer = await answerOf(argv, { env, log, ...limits });
      if (Buffer.isBuffer(answer)) return pinIn(answer, name);
      throw unreadable(name, answer.failed);
    },
  };
}

/** @param text is zeroed */
function pinIn(text: Buffer, name: string): Buffer {
  // An editor's newline at the end is not part of the PIN.
  let end = text.length;
  while (end > 0 && (text[end - 1] === 0x0a || text[end - 1] === 0x0d)) end -= 1;
  const pin = Buffer.from(text.subarray(0, end));
  text.fill(0);
  if (pin.length > 0 && pin.length <= MAX_PIN_BYTES) return pin;
  pin.fill(0);
  if (end === 0) throw new StartError(`the root token's PIN is missing: ${name} is empty`);
  throw new StartError(`the root token's PIN in ${name} has more than ${MAX_PIN_BYTES} octets`);
}

function unreadable(name: string, why: string): StartError {
  return new StartError(`the root token's PIN can't be read from ${name} (${why})`);
}
