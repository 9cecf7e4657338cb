/** What the commands about one token share. */
import { askPin, isAtTerminal } from './pin-prompt.js';

export const TOKEN_ID = {
  name: 'id',
  description: 'the id of a token of the configuration',
} as const;

export const PIN_FILE = {
  'pin-file': {
    value: 'file',
    description: "the token's PIN; default: what the configuration names, else it is asked for",
  },
} as const;

/** Where the PIN comes from, if not from what the configuration names. */
export function pinFrom(options: { readonly 'pin-file': string | undefined }) {
  return {
    pinFile: options['pin-file'],
    ask: isAtTerminal() ? (whose: string) => askPin(whose) : undefined,
  };
}
