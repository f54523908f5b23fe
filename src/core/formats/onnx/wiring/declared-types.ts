import type { SymbolicShape } from "../../../../shared/model";
import type { OnnxGraph } from "../proto/read-model";
import type { ValueInfoMessage } from "../proto/schema";
import { elementTypeName } from "../tensors/element-types";

export interface DeclaredType {
	readonly type: string;
	readonly shape?: SymbolicShape;
}

/** Types of values as a graph declares them. */
export function declaredTypes(graph: OnnxGraph): Map<string, DeclaredType> {
	const types = new Map<string, DeclaredType>();
	for (const info of [...graph.valueInfo, ...graph.outputs, ...graph.inputs]) {
		const type = declaredType(info);
		if (type && info.name) types.set(info.name, type);
	}
	return types;
}

/** Type of a tensor; `undefined` for sequences, maps and what is not said. */
export function declaredType({ type }: ValueInfoMessage): DeclaredType | undefined {
	const tensor = type?.tensorType;
	if (!tensor) return undefined;
	const shape = tensor.shape && {
		shape: (tensor.shape.dim ?? []).map(({ dimValue }) => (dimValue !== undefined && dimValue >= 0 ? dimValue : null)),
	};
	return { type: elementTypeName(tensor.elemType), ...shape };
}
