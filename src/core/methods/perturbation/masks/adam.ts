const [DECAY_MEAN, DECAY_SQUARE, STABILISER] = [0.9, 0.999, 1e-8];

/** Adam (Kingma, Ba 2015, arXiv:1412.6980) with its usual constants, as in PyTorch. */
export class Adam {
	private readonly mean: Float64Array;
	private readonly square: Float64Array;
	private steps = 0;

	constructor(
		size: number,
		private readonly learningRate: number,
	) {
		this.mean = new Float64Array(size);
		this.square = new Float64Array(size);
	}

	/** Moves values against their gradient, in place. */
	step(values: Float32Array, gradient: Float32Array): void {
		this.steps++;
		const [meanScale, squareScale] = [1 - DECAY_MEAN ** this.steps, 1 - DECAY_SQUARE ** this.steps];
		for (let at = 0; at < values.length; at++) {
			const slope = gradient[at] as number;
			const mean = DECAY_MEAN * (this.mean[at] as number) + (1 - DECAY_MEAN) * slope;
			const square = DECAY_SQUARE * (this.square[at] as number) + (1 - DECAY_SQUARE) * slope * slope;
			[this.mean[at], this.square[at]] = [mean, square];
			values[at] =
				(values[at] as number) -
				(this.learningRate * (mean / meanScale)) / (Math.sqrt(square / squareScale) + STABILISER);
		}
	}
}
