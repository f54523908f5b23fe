import { CancelledError, LaminaError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";
import type { Program } from "../../program/types";
import type { Plan } from "../engine";
import { checkInputs, checkOutputs } from "../inputs";
import type { LoadedGraph } from "./loaded-graph";

/** Most graphs of one plan that are kept loaded. */
const MOST_GRAPHS = 16;

/**
 * A program as TensorFlow graphs, one for each set of outputs that has been asked for: what a graph can fuse and fold
 * depends on which values have to be there in the end.
 */
export class SessionPlan implements Plan {
	/** By the outputs' names, in the order of their last use. */
	private readonly graphs = new Map<string, Promise<LoadedGraph>>();
	private isDisposed = false;

	constructor(
		readonly program: Program,
		/** Loads the part of the program that some outputs need. */
		private readonly load: (outputs: readonly string[]) => Promise<LoadedGraph>,
		private readonly onDispose: (plan: SessionPlan) => void,
	) {}

	async run(
		inputs: Readonly<Record<string, Tensor>>,
		outputs: readonly string[] = [...this.program.outputs.keys()],
		signal?: AbortSignal,
	): Promise<Record<string, Tensor>> {
		this.assertUsable();
		const batch = checkInputs(this.program, inputs);
		checkOutputs(this.program, outputs);
		if (signal?.aborted) throw new CancelledError();
		if (outputs.length === 0) return {};
		const wanted = [...new Set(outputs)];
		const graph = await this.prepare(wanted);
		this.assertUsable();
		if (signal?.aborted) throw new CancelledError();
		return graph.run(inputs, wanted, batch);
	}

	/** The graph for a set of outputs, loaded when it is not there. */
	prepare(outputs: readonly string[]): Promise<LoadedGraph> {
		const key = JSON.stringify([...outputs].sort());
		const graph = this.graphs.get(key) ?? this.load(outputs);
		this.graphs.delete(key);
		this.graphs.set(key, graph);
		graph.catch(() => {
			// A failure is not kept: the next run tries again.
			if (this.graphs.get(key) === graph) this.graphs.delete(key);
		});
		this.shrink();
		return graph;
	}

	dispose(): void {
		if (this.isDisposed) return;
		this.isDisposed = true;
		for (const key of [...this.graphs.keys()]) this.give(key);
		this.onDispose(this);
	}

	private shrink(): void {
		for (const key of [...this.graphs.keys()].slice(0, Math.max(0, this.graphs.size - MOST_GRAPHS))) this.give(key);
	}

	private give(key: string): void {
		const graph = this.graphs.get(key);
		this.graphs.delete(key);
		graph?.then(
			(loaded) => loaded.dispose(),
			() => undefined,
		);
	}

	private assertUsable(): void {
		if (this.isDisposed) throw new LaminaError({ code: "failed", message: "The plan was disposed of." });
	}
}
