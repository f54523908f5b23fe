import { createHash } from "node:crypto";
import type { Tensor } from "../../../shared/tensor";
import { Random } from "../../data/numbers/random";
import type { WeightStore } from "../../formats/weights";
import type { Graph } from "../../graph/types";

/** Layers whose weights an explanation can depend on, in the order of the graph: each with the names of its weights. */
export function layersWithWeights(graph: Graph): { layer: string; weights: string[] }[] {
	const layers = new Map<string, Set<string>>();
	for (const { layer, params } of graph.nodes)
		for (const { weight, dtype } of Object.values(params))
			if (dtype === "float32") layers.set(layer, (layers.get(layer) ?? new Set()).add(weight));
	return [...layers].map(([layer, weights]) => ({ layer, weights: [...weights] }));
}

/** A store in which some weights have other values. */
export class ChangedWeights implements WeightStore {
	constructor(
		private readonly original: WeightStore,
		private readonly changes: ReadonlyMap<string, (tensor: Tensor) => Tensor>,
		/** Tells these changes from others. */
		private readonly id: string,
	) {}

	list = () => this.original.list();
	info = (name: string) => this.original.info(name);

	async read(name: string): Promise<Tensor> {
		const tensor = await this.original.read(name);
		return this.changes.get(name)?.(tensor) ?? tensor;
	}

	async fingerprint(name: string): Promise<string> {
		const fingerprint = await this.original.fingerprint(name);
		if (!this.changes.has(name)) return fingerprint;
		return createHash("sha256").update(`${fingerprint} changed: ${this.id}`).digest("hex");
	}

	/** The original belongs to its own session. */
	close(): void {}
}

/** The values of a weight in another order: what it learned is gone, their distribution stays. */
export function shuffled(name: string, seed: number): (tensor: Tensor) => Tensor {
	return ({ dtype, shape, data }) => {
		let mixed = seed;
		for (const letter of name) mixed = (Math.imul(mixed, 31) + letter.charCodeAt(0)) | 0;
		const random = new Random(mixed);
		const values = data.slice();
		for (let at = values.length - 1; at > 0; at--) {
			const other = random.integer(at + 1);
			[values[at], values[other]] = [values[other] as number, values[at] as number];
		}
		return { dtype, shape, data: values };
	};
}
