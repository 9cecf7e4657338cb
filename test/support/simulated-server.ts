import { SignedHttp } from './faces/signed-http.js';
import { REGION, type ServerSettings, Strongroom } from './strongroom.js';

const DAY_SECONDS = 24 * 60 * 60;

export interface BusEvent {
  readonly id: string;
  readonly 'detail-type': string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Record<string, unknown>;
}

/** A server whose calendar a test moves: years pass in seconds. */
export class SimulatedServer {
  readonly strongroom: Strongroom;

  readonly #region: string;

  private constructor(strongroom: Strongroom, region: string) {
    this.strongroom = strongroom;
    this.#region = region;
  }

  static async start(settings: ServerSettings = {}): Promise<SimulatedServer> {
    const strongroom = await Strongroom.start({
      ...settings,
      yaml: {
        clock: 'simulated',
        developmentServer: true,
        regions: ['us-east-1', 'eu-west-1', 'ap-south-1'],
        ...settings.yaml,
      },
    });
    const [region = REGION] = (settings.yaml?.regions as string[] | undefined) ?? [];
    return new SimulatedServer(strongroom, region);
  }

  /** One that runs already, with a simulated clock. */
  static of(strongroom: Strongroom): SimulatedServer {
    return new SimulatedServer(strongroom, REGION);
  }

  /** @returns the calendar's time, epoch milliseconds */
  async advance(days: number): Promise<number> {
    const { Now } = await this.#json('POST', '/v1/clock/advance', {
      Seconds: Math.round(days * DAY_SECONDS),
    });
    return Number(Now) * 1000;
  }

  /** Every event of the default Region, the oldest first. */
  async events(): Promise<BusEvent[]> {
    const { Events } = await this.#json('GET', '/v1/events');
    return Events as BusEvent[];
  }

  async #json(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const http = await SignedHttp.to(this.strongroom, this.#region);
    const response = await http.send({
      method,
      path,
      ...(body && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    return JSON.parse(text);
  }
}
