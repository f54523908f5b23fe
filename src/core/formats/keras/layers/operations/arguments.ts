import type { Attr } from "../../../../graph/types";
import { type CallArgument, type LayerContext, SliceArgument, TensorArgument, tensorsOf } from "../../translator";

/** Arguments of a function by the names of its parameters: positional ones, keywords and configuration are one. */
export class OperationArguments {
	constructor(
		readonly ctx: LayerContext,
		private readonly values: ReadonlyMap<string, CallArgument>,
	) {}

	get(name: string): CallArgument {
		return this.values.get(name);
	}

	/** The value of a tensor argument; a constant becomes a value of its own. @throws UnsupportedError when missing */
	tensor(name: string): string {
		const argument = this.get(name);
		return argument instanceof TensorArgument ? argument.value : this.constantValue(this.constant(name));
	}

	/** All tensors of a list; constants in it become values. */
	tensors(name: string): string[] {
		const argument = this.get(name);
		if (!Array.isArray(argument)) return tensorsOf(argument);
		return (argument as readonly CallArgument[]).map((item) =>
			item instanceof TensorArgument ? item.value : this.constantValue(this.plain(item, name)),
		);
	}

	isTensor(name: string): boolean {
		return this.get(name) instanceof TensorArgument;
	}

	has(name: string): boolean {
		const argument = this.get(name);
		return argument !== undefined && argument !== null;
	}

	/** A number or an array of numbers. @throws UnsupportedError when it is something else */
	constant(name: string): Attr {
		const value = this.plain(this.get(name), name);
		if (value === undefined || value === null) return this.refuse(`its argument ${name} is missing`);
		return value;
	}

	number(name: string, fallback?: number): number {
		const argument = this.get(name) ?? fallback;
		return typeof argument === "number" ? argument : this.refuse(`its argument ${name} is not a known number`);
	}

	flag(name: string): boolean {
		return this.get(name) === true;
	}

	text(name: string, fallback: string): string {
		const argument = this.get(name);
		return typeof argument === "string" ? argument : fallback;
	}

	/** One number or several as a list; `undefined` when absent. */
	numbers(name: string): number[] | undefined {
		const argument = this.plain(this.get(name), name);
		if (argument === undefined || argument === null) return undefined;
		if (typeof argument === "number") return [argument];
		if (Array.isArray(argument) && argument.every((item) => typeof item === "number")) return argument as number[];
		return this.refuse(`its argument ${name} is not a list of known numbers`);
	}

	refuse(reason: string): never {
		return this.ctx.unsupported(`${this.ctx.className} ${this.ctx.name}: ${reason}.`);
	}

	/** Plain data of an argument without tensors. */
	plain(argument: CallArgument, name: string): Attr {
		if (argument instanceof TensorArgument || argument instanceof SliceArgument)
			return this.refuse(`its argument ${name} is computed by the model, where only a constant is supported`);
		return argument as Attr;
	}

	constantValue(constant: Attr): string {
		return this.ctx.emit("Constant", [], { constant, dtype: "float32" });
	}
}

/** A function that graphs call: how its call becomes nodes. Parameters have Keras' names. */
export type Operation = (ctx: LayerContext, args: OperationArguments) => string | readonly string[];

/** An operation and the names of its positional parameters; `input_tensor=x` brings another name to Keras'. */
export interface Signature {
	readonly operation: Operation;
	readonly parameters: readonly { readonly own: string; readonly keras: string }[];
}

export function signature(operation: Operation, parameters: string): Signature {
	return {
		operation,
		parameters: parameters.split(" ").map((parameter) => {
			const [own = "", keras = own] = parameter.split("=");
			return { own, keras };
		}),
	};
}

/**
 * Arguments of a call by Keras' names. `*operands` takes all positional arguments that are left. A parameter that is
 * not in the signature keeps its name.
 */
export function bindArguments(
	ctx: LayerContext,
	{ parameters }: Signature,
	positional: readonly CallArgument[],
	named: Readonly<Record<string, CallArgument>>,
): OperationArguments {
	const values = new Map<string, CallArgument>();
	const renamed = new Map(parameters.map(({ own, keras }) => [own, keras]));
	for (const [name, value] of Object.entries(named)) {
		if (value !== undefined && value !== null) values.set(renamed.get(name) ?? name, value);
	}
	for (const [index, value] of positional.entries()) {
		const parameter = parameters[index];
		if (parameter?.own.startsWith("*")) {
			values.set(parameter.keras.replace("*", ""), positional.slice(index));
			break;
		}
		if (parameter) values.set(parameter.keras, value);
	}
	return new OperationArguments(ctx, values);
}
