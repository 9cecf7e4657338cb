import type { InitializedToken } from '../../app/token/init-token.js';
import { linesOfWrittenToken } from '../../config/written-token.js';
import { CommandEnd, defineCommand, EXIT } from '../core/command.js';
import { lineOf } from './list.js';
import { askNewPin, askPin, isAtTerminal } from './pin-prompt.js';

export const initializeToken = defineCommand({
  name: 'token init',
  summary: 'make a token that is not initialised ready for a server',
  options: {
    library: { value: 'path', description: 'the PKCS#11 library', required: true },
    label: { value: 'text', description: "the token's label, 32 octets at most", required: true },
    id: {
      value: 'id',
      description: 'what the configuration will call it: root, or a CloudHsmClusterId',
      default: 'root',
    },
    vendor: { value: 'name', description: "whose token it is, as in 'tokens'", default: 'generic' },
    slot: {
      value: 'number',
      description: 'the slot, where several have a token that is not initialised',
    },
    env: {
      value: 'name=value',
      description:
        'a variable for the library, never a secret; SOFTHSM2_CONF is handed on as it is',
      repeats: true,
    },
    'so-pin-file': {
      value: 'file',
      description: "the security officer's PIN; default: it is asked for",
    },
    'new-so-pin-file': {
      value: 'file',
      description: 'makes that PIN at random and writes it to this new file, 0600',
    },
    'pin-file': { value: 'file', description: "the user's PIN; default: it is asked for" },
    'new-pin-file': {
      value: 'file',
      description: 'makes that PIN at random and writes it to this new file, 0600',
    },
    finish: {
      flag: true,
      description:
        'give a token that was left without a user PIN that PIN, and do nothing else to it',
    },
  },
  examples: [
    [
      'strongroom token init --library /usr/lib/softhsm/libsofthsm2.so --vendor softhsm --label hsm-a --new-so-pin-file so.pin --new-pin-file root.pin',
      'a SoftHSM token; prints its entry for strongroom.yaml',
    ],
    [
      'strongroom token init --library /opt/hsm/lib.so --label kms --id cluster-production2 --finish',
      'after a run that was cut off; asks for both PINs',
    ],
  ],
  exitCodes: {
    done: 'the token is ready',
    failed:
      'refused, for example since it is initialised already; nothing in a token is ever wiped',
    usage: 'wrong usage',
  },
  async run(options, { entries, tell }) {
    const { initToken } = await import('../../app/token/init-token.js');
    const { softHsmEnvironment } = await import('../../app/token/list-tokens.js');
    const { finish, slot, id, label, vendor } = options;
    const env = { ...softHsmEnvironment(process.env), ...environmentOf(options.env) };
    const initialized = await initToken({
      ...{ slot, finish, entry: entries.tokenHostEntry, cwd: process.cwd() },
      token: {
        ...{ id, module: options.library, label, vendor },
        ...(Object.keys(env).length > 0 && { env }),
      },
      soPin: { file: options['so-pin-file'], newFile: options['new-so-pin-file'] },
      pin: { file: options['pin-file'], newFile: options['new-pin-file'] },
      ask: isAtTerminal() ? (whose, isNew) => (isNew ? askNewPin : askPin)(whose) : undefined,
    });
    tell(linesOf(initialized), initialized);
    return initialized.ready ? EXIT.done : EXIT.failed;
  },
});

function environmentOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((one) => {
      const at = one.indexOf('=');
      if (at > 0) return [one.slice(0, at), one.slice(at + 1)];
      throw new CommandEnd(EXIT.usage, '--env takes a name, = and a value');
    }),
  );
}

function linesOf({ ready, problem, token, entry }: InitializedToken): string[] {
  const what = ready ? 'The token is ready:' : `Not done: ${problem}`;
  return [what, ...(token ? [lineOf(token)] : []), ...(entry ? entryLines(entry) : [])];
}

function entryLines(entry: NonNullable<InitializedToken['entry']>): string[] {
  const pin =
    entry.id === 'root'
      ? 'add pinFile, pinCredential, pinCommand or pinEnv: the source of its PIN'
      : 'its PIN is the KeyStorePassword of CreateCustomKeyStore; add trustAnchor';
  const note = entry.pinFile === undefined || entry.id !== 'root' ? [`# ${pin}`] : [];
  return ['For strongroom.yaml:', '', ...note, ...linesOfWrittenToken(entry)];
}
