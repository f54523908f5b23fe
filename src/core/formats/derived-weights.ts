import { createHash } from "node:crypto";
import { sizeOf, type Tensor } from "../../shared/tensor";
import type { WeightInfo, WeightStore } from "./weights";

/** A weight that is computed of others: a kernel with a batch normalisation folded in. */
export interface DerivedWeight {
	readonly name: string;
	readonly shape: readonly number[];
	/** float32 values, row-major. */
	compute(): Promise<Float32Array>;
	/** Changes whenever the values do: made of the fingerprints of what they are computed from. */
	readonly fingerprint: () => Promise<string>;
}

/** A weight store with computed weights beside its own. A derived weight hides a stored one of the same name. */
export class DerivedWeights implements WeightStore {
	private readonly derived: ReadonlyMap<string, DerivedWeight>;

	constructor(
		private readonly base: WeightStore,
		derived: readonly DerivedWeight[],
	) {
		this.derived = new Map(derived.map((weight) => [weight.name, weight]));
	}

	list(): readonly WeightInfo[] {
		const kept = this.base.list().filter(({ name }) => !this.derived.has(name));
		return [...kept, ...[...this.derived.values()].map(describe)];
	}

	info(name: string): WeightInfo {
		const weight = this.derived.get(name);
		return weight ? describe(weight) : this.base.info(name);
	}

	async read(name: string): Promise<Tensor> {
		const weight = this.derived.get(name);
		if (!weight) return this.base.read(name);
		const data = await weight.compute();
		if (data.length !== sizeOf(weight.shape)) {
			throw new RangeError(
				`the derived weight ${name} of shape [${weight.shape.join(", ")}] was computed as ${data.length} values`,
			);
		}
		return { dtype: "float32", shape: weight.shape, data };
	}

	async fingerprint(name: string): Promise<string> {
		const weight = this.derived.get(name);
		if (!weight) return this.base.fingerprint(name);
		return createHash("sha256")
			.update(`derived\n${name}\n${weight.shape.join()}\n${await weight.fingerprint()}`)
			.digest("hex")
			.slice(0, 32);
	}

	close(): void {
		this.base.close();
	}
}

function describe({ name, shape }: DerivedWeight): WeightInfo {
	return { name, shape, dtype: "float32", where: "computed" };
}
