/** What the commands about one token share. */

export const TOKEN_ID = {
  name: 'id',
  description: 'the id of a token of the configuration',
} as const;

export const PIN_FILE = {
  'pin-file': {
    value: 'file',
    description: "the token's PIN; default: what the configuration names",
  },
} as const;
