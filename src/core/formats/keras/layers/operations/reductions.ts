import type { Operation } from "./arguments";

/** attrs of all reductions; an absent axis means all axes, the batch too. */
export function reduction(op: string): Operation {
	return (ctx, args) => {
		if (args.has("initial")) return args.refuse("it starts from a value of its own, which is not computed");
		ctx.channels(args.flag("keepdims") ? "inherit" : "last");
		const order = args.get("ord");
		const attrs = {
			axes: args.numbers("axis"),
			keepDims: args.flag("keepdims"),
			...(order !== undefined && {
				order: normOrder(order) ?? args.refuse(`norms of order ${String(order)} are not computed`),
			}),
		};
		return ctx.emit(op, [args.tensor("x")], attrs);
	};
}

function normOrder(order: unknown): number | "inf" | undefined {
	if (order === 1 || order === 2) return order;
	if (order === "euclidean" || order === "fro") return 2;
	return order === "inf" ? "inf" : undefined;
}

export const range: Operation = (ctx, args) => {
	const attrs = { axes: args.numbers("axis"), keepDims: args.flag("keepdims") };
	const x = args.tensor("x");
	return ctx.emit("Sub", [ctx.emit("Max", [x], attrs), ctx.emit("Min", [x], attrs)]);
};

export const average: Operation = (ctx, args) => {
	if (args.has("weights")) return args.refuse("weighted averages are not computed");
	return reduction("Mean")(ctx, args);
};

export const place =
	(op: string, axis: number | undefined): Operation =>
	(ctx, args) => {
		const asked = args.number("axis", axis);
		return ctx.emit(op, [args.tensor("x")], { axis: asked, keepDims: args.flag("keepdims") });
	};

export const cumulatedSum: Operation = (ctx, args) =>
	ctx.emit("CumSum", [args.tensor("x")], {
		axis: args.number("axis"),
		exclusive: args.flag("exclusive"),
		reverse: args.flag("reverse"),
	});

export const differences: Operation = (ctx, args) => {
	const axis = args.number("axis", -1);
	return Array.from({ length: args.number("n", 1) }).reduce<string>(
		(x) => ctx.emit("Differences", [x], { axis }),
		args.tensor("x"),
	);
};

export const moments: Operation = (ctx, args) => {
	const attrs = { axes: args.numbers("axes"), keepDims: args.flag("keepdims") };
	const x = args.tensor("x");
	return [ctx.emit("Mean", [x], attrs), ctx.emit("Variance", [x], attrs)];
};

export const sort =
	(op: "Sort" | "ArgSort"): Operation =>
	(ctx, args) =>
		ctx.emit(op, [args.tensor("x")], {
			axis: args.number("axis", -1),
			descending: args.text("direction", "ASCENDING") === "DESCENDING",
		});

export const topK: Operation = (ctx, args) =>
	ctx.emitMany(2, "TopK", [args.tensor("x")], { count: args.number("k", 1) });
