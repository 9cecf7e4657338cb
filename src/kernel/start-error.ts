/** The start can't go on; the message is one line for the operator and holds no secret. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
