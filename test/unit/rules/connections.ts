/** One weight between an input and an output element of an example (row-major indices). */
export interface Connection {
	readonly from: number;
	readonly to: number;
	readonly weight: number;
}

/** A linear layer as the list of everything that is connected: the slow and obvious form of it. */
export interface Connections {
	readonly inputs: number;
	readonly outputs: number;
	readonly list: readonly Connection[];
	readonly bias: readonly number[];
}

export function denseConnections(
	kernel: ArrayLike<number>,
	inputs: number,
	outputs: number,
	bias: ArrayLike<number>,
): Connections {
	const list: Connection[] = [];
	for (let from = 0; from < inputs; from++)
		for (let to = 0; to < outputs; to++) list.push({ from, to, weight: kernel[from * outputs + to] as number });
	return { inputs, outputs, list, bias: Array.from(bias) };
}

export interface ConvolutionShape {
	height: number;
	width: number;
	channels: number;
	kernel: number;
	filters: number;
	stride: number;
	/** Zeros before and after each spatial axis: what lies there is not connected. */
	before: number;
	after: number;
}

export function convolutionConnections(
	kernel: ArrayLike<number>,
	s: ConvolutionShape,
	bias: ArrayLike<number>,
): Connections {
	const rows = Math.floor((s.height + s.before + s.after - s.kernel) / s.stride) + 1;
	const columns = Math.floor((s.width + s.before + s.after - s.kernel) / s.stride) + 1;
	const list: Connection[] = [];
	for (let row = 0; row < rows; row++)
		for (let column = 0; column < columns; column++)
			for (let ky = 0; ky < s.kernel; ky++)
				for (let kx = 0; kx < s.kernel; kx++) {
					const y = row * s.stride + ky - s.before;
					const x = column * s.stride + kx - s.before;
					if (y < 0 || x < 0 || y >= s.height || x >= s.width) continue;
					for (let c = 0; c < s.channels; c++)
						for (let f = 0; f < s.filters; f++)
							list.push({
								from: (y * s.width + x) * s.channels + c,
								to: (row * columns + column) * s.filters + f,
								weight: kernel[((ky * s.kernel + kx) * s.channels + c) * s.filters + f] as number,
							});
				}
	const biases = Array.from({ length: rows * columns * s.filters }, (_, index) => bias[index % s.filters] as number);
	return { inputs: s.height * s.width * s.channels, outputs: biases.length, list, bias: biases };
}

export const stabilized = (z: number, epsilon: number): number => z + (z >= 0 ? epsilon : -epsilon);

/** What a connection contributes to its output, and what the bias does, for an output whose plain value is `z`. */
export interface SlowRule {
	contribution(x: number, w: number, z: number): number;
	bias(b: number, z: number): number;
	epsilon: number;
	/** Whether this output passes anything at all. */
	passes?(z: number): boolean;
}

/** R_i = sum over its connections of contribution / stabilized(sum of contributions of the output) * R_j. */
export function slowRelevance(
	layer: Connections,
	x: ArrayLike<number>,
	relevance: ArrayLike<number>,
	rule: SlowRule,
): number[] {
	const plain = [...layer.bias];
	for (const { from, to, weight } of layer.list) plain[to] = (plain[to] as number) + (x[from] as number) * weight;
	const total = layer.bias.map((b, to) => rule.bias(b, plain[to] as number));
	for (const { from, to, weight } of layer.list)
		total[to] = (total[to] as number) + rule.contribution(x[from] as number, weight, plain[to] as number);
	const result = new Array<number>(layer.inputs).fill(0);
	for (const { from, to, weight } of layer.list) {
		if (rule.passes && !rule.passes(plain[to] as number)) continue;
		const share =
			rule.contribution(x[from] as number, weight, plain[to] as number) / stabilized(total[to] as number, rule.epsilon);
		result[from] = (result[from] as number) + share * (relevance[to] as number);
	}
	return result;
}
