import type { LaminaErrorData } from "../../src/shared/errors";
import type { ExplainRequest, JobId } from "../../src/shared/protocol";
import type { ExplanationResult } from "../../src/shared/result";
import { errorOf } from "../../src/shared/rpc";
import type { Inspector } from "./inspector";
import { newJob } from "./jobs";

/** A method asked about a unit on an input. */
export interface Run {
	readonly key: string;
	readonly input: string;
	readonly request: ExplainRequest;
	state: "waiting" | "running" | "done" | "failed" | "cancelled";
	/** 0 to 1 */
	progress: number;
	secondsLeft?: number;
	/** Partial while it is running, and after it was cancelled. */
	result?: ExplanationResult;
	error?: LaminaErrorData;
	job?: JobId;
}

/** Finished runs that are kept: a map of 224 x 224 x 3 is 600 kB. */
const KEPT_RUNS = 40;

/**
 * The explanations that were asked for, by what was asked. One is computed at a time, in the order of asking, since they
 * would share one engine; those that nobody wants any longer are cancelled.
 */
export class Runs {
	private readonly runs = new Map<string, Run>();
	private wanted: readonly string[] = [];
	private busy = false;
	/** Counts the changes: runs are changed in place. */
	version = 0;

	constructor(private readonly inspector: Inspector) {}

	/** Wants these and no others. What is known is given at once; the rest is computed, and the views are told. */
	want(asked: readonly { input: string; request: ExplainRequest }[]): Run[] {
		const runs = asked.map(({ input, request }) => {
			const key = JSON.stringify([this.inspector.state.revision, input, request]);
			const known = this.runs.get(key);
			const run: Run = known ?? { key, input, request, state: "waiting", progress: 0 };
			this.runs.delete(key);
			this.runs.set(key, run);
			return run;
		});
		this.wanted = runs.map((run) => run.key);
		for (const run of this.runs.values()) {
			if (run.state === "running" && !this.wanted.includes(run.key)) this.stop(run, true);
		}
		this.forget();
		void this.work();
		return runs;
	}

	/** Stops one on request; what it has found so far stays. */
	cancel(run: Run): void {
		this.stop(run, false);
		this.inspector.announce("Cancelled.");
	}

	again(run: Run): void {
		run.state = "waiting";
		run.progress = 0;
		delete run.error;
		this.changed();
		void this.work();
	}

	clear(): void {
		for (const run of this.runs.values()) if (run.state === "running") this.stop(run, true);
		this.runs.clear();
	}

	private stop(run: Run, unwanted: boolean): void {
		if (run.job) void this.inspector.api.cancel(run.job).catch(() => undefined);
		run.state = "cancelled";
		if (unwanted) this.runs.delete(run.key);
		this.changed();
	}

	private changed(): void {
		this.version++;
		this.inspector.notify();
	}

	private forget(): void {
		for (const run of this.runs.values()) {
			if (this.runs.size <= KEPT_RUNS) return;
			if (!this.wanted.includes(run.key)) this.runs.delete(run.key);
		}
	}

	private next(): Run | undefined {
		return this.wanted.map((key) => this.runs.get(key)).find((run) => run?.state === "waiting");
	}

	private async work(): Promise<void> {
		if (this.busy) return;
		this.busy = true;
		for (let run = this.next(); run && !this.inspector.state.lost; run = this.next()) await this.compute(run);
		this.busy = false;
	}

	private async compute(run: Run): Promise<void> {
		const { api, events } = this.inspector;
		const job = newJob("explain");
		run.job = job;
		run.state = "running";
		this.changed();
		const stop = events.listen(job, {
			progress: (fraction, _what, secondsLeft) => {
				run.progress = fraction;
				run.secondsLeft = secondsLeft;
				this.changed();
			},
			partial: (result) => {
				run.result = result;
				this.changed();
			},
		});
		try {
			const result = await api.explain(run.input, run.request, job);
			if (run.job === job && run.state === "running") {
				run.result = result;
				run.state = "done";
				run.progress = 1;
			}
		} catch (thrown) {
			const error = errorOf(thrown);
			if (run.job === job && run.state === "running") {
				run.state = error.code === "cancelled" ? "cancelled" : "failed";
				run.error = error;
			}
		}
		stop();
		this.changed();
	}
}
