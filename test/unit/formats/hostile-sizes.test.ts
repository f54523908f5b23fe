import assert from "node:assert/strict";
import { openModel } from "../../../src/core/formats/registry";
import { summarize } from "../../../src/core/graph/summary";
import { temporaryFolder } from "./support";

/** Sizes in a file are only numbers: none of them may take the memory or the time that it asks for. */
describe("impossible sizes in a configuration", () => {
	const folder = temporaryFolder();
	const picture = [null, 8, 8, 3];
	const cases: [className: string, config: object, shape?: (number | null)[]][] = [
		["UpSampling2D", { size: [1e6, 1e6], interpolation: "bilinear" }],
		["Resizing", { height: 1e9, width: 1e9, interpolation: "bicubic" }],
		["Resizing", { height: 224, width: 224, interpolation: "bilinear" }, [null, 5e8, 1, 1]],
		[
			"ZeroPadding2D",
			{
				padding: [
					[1e9, 1e9],
					[1e9, 1e9],
				],
			},
		],
		["AdaptiveAveragePooling2D", { output_size: [1e8, 1e8] }],
		["AdaptiveMaxPooling2D", { output_size: [1e8, 1e8] }],
		["AveragePooling2D", { pool_size: [1e9, 1e9], padding: "same" }],
		["CategoryEncoding", { num_tokens: 1e9 }],
		["CenterCrop", { height: 1e8, width: 1e8 }],
		["Reshape", { target_shape: [1e9, -1] }],
		["RepeatVector", { n: 1e9 }, [null, 8]],
		["MelSpectrogram", { fft_length: 1e6, num_mel_bins: 1e6, sequence_stride: 1 }, [null, 2e6]],
		["Softmax", { axis: 99 }],
		["Activation", { activation: "sparsemax" }, [null, 1e9]],
		["Dense", { units: 1e15 }],
	];
	for (const [className, config, shape = picture] of cases) {
		it(`of ${className} ${JSON.stringify(config)} are refused or shown, within a second and 256 MB`, async () => {
			const layer = { class_name: className, config: { name: "l", batch_input_shape: shape, ...config } };
			const topology = { class_name: "Sequential", config: { name: "s", layers: [layer] } };
			const file = folder.write("m/model.json", JSON.stringify({ modelTopology: topology, weightsManifest: [] }));
			const before = process.memoryUsage().rss;
			const started = process.cpuUsage();
			const model = await openModel(file);
			const [summarized] = (await summarize(model, file)).layers;
			model.weights.close();
			const { user } = process.cpuUsage(started);
			assert.ok(summarized?.unsupported || summarized?.shapes.length === 1);
			assert.ok(user < 1e6, `${user / 1e6} s of processor time`);
			assert.ok(process.memoryUsage().rss - before < 256e6, `${(process.memoryUsage().rss - before) / 1e6} MB more`);
		});
	}
});
