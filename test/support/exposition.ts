/** Reads Prometheus's text exposition format (version 0.0.4), and refuses what isn't it. */

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly {
    /** With a histogram's suffix. */
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

const HELP = /^# HELP ([a-zA-Z_:][\w:]*) (.+)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram|summary|untyped)$/;
/** Prometheus reads numbers as Go does: NaN in any case. */
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (nan|[+-]?Inf|[+-]?\d[\d.eE+-]*)$/i;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/y;
const SUFFIXES: Readonly<Record<string, RegExp>> = { histogram: /_(bucket|sum|count)$/ };

/** @throws Error naming the line that is none of the format, a family without words, or a series twice */
export function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Family & { samples: Family['samples'][number][] }>();
  const seen = new Set<string>();
  let help: RegExpExecArray | null = null;
  let family: (Family & { samples: Family['samples'][number][] }) | undefined;
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const type = TYPE.exec(line);
    const sample = SAMPLE.exec(line);
    if (HELP.test(line)) {
      help = HELP.exec(line);
    } else if (type) {
      const [, name = '', kind = ''] = type;
      if (help?.[1] !== name) throw new Error(`${name} has no help`);
      if (families.has(name)) throw new Error(`${name} comes twice`);
      family = { name, help: help[2] ?? '', type: kind, samples: [] };
      families.set(name, family);
    } else if (sample && family) {
      const [, name = '', labels = '', value = ''] = sample;
      if (name.replace(SUFFIXES[family.type] ?? /$^/, '') !== family.name) {
        throw new Error(`${name} stands among those of ${family.name}`);
      }
      if (seen.has(`${name}{${labels}}`)) throw new Error(`${name}{${labels}} comes twice`);
      seen.add(`${name}{${labels}}`);
      const number = Number(value.replace('Inf', 'Infinity'));
      family.samples.push({ name, labels: readLabels(labels), value: number });
    } else {
      throw new Error(`this is no line of the format: ${line}`);
    }
  }
  return families;
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const [, name = '', value = ''] = LABEL.exec(text) ?? [];
    if (name === '' || Object.hasOwn(labels, name)) throw new Error(`these are no labels: ${text}`);
    labels[name] = value;
  }
  return labels;
}

/** What the server at this endpoint shows of a series: the first one with these labels. */
export async function scrapedValue(
  endpoint: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  const families = readExposition(await (await fetch(`${endpoint}/metrics`)).text());
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
  return family?.samples.find(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, text]) => sample.labels[label] === text),
  )?.value;
}
