import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import type { NetworkName } from "./networks";

export type Work = "forward" | "gradient" | "integrated-gradients" | "smoothgrad" | "lrp" | "occlusion" | "rise";

export interface Measured {
	readonly milliseconds: number;
	/** Time of all threads of the process: tells more than the clock where other programs want the cores too. */
	readonly cpuMilliseconds: number;
	/** Mean of the absolute results. */
	readonly mean: number;
	/** Until there is something to see, for methods that give partial results. */
	readonly firstMilliseconds?: number;
	/** Most memory the process ever had. */
	readonly peakBytes: number;
}

/** PyTorch, Captum and zennit in a process of their own: reference.py. */
export class Reference {
	private readonly process: ChildProcessWithoutNullStreams;
	private readonly lines: AsyncIterator<string>;
	private stderr = "";

	/** @param python an interpreter that has torch, captum and zennit */
	constructor(python: string, threads: number) {
		const program = path.join(process.cwd(), "test", "bench", "reference.py");
		const environment = { ...process.env, OMP_NUM_THREADS: String(threads) };
		this.process = spawn(python, [program, String(threads)], { env: environment });
		this.process.stderr.on("data", (chunk) => {
			this.stderr = (this.stderr + chunk).slice(-2000);
		});
		this.process.on("error", (error) => {
			this.stderr = error.message;
		});
		this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
	}

	async run(network: NetworkName, work: Work, batch: number): Promise<Measured> {
		this.process.stdin.write(`${JSON.stringify({ network, work, batch })}\n`);
		const { value, done } = await this.lines.next();
		if (done) throw new Error(`test/bench/reference.py ended: ${this.stderr.trim() || "it said nothing"}`);
		return JSON.parse(value);
	}

	end(): void {
		this.process.stdin.end();
	}
}
