import { defineCommand, EXIT } from '../core/command.js';

export const listSettings = defineCommand({
  name: 'config settings',
  summary: 'list every setting: its name, its environment variable, its default, what it means',
  options: {},
  examples: [
    ['strongroom config settings', 'all of them'],
    ['strongroom config settings --json | jq .settings', 'the same for a program'],
  ],
  exitCodes: { done: 'they were listed', failed: 'they could not be read', usage: 'wrong usage' },
  async run(_options, { tell }) {
    const { settings, tokenSettings } = await import('../../config/settings.js');
    const general = settings.map(({ name, variable, shape }) => ({
      ...{ name, variable, meaning: shape.description, default: shape.default },
    }));
    const ofTokens = tokenSettings.map(({ name, shape }) => ({
      ...{ name: `tokens[].${name}`, meaning: shape.description, default: shape.default },
    }));
    const all: readonly SettingLine[] = [...general, ...ofTokens];
    tell(all.flatMap(linesOf), { settings: all });
    return EXIT.done;
  },
});

interface SettingLine {
  readonly name: string;
  readonly variable?: string;
  readonly meaning: string | undefined;
  readonly default: unknown;
}

function linesOf({ name, variable, meaning = '', default: value }: SettingLine): string[] {
  const named = variable === undefined ? name : `${name} (${variable})`;
  const byDefault = value === undefined ? '' : ` Default: ${asText(value)}.`;
  return [named, `    ${meaning}${byDefault}`];
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
