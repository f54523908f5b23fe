import type { Attr } from "../../../../graph/types";
import { isObject, member, textMember } from "../../../json";
import {
	type CallArgument,
	type LayerConfig,
	type LayerContext,
	type LayerTranslator,
	type SubLayer,
	TensorArgument,
} from "../../translator";
import { mainInput, maskOf, refuseTraining } from "../config";
import { initialStates } from "./initial-states";

/** The two directions of Bidirectional: the layer as it is, and a copy that runs backwards unless the file has one. */
function directions(ctx: LayerContext): [SubLayer, SubLayer] {
	const serialized = ctx.config.layer;
	const config = member(serialized, "config");
	const inner = isObject(config) ? config : {};
	const name = textMember(inner, "name") ?? "";
	// TensorFlow's Keras writes time_major; older Keras and TensorFlow.js do not zero masked outputs.
	const zeroes = inner.return_sequences === true && (ctx.dialect === "keras-3" || inner.time_major !== undefined);
	const direction = (key: string, source: Attr, prefix: string, changes: LayerConfig) => {
		const base = member(source, "config");
		const changed = { ...(isObject(base) ? base : {}), ...changes, ...(zeroes && { zero_output_for_mask: true }) };
		const own = textMember(base, "name") ?? name;
		const fullName = prefix === "" || own.startsWith(prefix) ? own : `${prefix}${own}`;
		return ctx.sub(key, { ...(isObject(source) ? source : {}), config: changed }, fullName);
	};
	const given = ctx.config.backward_layer;
	return [
		direction("forward_layer", serialized, "forward_", {}),
		isObject(given)
			? direction("backward_layer", given, "", {})
			: direction("backward_layer", serialized, "backward_", { go_backwards: inner.go_backwards !== true }),
	];
}

const MERGES: Readonly<Record<string, string>> = { sum: "Add", ave: "Average", mul: "Mul" };

/** Schuster & Paliwal 1997: both directions on the same input; `merge_mode` says how their outputs become one. */
export const bidirectional: LayerTranslator = {
	classes: ["Bidirectional"],
	translate(ctx) {
		refuseTraining(ctx);
		const input = mainInput(ctx);
		const mask = maskOf(ctx, input);
		const given = initialStates(ctx).map((state) => new TensorArgument(state));
		const half = given.length / 2;
		const [forward, backward] = directions(ctx);
		const run = (direction: SubLayer, states: readonly CallArgument[]): [string, string[]] => {
			const [output, ...after] = direction.call([new TensorArgument(input)], {
				...(mask !== undefined && { mask: new TensorArgument(mask) }),
				...(states.length > 0 && { initial_state: states }),
			});
			if (output === undefined) return ctx.unsupported(`${ctx.className} ${ctx.name} runs a layer without outputs.`);
			return [output, after];
		};
		const [ahead, statesAhead] = run(forward, given.slice(0, half));
		const [made, statesBack] = run(backward, given.slice(half));
		const isSequence = forward.config.return_sequences === true;
		const back = isSequence ? ctx.emit("Flip", [made], { axes: [1] }) : made;
		ctx.channels("last");
		const outputs = merged(ctx, ahead, back);
		for (const output of outputs) ctx.setMask(output, isSequence ? mask : undefined);
		return [...outputs, ...statesAhead, ...statesBack];
	},
};

function merged(ctx: LayerContext, ahead: string, back: string): string[] {
	const mode = ctx.config.merge_mode === undefined ? "concat" : ctx.config.merge_mode;
	if (mode === null) return [ahead, back];
	if (mode === "concat") return [ctx.emit("Concat", [ahead, back], { axis: -1 })];
	const op = typeof mode === "string" && Object.hasOwn(MERGES, mode) ? MERGES[mode] : undefined;
	return op === undefined
		? ctx.unsupported(
				`${ctx.className} ${ctx.name} merges its directions by ${JSON.stringify(mode)}, which is not known.`,
			)
		: [ctx.emit(op, [ahead, back])];
}
