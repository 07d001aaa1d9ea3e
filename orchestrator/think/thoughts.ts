/** The calls of brains that are under way: at most one for a task, and a few together. */
export class Thoughts {
  readonly #running = new Map<string, Promise<void>>();
  readonly #most: number;
  readonly #look: () => void;
  readonly #failed: (why: unknown) => void;

  /** `look` is told when one has ended; `failed` gets what went wrong besides the brain, as with a full disk. */
  constructor(most: number, look: () => void, failed: (why: unknown) => void) {
    this.#most = most;
    this.#look = look;
    this.#failed = failed;
  }

  isBusy(task: string): boolean {
    return this.#running.has(task);
  }

  get isFull(): boolean {
    return this.#running.size >= this.#most;
  }

  begin(task: string, thought: Promise<void>): void {
    const ended = thought.catch(this.#failed).finally(() => {
      this.#running.delete(task);
      this.#look();
    });
    this.#running.set(task, ended);
  }

  /** Waits until nothing is thought about any more. */
  async finish(): Promise<void> {
    await Promise.all(this.#running.values());
  }
}
