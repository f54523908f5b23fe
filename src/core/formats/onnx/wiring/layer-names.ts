import type { NodeMessage } from "../proto/schema";

/**
 * The layer of each node, under the name of the training code. PyTorch's exporter names nodes by the modules they were
 * made in, each with the names of the modules around it: `/features/features.0/Conv` is the convolution of
 * `features.0`, `/layer1/layer1.0/conv1/Conv` that of `layer1.0.conv1`. The nodes of a module without modules of its own
 * are one layer (a Linear is a MatMul and an Add); a module that has others inside gives each of its own nodes a
 * layer. Files of other tools have one layer a node, under the node's name, else that of its first output.
 */
export function layerNames(nodes: readonly NodeMessage[]): string[] {
	const scopes = nodes.map(scopeOf);
	const containers = new Set<string>();
	for (const scope of scopes) {
		const parts = scope?.parts ?? [];
		for (let depth = 1; depth < parts.length; depth++) containers.add(pathOf(parts.slice(0, depth)));
	}
	const paths = scopes.flatMap((scope) => (scope && scope.parts.length > 0 ? [pathOf(scope.parts)] : []));
	const taken = new Set(paths.filter((path) => !containers.has(path)));
	return nodes.map((node, index) => {
		const scope = scopes[index];
		if (scope && scope.parts.length > 0) {
			const path = pathOf(scope.parts);
			if (!containers.has(path)) return path;
			return unique(`${path}.${scope.last}`, taken);
		}
		const name = scope?.last ?? (node.name || node.output?.find((output) => output !== ""));
		return unique(name || `${node.opType ?? "node"}_${index}`, taken);
	});
}

interface Scope {
	/** Names of the modules around the node, outermost first. */
	readonly parts: readonly string[];
	/** The node's own name: its operator, maybe with a number. */
	readonly last: string;
}

/** `/a/a.b/Conv_1`; `undefined` for names of another form. */
function scopeOf({ name = "", opType = "" }: NodeMessage): Scope | undefined {
	if (!name.startsWith("/")) return undefined;
	const parts = name.slice(1).split("/");
	const last = parts.pop() ?? "";
	const isOperator = last === opType || (last.startsWith(opType) && /^_\d+$/.test(last.slice(opType.length)));
	return isOperator && parts.every((part) => part !== "") ? { parts, last } : undefined;
}

/** Names of children of a Sequential or a ModuleList begin with the name of their parent; others do not. */
function pathOf(parts: readonly string[]): string {
	let path = "";
	let parent = "";
	for (const part of parts) {
		const repeats = parent !== "" && part.startsWith(`${parent}.`);
		path = repeats ? path + part.slice(parent.length) : path === "" ? part : `${path}.${part}`;
		parent = part;
	}
	return path;
}

function unique(name: string, taken: Set<string>): string {
	let found = name;
	for (let number = 1; taken.has(found); number++) found = `${name}_${number}`;
	taken.add(found);
	return found;
}
