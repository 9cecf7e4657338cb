/**
 * How a server is put together: modules in a list, each started with what those before it provide. The
 * compiler refuses a module whose needs nobody before it provides, so there are no forward references.
 */

export interface Started<Provides extends object> {
  readonly provides: Provides;
  /** Begins what runs by itself, once every module has started. */
  readonly ready?: () => void;
  /** Ends it; the modules behind it have been stopped by then. */
  readonly stop?: () => Promise<unknown>;
}

/** One part of a server. A plain function: its name is its name. */
export type Module<Needs extends object, Provides extends object> = (
  needs: Needs,
) => Promise<Started<Provides>> | Started<Provides>;

export interface Running<Provided extends object> {
  readonly provided: Provided;
  /** Stops every module, the last one first. */
  readonly stop: () => Promise<void>;
}

/** A list of modules that starts from `Given`. */
export class Modules<Given extends object, Provided extends object = Given> {
  readonly #modules: readonly Module<never, object>[];

  private constructor(modules: readonly Module<never, object>[]) {
    this.#modules = modules;
  }

  static from<Given extends object>(): Modules<Given> {
    return new Modules<Given>([]);
  }

  /** The list with one module more. */
  with<More extends object>(module: Module<Provided, More>): Modules<Given, Provided & More> {
    return new Modules<Given, Provided & More>([...this.#modules, module]);
  }

  /** The modules' names, in the order in which they start. */
  get names(): readonly string[] {
    return this.#modules.map(({ name }) => name);
  }

  /** Starts every module. What was begun is undone, last first, when a later one fails. */
  async start(given: Given): Promise<Running<Provided>> {
    const undo: (() => Promise<unknown>)[] = [];
    const begin: (() => void)[] = [];
    const stop = async () => {
      for (const step of undo.splice(0).reverse()) await step();
    };
    try {
      let provided: object = given;
      for (const module of this.#modules) {
        // `with` has checked that each module's needs are provided before it.
        const started = await module(provided as never);
        if (started.stop) undo.push(started.stop);
        if (started.ready) begin.push(started.ready);
        provided = { ...provided, ...started.provides };
      }
      for (const step of begin) step();
      return { provided: provided as Provided, stop };
    } catch (error) {
      await stop();
      throw error;
    }
  }
}
