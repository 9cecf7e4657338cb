/** Who is told of which kind of change. */
import { type ChangeKind, changeKinds, type MemoryOf } from './change-kinds.js';

export interface Change {
  readonly kind: ChangeKind;
  /** What changed, in the kind's own form: see change-kinds.ts. */
  readonly ref: string;
}

/** In place of a `ref`: anything of this kind may have changed. */
export const EVERYTHING = '*';

/** What a memory does about a change; while it fails, the change counts as not seen. */
export type Listener = (ref: string) => void | Promise<void>;

interface Follower {
  readonly memory: string;
  readonly listener: Listener;
}

export class Followers {
  readonly #followers = new Map<ChangeKind, Follower[]>();

  add<K extends ChangeKind>(kind: K, memory: MemoryOf<K>, listener: Listener): void {
    this.#followers.set(kind, [...this.#of(kind), { memory, listener }]);
  }

  /** @throws Error naming a memory that follows nothing */
  requireAll(): void {
    for (const [kind, { drops }] of Object.entries(changeKinds)) {
      const following = this.#of(kind as ChangeKind).map(({ memory }) => memory);
      const missing = drops.find((memory) => !following.includes(memory));
      if (missing === undefined) continue;
      throw new Error(`${missing}: no change of kind ${kind} is followed`);
    }
  }

  /** Resolves when every memory has followed; rejects with the first that can't. */
  async tell({ kind, ref }: Change): Promise<void> {
    for (const { listener } of this.#of(kind)) await listener(ref);
  }

  async tellEverything(): Promise<void> {
    for (const kind of this.#followers.keys()) await this.tell({ kind, ref: EVERYTHING });
  }

  /** A kind that only a newer server has is nobody's here. */
  #of(kind: ChangeKind): Follower[] {
    return this.#followers.get(kind) ?? [];
  }
}
