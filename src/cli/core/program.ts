/** The registry of commands as a command line. */
import { Command as CommanderCommand } from 'commander';
import {
  type Command,
  type Context,
  EXIT,
  type ExitCode,
  type Flag,
  type Option,
} from './command.js';
import { withProgress } from './progress.js';

export interface Program {
  readonly version: string;
  readonly commands: readonly Command[];
  /** @param configFile of `--config`, which may stand before or behind the command */
  readonly contextOf: (options: {
    readonly configFile?: string;
    readonly json: boolean;
  }) => Context;
}

/** What ended a command line that didn't come to its command: help, a version, or wrong usage. */
export class UsageEnd extends Error {
  override readonly name = 'UsageEnd';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode) {
    super('the command line ended before its command');
    this.exitCode = exitCode;
  }
}

const CONFIG = [
  '--config <file>',
  'configuration file (default: strongroom.yaml, if any; `config settings` lists what may stand in it)',
] as const;

/**
 * Runs one command line.
 * @param argv without node and the script
 * @throws UsageEnd; what the command throws
 */
export async function runProgram(program: Program, argv: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.usage;
  const root = named('strongroom')
    .description('A key management server: the AWS KMS API over PKCS#11 tokens')
    .option(...CONFIG)
    .version(program.version, '--version', 'print the version');
  for (const command of program.commands) {
    const words = command.name.split(' ');
    const parent = words.slice(0, -1).reduce(groupOf, root);
    const leaf = declared(command, words.at(-1) ?? '');
    leaf.action(async (...words: readonly unknown[]) => {
      const operand = command.operand ? String(words[0]) : '';
      const given = words[command.operand ? 1 : 0] as Record<string, unknown>;
      const { config = root.opts().config, json = false, ...options } = given;
      const context = program.contextOf({
        json: json === true,
        ...(typeof config === 'string' && { configFile: config }),
      });
      exitCode = await withProgress(command.progress, process.stderr, () =>
        command.run(byDeclaredName(command, options), context, operand),
      );
    });
    parent.addCommand(leaf);
  }
  await root.parseAsync(argv, { from: 'user' });
  return exitCode;
}

function named(name: string): CommanderCommand {
  return new CommanderCommand(name)
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .showHelpAfterError('(see --help)')
    .exitOverride((error) => {
      throw new UsageEnd(error.exitCode === 0 ? EXIT.done : EXIT.usage);
    });
}

/** The group of this name, made where there is none; by itself it is wrong usage. */
function groupOf(parent: CommanderCommand, name: string): CommanderCommand {
  const known = parent.commands.find((command) => command.name() === name);
  if (known) return known;
  const group = named(name).description(`commands of ${name}`);
  parent.addCommand(group);
  return group;
}

function declared(command: Command, name: string): CommanderCommand {
  const leaf = named(name)
    .description(command.summary)
    .option(...CONFIG);
  if (command.operand) leaf.argument(`<${command.operand.name}>`, command.operand.description);
  for (const [option, row] of Object.entries(command.options)) addOption(leaf, option, row);
  return leaf
    .option('--json', 'print one line of JSON')
    .addHelpText('after', () => `\n${explanation(command).join('\n')}\n`);
}

/** Commander names `--a-name` aName. */
function byDeclaredName({ options }: Command, given: Record<string, unknown>) {
  const nameOf = (option: string) =>
    option.replace(/-[a-z]/g, ([, letter = '']) => letter.toUpperCase());
  return Object.fromEntries(Object.keys(options).map((option) => [option, given[nameOf(option)]]));
}

function addOption(leaf: CommanderCommand, name: string, row: Option | Flag): void {
  if ('flag' in row) {
    leaf.option(`--${name}`, row.description, false);
    return;
  }
  const flags = `--${name} <${row.value}>`;
  if (row.repeats) {
    leaf.option(flags, `${row.description}; may be repeated`, gather, []);
  } else if (row.required) leaf.requiredOption(flags, row.description);
  else leaf.option(flags, row.description, row.default);
}

function gather(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** Exit codes and examples, for the help and the documents. */
export function explanation({ exitCodes, examples }: Command): string[] {
  const codes = Object.entries(EXIT).flatMap(([name, code]) => {
    const meaning = exitCodes[name as keyof typeof EXIT];
    return meaning === undefined ? [] : [`  ${code}  ${meaning}`];
  });
  const lines = examples.flatMap(([line, does]) => [`  # ${does}`, `  ${line}`]);
  return ['Exit codes:', ...codes, '', 'Examples:', ...lines];
}
