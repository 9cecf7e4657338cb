import type * as kms from '@aws-sdk/client-kms';

type Commands = {
  [Name in keyof typeof kms as Name extends `${infer Operation}Command`
    ? Operation
    : never]: Extract<(typeof kms)[Name], new (input: never) => unknown>;
};

/** Every operation that the SDK knows, this server's and others. */
export type OperationName = Exclude<keyof Commands, '$'>;
export type InputOf<Name extends OperationName> = NonNullable<
  ConstructorParameters<Commands[Name]>[0]
>;
type Handled<Command> = Command extends {
  resolveMiddleware: (...parts: never[]) => (...call: never[]) => Promise<{ output: infer Output }>;
}
  ? Output
  : never;
export type OutputOf<Name extends OperationName> = Omit<
  Handled<InstanceType<Commands[Name]>>,
  '$metadata'
>;

/** What came back of one call, the same for every face: blobs as Buffers, times as Dates. */
export interface Exchange {
  readonly status: number;
  readonly requestId: string;
  /** Undefined when the call was refused. */
  readonly output: Record<string, unknown> | undefined;
  readonly error: Refusal | undefined;
}

/** A refused call. `message` is empty when the answer has none. */
export class Refusal extends Error {
  override readonly name: string;
  readonly status: number;

  constructor(name: string, message: string, status: number) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** One way to call the server. */
export abstract class Face {
  /** Answers whatever the server answered. Rejects when that isn't an answer of KMS's at all. */
  abstract exchange(operation: string, input: object): Promise<Exchange>;

  /** The output, or a Refusal as rejection. */
  async call<Name extends OperationName>(
    operation: Name,
    input: InputOf<Name>,
  ): Promise<OutputOf<Name>> {
    const { output, error } = await this.exchange(operation, input);
    if (error) throw error;
    return output as OutputOf<Name>;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Every answer carries a request id: that is checked here, of each call that any test makes. */
export function requireRequestId(requestId: string | null | undefined): string {
  if (!requestId || !UUID.test(requestId)) throw new Error(`x-amzn-RequestId is ${requestId}`);
  return requestId;
}
