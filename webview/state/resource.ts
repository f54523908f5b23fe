import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { LaminaErrorData } from "../../src/shared/errors";
import { errorOf } from "../../src/shared/rpc";

/** Answers of the host, kept by key: equal questions are asked once. The least recently used go first. */
export class AnswerCache {
	private readonly answers = new Map<string, Promise<unknown>>();

	constructor(private readonly most: number) {}

	get<T>(key: string, ask: () => Promise<T>): Promise<T> {
		const known = this.answers.get(key) as Promise<T> | undefined;
		const answer = known ?? ask();
		this.answers.delete(key);
		this.answers.set(key, answer);
		if (!known) {
			// A failure is shown, but asked again the next time.
			answer.catch(() => this.answers.delete(key));
			const [oldest] = this.answers.keys();
			if (this.answers.size > this.most && oldest !== undefined) this.answers.delete(oldest);
		}
		return answer;
	}

	clear(): void {
		this.answers.clear();
	}
}

/**
 * Something that is fetched for an element, named by a key. While a new key is loading, the value of the key before
 * stays (`stale`), so that nothing jumps; answers that come too late are dropped.
 */
export class Resource<T> implements ReactiveController {
	value: T | undefined;
	/** The value belongs to the key before this one. */
	stale = false;
	error: LaminaErrorData | undefined;
	pending = false;
	private key: string | undefined;

	constructor(
		private readonly host: ReactiveControllerHost,
		/** `undefined`: nothing is wanted. Called before each drawing of the element. */
		private readonly wanted: () => string | undefined,
		private readonly ask: (key: string) => Promise<T>,
	) {
		host.addController(this);
	}

	hostUpdate(): void {
		const key = this.wanted();
		if (key === this.key) return;
		this.key = key;
		this.error = undefined;
		if (key === undefined) {
			this.value = undefined;
			this.pending = false;
			this.stale = false;
		} else void this.load(key);
	}

	retry(): void {
		if (this.key !== undefined) void this.load(this.key);
		this.host.requestUpdate();
	}

	private async load(key: string): Promise<void> {
		this.pending = true;
		this.error = undefined;
		this.stale = this.value !== undefined;
		try {
			const value = await this.ask(key);
			if (key !== this.key) return;
			this.value = value;
			this.stale = false;
		} catch (thrown) {
			if (key !== this.key) return;
			this.error = errorOf(thrown);
			this.value = undefined;
			this.stale = false;
		}
		this.pending = false;
		this.host.requestUpdate();
	}
}
