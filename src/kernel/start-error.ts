/** The start can't go on; the message is one line for the operator and holds no secret. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}

/** Something outside that doesn't answer is what it can't go on without. */
export class UnreachableError extends StartError {
  override readonly name = 'UnreachableError';
}
