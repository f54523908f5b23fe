import type { Node } from "web-tree-sitter";

/**
 * What the names of a Python file stand for: `from tensorflow.keras import layers as L` makes `L` mean
 * `tensorflow.keras.layers`. Assignments of plain dotted names (`Conv = layers.Conv2D`) are followed too.
 */
export class ImportedNames {
	private readonly meanings = new Map<string, string>();

	constructor(root: Node) {
		for (const node of root.descendantsOfType(["import_statement", "import_from_statement", "assignment"])) {
			if (!node) continue;
			if (node.type === "import_statement") this.addImports(node, "");
			else if (node.type === "import_from_statement")
				this.addImports(node, node.childForFieldName("module_name")?.text ?? "");
			else this.addAlias(node);
		}
	}

	/** The full dotted name of a name or attribute: `layers.Conv2D` to `keras.layers.Conv2D`. */
	resolve(node: Node): string {
		const [first = "", ...rest] = node.text.replace(/\s/g, "").split(".");
		return [this.meanings.get(first) ?? first, ...rest].join(".");
	}

	private addImports(node: Node, module: string): void {
		const prefix = module ? `${module}.` : "";
		for (const child of node.childrenForFieldName("name")) {
			if (!child) continue;
			if (child.type === "aliased_import") {
				const name = child.childForFieldName("name")?.text;
				const alias = child.childForFieldName("alias")?.text;
				if (name && alias) this.meanings.set(alias, prefix + name);
			} else if (module) this.meanings.set(child.text, prefix + child.text);
		}
	}

	private addAlias(node: Node): void {
		const left = node.childForFieldName("left");
		const right = node.childForFieldName("right");
		if (left?.type !== "identifier" || right?.type !== "attribute") return;
		const meaning = this.resolve(right);
		if (isKeras(meaning)) this.meanings.set(left.text, meaning);
	}
}

/** Keras under any of the names that it is imported by. */
export function isKeras(dotted: string): boolean {
	return /(^|\.)(tf_)?keras\.|^tensorflow\.(keras|compat)\.|^tf\.keras\./.test(dotted);
}
