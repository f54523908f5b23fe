import type { ComputeEvents, JobId } from "../shared/protocol";

/** Jobs under way: each can be cancelled by the id that its caller chose. Computations take turns by batch, as they await. */
export class Jobs {
	private readonly running = new Map<JobId, AbortController>();

	constructor(private readonly events: ComputeEvents) {}

	/** Runs `work` under an id. A job that is asked for again cancels the one before it. */
	async run<Result>(id: JobId, work: (job: Job) => Promise<Result>): Promise<Result> {
		this.cancel(id);
		const controller = new AbortController();
		this.running.set(id, controller);
		try {
			return await work(new Job(id, controller.signal, this.events));
		} finally {
			if (this.running.get(id) === controller) this.running.delete(id);
		}
	}

	cancel(id: JobId): void {
		this.running.get(id)?.abort();
		this.running.delete(id);
	}
}

export class Job {
	private readonly started = performance.now();

	constructor(
		readonly id: JobId,
		readonly signal: AbortSignal,
		private readonly events: ComputeEvents,
	) {}

	/** @param fraction 0 to 1; the time left is told from it once a twentieth is done */
	progress(fraction: number, what: string): void {
		const seconds = (performance.now() - this.started) / 1000;
		const left = fraction >= 0.05 && fraction < 1 ? (seconds / fraction) * (1 - fraction) : undefined;
		this.events.progress(this.id, fraction, what, left);
	}

	get partial(): (
		...event: Parameters<ComputeEvents["partial"]> extends [JobId, ...infer Rest] ? Rest : never
	) => void {
		return (result) => this.events.partial(this.id, result);
	}

	get preview(): (
		...event: Parameters<ComputeEvents["preview"]> extends [JobId, ...infer Rest] ? Rest : never
	) => void {
		return (preview) => this.events.preview(this.id, preview);
	}
}
