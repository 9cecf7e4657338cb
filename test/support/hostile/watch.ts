/** What somebody sees of a server meanwhile: its memory, and how long a good call takes. */
import { residentBytes } from '../processes.js';
import type { RawClient } from '../raw-client.js';
import { median } from '../told-apart.js';

const EVERY_MS = 200;

export interface Seen {
  /** Resident memory of the server's process in octets, the oldest first. */
  readonly memory: readonly number[];
  /** What each canary took, in milliseconds. */
  readonly canaries: readonly number[];
  /** Canaries that were not answered as they must be. */
  readonly failed: readonly string[];
}

/** Looks until it is told to stop. */
export class Watch {
  readonly #memory: number[] = [];
  readonly #canaries: number[] = [];
  readonly #failed: string[] = [];
  readonly #done: Promise<void>;
  #stopped = false;

  constructor(pid: number, client: RawClient, keyId: string) {
    this.#done = this.#look(pid, client, keyId);
  }

  async stop(): Promise<Seen> {
    this.#stopped = true;
    await this.#done;
    return { memory: this.#memory, canaries: this.#canaries, failed: this.#failed };
  }

  async #look(pid: number, client: RawClient, KeyId: string): Promise<void> {
    while (!this.#stopped) {
      const begun = performance.now();
      const body = JSON.stringify({ KeyId, Plaintext: 'AAAA' });
      try {
        const { status, body: text } = await client.call({ operation: 'Encrypt', body });
        if (status !== 200) this.#failed.push(`${status} ${text}`);
      } catch (error) {
        this.#failed.push(String(error));
      }
      this.#canaries.push(performance.now() - begun);
      this.#memory.push(await residentBytes(pid));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }
}

/** The median of the last quarter's memory less that of the first. */
export function growth(memory: readonly number[]): number {
  const quarter = Math.ceil(memory.length / 4);
  return median(memory.slice(-quarter)) - median(memory.slice(0, quarter));
}
