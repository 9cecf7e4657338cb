/**
 * Set-up stopped on purpose, with nothing changed. The message is one line for the person who
 * started it: it names the file or token, and never holds a PIN.
 */
export class TokenSetupRefusal extends Error {
  override readonly name = 'TokenSetupRefusal';
}
