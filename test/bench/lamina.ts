import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Engine } from "../../src/core/engine/engine";
import { summarize } from "../../src/core/graph/summary";
import { runMethod } from "../../src/core/methods/run-method";
import { preflight } from "../../src/core/preflight/preflight";
import { gradientComposite } from "../../src/core/rules/composites";
import type { ModelSession } from "../../src/core/session/model-session";
import { Session } from "../../src/core/session/session";
import { CancelledError } from "../../src/shared/errors";
import { float32, type Tensor } from "../../src/shared/tensor";
import type { UnitAddress } from "../../src/shared/units";
import type { Foretold } from "./foretold";
import { buildNetwork, fillUniform, IMAGE_SIZE, type NetworkName, TARGET_CLASS } from "./networks";
import type { Measured, Work } from "./reference";

/** Lamina's side: one network at a time, opened as a session as if it had been read from a file. */
export class Lamina {
	private opened: { name: NetworkName; session: Session; unit: UnitAddress } | undefined;
	private readonly folder = mkdtempSync(path.join(tmpdir(), "lamina-bench-"));

	constructor(private readonly engine: Engine) {}

	async run(network: NetworkName, work: Work, batch: number): Promise<Measured> {
		const { session, unit } = await this.open(network);
		const image = picture(batch);
		const start = performance.now();
		const startCpu = process.cpuUsage();
		let firstMilliseconds: number | undefined;
		const result = await WORK[work](session, unit, image, () => {
			firstMilliseconds ??= performance.now() - start;
		});
		const milliseconds = performance.now() - start;
		const { user, system } = process.cpuUsage(startCpu);
		return {
			milliseconds,
			...(firstMilliseconds !== undefined && { firstMilliseconds }),
			cpuMilliseconds: (user + system) / 1000,
			mean: meanOf(result),
			peakBytes: process.resourceUsage().maxRSS * 1024,
		};
	}

	/** Cancels a method some time after its start. @returns milliseconds until it has let go of the engine */
	async cancel(network: NetworkName, work: keyof typeof METHODS, after: number): Promise<number> {
		const { session, unit } = await this.open(network);
		const controller = new AbortController();
		const [method, parameters] = METHODS[work];
		const asked = performance.now() + after;
		setTimeout(() => controller.abort(), after);
		try {
			const request = { inputs: { image: picture(1) }, unit, parameters, signal: controller.signal };
			for await (const _ of runMethod(session, method, request));
		} catch (error) {
			if (!(error instanceof CancelledError)) throw error;
			return Math.max(0, performance.now() - asked);
		}
		return 0;
	}

	/** What the pre-flight says of a method that has not run yet, and what the method then takes. */
	async foretell(network: NetworkName, work: keyof typeof METHODS): Promise<Foretold> {
		const { session, unit } = await this.open(network);
		const [method, parameters] = METHODS[work];
		const request = { inputs: { image: picture(1) }, unit, parameters, endOnly: true };
		const before = memory("VmRSS");
		const told = await preflight(session, method, request);
		const start = performance.now();
		for await (const _ of runMethod(session, method, request));
		return {
			toldMilliseconds: told.milliseconds,
			milliseconds: performance.now() - start,
			toldBytes: told.memoryBytes,
			bytes: memory("VmHWM") - before,
		};
	}

	private async open(name: NetworkName) {
		if (this.opened?.name === name) return this.opened;
		this.opened?.session.close();
		const model = buildNetwork(name);
		// A session wants a file to tell of.
		const file = path.join(this.folder, name);
		writeFileSync(file, "");
		const session = new Session(model, this.engine, await summarize(model, file), { path: file });
		const layer = model.graph.outputs[0]?.layer ?? "";
		this.opened = { name, session, unit: { unit: { place: { layer }, channel: TARGET_CLASS } } };
		return this.opened;
	}

	close(): void {
		this.opened?.session.close();
		rmSync(this.folder, { recursive: true, force: true });
	}
}

/** Bytes of this process as Linux counts them: VmRSS now, VmHWM at most. */
function memory(field: "VmRSS" | "VmHWM"): number {
	const status = readFileSync("/proc/self/status", "utf8");
	return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
}

/** The methods that run in batches, with the parameters that reference.py gives to Captum's and zennit's. */
export const METHODS = {
	"integrated-gradients": ["integrated-gradients", { n_steps: 50 }],
	smoothgrad: ["smoothgrad", { nt_samples: 50 }],
	lrp: ["lrp", { composite: "EpsilonPlusFlat" }],
	occlusion: ["occlusion", { sliding_window_shapes: "16x16", strides: "8" }],
	rise: ["rise", { N: 4000 }],
} as const satisfies Partial<Record<Work, readonly [string, Record<string, number | string>]>>;

type Run = (session: ModelSession, unit: UnitAddress, image: Tensor, onPartial: () => void) => Promise<Tensor>;

const WORK: Record<Work, Run> = {
	forward: async (session, _unit, image) => (await session.forward({ image }))[0] as Tensor,
	gradient: async (session, unit, image) => {
		const request = { composite: gradientComposite, unit, at: ["input" as const], start: "one" as const, passes: [] };
		return (await session.backward(request, { image })).maps[0]?.tensor as Tensor;
	},
	...(Object.fromEntries(
		Object.entries(METHODS).map(([work, [method, parameters]]) => [work, whole(method, parameters)]),
	) as Record<keyof typeof METHODS, Run>),
};

function whole(method: string, parameters: Record<string, number | string>): Run {
	return async (session, unit, image, onPartial) => {
		let map: Tensor | undefined;
		for await (const { maps } of runMethod(session, method, { inputs: { image }, unit, parameters, endOnly: true })) {
			onPartial();
			map = maps[0]?.tensor;
		}
		return map as Tensor;
	};
}

function picture(batch: number): Tensor {
	const shape = [batch, IMAGE_SIZE, IMAGE_SIZE, 3];
	const image = float32(shape, new Float32Array(batch * IMAGE_SIZE * IMAGE_SIZE * 3));
	fillUniform(image.data as Float32Array, 1.7, 5);
	return image;
}

function meanOf({ data }: Tensor): number {
	let sum = 0;
	for (const value of data) sum += Math.abs(value);
	return sum / data.length;
}
