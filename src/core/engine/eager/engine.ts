import { LaminaError } from "../../../shared/errors";
import { hoist } from "../../program/passes/hoist";
import { simplify } from "../../program/passes/simplify";
import type { Program } from "../../program/types";
import type { Engine, Plan, WeightSource } from "../engine";
import type { EagerBackend } from "./backend";
import { expandCompositions } from "./compositions";
import { type EagerBackendId, loadBackend } from "./load";
import { EagerPlan } from "./plan";
import { HeldWeights } from "./weights";

/** Version of tfjs that the backends come from; kept equal to package.json by a unit test. */
export const TFJS_VERSION = "4.22.0";

const TITLES: Record<EagerBackendId, string> = {
	wasm: `TensorFlow.js ${TFJS_VERSION} (WASM, SIMD)`,
	cpu: `TensorFlow.js ${TFJS_VERSION} (plain JavaScript)`,
};

/**
 * Runs programs op by op: `wasm` wherever there is no native library, `cpu` as the reference in tests.
 * @throws LaminaError `failed` when the backend does not start
 */
export async function createEagerEngine(id: EagerBackendId): Promise<Engine> {
	return new EagerEngine(id, await loadBackend(id));
}

class EagerEngine implements Engine {
	readonly title: string;
	private readonly weights: HeldWeights;
	private readonly plans = new Set<EagerPlan>();
	private isDisposed = false;

	constructor(
		readonly id: EagerBackendId,
		private readonly backend: EagerBackend,
	) {
		this.title = TITLES[id];
		this.weights = new HeldWeights(backend);
	}

	async compile(program: Program, source: WeightSource): Promise<Plan> {
		if (this.isDisposed) throw new LaminaError({ code: "failed", message: "The engine was disposed of." });
		const hoisted = hoist(simplify(expandCompositions(program)));
		const plan = await EagerPlan.create(program, hoisted, this.backend, this.weights, source, (plan) =>
			this.plans.delete(plan),
		);
		if (this.isDisposed) plan.dispose();
		else this.plans.add(plan);
		return plan;
	}

	memory(): number {
		return this.backend.bytes;
	}

	dispose(): void {
		this.isDisposed = true;
		for (const plan of [...this.plans]) plan.dispose();
	}
}
