import type { ComputeEvents, JobId } from "../../src/shared/protocol";

/** Of this page; `randomUUID` would need a secure context, which an editor served over HTTP is not. */
const page = Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join("");

let count = 0;

/** Unique among the windows that share a compute process. */
export const newJob = (what: string): JobId => `${what}-${page}-${++count}`;

/** Hands the events of the compute process to who started the job they are about; events of other windows' jobs are nobody's. */
export class JobEvents implements ComputeEvents {
	private readonly listeners = new Map<JobId, Partial<Listener>>();

	listen(job: JobId, listener: Partial<Listener>): () => void {
		this.listeners.set(job, listener);
		return () => this.listeners.delete(job);
	}

	progress: ComputeEvents["progress"] = (job, ...event) => this.listeners.get(job)?.progress?.(...event);
	partial: ComputeEvents["partial"] = (job, result) => this.listeners.get(job)?.partial?.(result);
	preview: ComputeEvents["preview"] = (job, preview) => this.listeners.get(job)?.preview?.(preview);
}

type WithoutJob<Event> = Event extends (job: JobId, ...rest: infer Rest) => void ? (...rest: Rest) => void : never;

type Listener = { [Name in keyof ComputeEvents]: WithoutJob<ComputeEvents[Name]> };
