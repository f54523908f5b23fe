/** Files of a TensorFlow.js layers model: a chain of small convolutions, each with weights of its own. */
export function deepModel(layers: number): { json: string; weights: Buffer } {
	const names = Array.from({ length: layers - 1 }, (_, at) => `step_${String(at + 1).padStart(3, "0")}`);
	const shapeOf = (name: string) => [
		{ name: `${name}/kernel`, shape: [1, 1, 2, 2], dtype: "float32" },
		{ name: `${name}/bias`, shape: [2], dtype: "float32" },
	];
	const input = {
		class_name: "InputLayer",
		config: { name: "image", batch_input_shape: [null, 8, 8, 2], dtype: "float32", sparse: false },
	};
	const chain = names.map((name) => ({
		class_name: "Conv2D",
		config: {
			name,
			trainable: true,
			filters: 2,
			kernel_size: [1, 1],
			strides: [1, 1],
			padding: "same",
			data_format: "channels_last",
			dilation_rate: [1, 1],
			activation: "relu",
			use_bias: true,
		},
	}));
	const json = {
		format: "layers-model",
		generatedBy: "keras v2.12.0",
		convertedBy: null,
		modelTopology: {
			keras_version: "2.12.0",
			backend: "tensorflow",
			model_config: { class_name: "Sequential", config: { name: "deep", layers: [input, ...chain] } },
		},
		weightsManifest: [{ paths: ["weights.bin"], weights: names.flatMap(shapeOf) }],
	};
	// A rotation by a few degrees: the signal neither dies nor explodes on its way.
	const [cos, sin] = [Math.cos(0.05), Math.sin(0.05)];
	const weights = Float32Array.from(names.flatMap(() => [cos, -sin, sin, cos, 0.02, 0.02]));
	return { json: JSON.stringify(json), weights: Buffer.from(weights.buffer) };
}
