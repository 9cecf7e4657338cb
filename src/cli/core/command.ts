/** How a command is declared. One file a command; registry.ts names them all. */
import type { Config } from '../../config/config.js';

/** Exit codes: done; refused or failed; wrong usage or configuration; something outside doesn't answer. */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An end that is foreseen, told in one line, with an exit code of the command's own. */
export class CommandEnd extends Error {
  override readonly name = 'CommandEnd';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** An option with a value, `--name <value>`. */
export interface Option {
  /** What the value is, as the help shows it. */
  readonly value: string;
  readonly description: string;
  readonly required?: true;
  readonly default?: string;
  /** May be given several times. */
  readonly repeats?: true;
}

/** An option without a value, `--name`. */
export interface Flag {
  readonly flag: true;
  readonly description: string;
}

type Options = Readonly<Record<string, Option | Flag>>;

/** The values of declared options, by name. */
export type Values<Declared extends Options> = {
  readonly [Name in keyof Declared]: Declared[Name] extends Flag
    ? boolean
    : Declared[Name] extends { readonly repeats: true }
      ? readonly string[]
      : Declared[Name] extends { readonly required: true } | { readonly default: string }
        ? string
        : string | undefined;
};

/** What a command may use of the process. */
export interface Context {
  /** Reads the configuration. @throws ConfigError */
  readonly configuration: (said?: { readonly dataDir?: string }) => Config;
  /** All that is wrong with the configuration, a line each; empty: nothing. */
  readonly configurationFaults: () => readonly string[];
  /** Strongroom's own. */
  readonly version: string;
  /** Every command that there is. */
  readonly commands: readonly Command[];
  /** Paths of the compiled programs that a command starts. */
  readonly entries: {
    readonly tokenHostEntry: string;
    readonly cryptoWorkerEntry: string;
    readonly makeTokensEntry: string;
  };
  /** Tells what came of it: with `--json` one line of JSON, else the lines. */
  readonly tell: (lines: readonly string[], json: object) => void;
  /** Whether `--json` was given, for a command whose output is a stream. */
  readonly json: boolean;
  /** Writes one line, once the one before is out; false when nobody reads any more. */
  readonly line: (text: string) => Promise<boolean>;
}

export interface CommandDeclaration<Declared extends Options> {
  /** With its group: `policy simulate`. */
  readonly name: string;
  readonly summary: string;
  /** A word after the name, which `run` gets as its last argument. */
  readonly operand?: { readonly name: string; readonly description: string };
  readonly options: Declared;
  /** Command lines as a user would type them, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** What a terminal shows while it runs for over a second; absent: nothing, since it tells itself. */
  readonly progress?: string;
  /** What each exit code means here. */
  readonly exitCodes: Readonly<Partial<Record<keyof typeof EXIT, string>>>;
  /** @throws StartError, ConfigError with one line for the operator */
  readonly run: (options: Values<Declared>, context: Context, operand: string) => Promise<ExitCode>;
}

/** A declaration with its types erased, as the program and the documents read it. */
export interface Command extends Omit<CommandDeclaration<Options>, 'run'> {
  readonly run: (
    options: Record<string, unknown>,
    context: Context,
    operand: string,
  ) => Promise<ExitCode>;
}

export function defineCommand<const Declared extends Options>(
  declaration: CommandDeclaration<Declared>,
): Command {
  // The one place where types are erased: the program gives what the options declare.
  return { ...declaration, run: declaration.run as unknown as Command['run'] };
}
