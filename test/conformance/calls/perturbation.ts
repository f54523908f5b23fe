import { sizeOf, type Tensor } from "../../../src/shared/tensor";
import { formatPlace } from "../../../src/shared/unit-parser";
import { placeOfLayer } from "../layers";
import { type Case, flatten } from "../manifest";
import type { Call, Calls, Parameters } from "./call";

/** Captum's features are elements where no mask is given. */
const masked = (method: string, entry: Case, parameters: Parameters = {}): Call => {
	const masks = masksOf(entry);
	return { method, parameters: { feature_mask: "elements", ...parameters }, ...(masks && { masks }) };
};

export const perturbation: Calls = {
	Occlusion: (entry) => occlusion(entry),
	FeatureAblation: (entry) => masked("feature-ablation", entry),
	LayerFeatureAblation: (entry) => masked("feature-ablation", entry),
	NeuronFeatureAblation: (entry) => masked("feature-ablation", entry),
	ShapleyValues: (entry) => masked("shapley-values", entry),
	ShapleyValueSampling: (entry) => masked("shapley-value-sampling", entry, samples(entry)),
	KernelShap: (entry) => masked("kernel-shap", entry, samples(entry)),
	Lime: (entry) => lime(entry),
};

const samples = ({ params }: Case): Parameters =>
	params.n_samples === undefined ? {} : { n_samples: Number(params.n_samples) };

/** Captum's stride is 1 along every axis where none is given; DeepExplain divides the effect by the window's size. */
function occlusion({ params, inputs = {} }: Case): Call {
	const windows = params.sliding_window_shapes as Readonly<Record<string, readonly number[]>>;
	const strides = params.strides as Readonly<Record<string, readonly number[] | number>> | null | undefined;
	const written = (numbersOf: (name: string, window: readonly number[]) => readonly number[]) =>
		Object.keys(inputs)
			.map((name) => `${name}=${numbersOf(name, windows[name]!).join("x")}`)
			.join("; ");
	const strideOf = (name: string, window: readonly number[]) => {
		const given = strides?.[name] ?? 1;
		return typeof given === "number" ? window.map(() => given) : given;
	};
	return {
		method: "occlusion",
		parameters: {
			sliding_window_shapes: written((_, window) => window),
			strides: written(strideOf),
			divide_by_window: params.divides_by_window_size === true,
		},
	};
}

/** Kernel and model are told as texts: `exp(-d^2/(2*10^2)), d = cosine distance`, `Lasso(alpha=1.0), weighted`. */
function lime(entry: Case): Call {
	const [kernel, model] = [String(entry.params.similarity_func), String(entry.params.interpretable_model)];
	const width = /\(2\*([0-9.]+)\^2\)/.exec(kernel)?.[1];
	const [, name, alpha] = /^(Lasso|Ridge|LinearRegression)(?:\(alpha=([0-9.]+)\))?/.exec(model) ?? [];
	const distance = /(cosine|euclidean) distance/i.exec(kernel)?.[1];
	if (!width || !name || !distance) return `LIME with ${kernel} and ${model} not there yet`;
	return masked("lime", entry, {
		...samples(entry),
		distance_mode: distance.toLowerCase(),
		kernel_width: Number(width),
		interpretable_model: name === "LinearRegression" ? "linear" : name.toLowerCase(),
		...(alpha !== undefined && { alpha: Number(alpha) }),
	});
}

/** Masks by the input's name, or under the layer's. */
function masksOf(entry: Case): Record<string, Tensor> | undefined {
	const { feature_mask: inputs, layer_mask: layer } = entry.params;
	if (layer !== undefined && layer !== null) return { [formatPlace(placeOfLayer(entry))]: maskOf(layer) };
	if (inputs === undefined || inputs === null) return undefined;
	return Object.fromEntries(Object.entries(inputs).map(([name, mask]) => [name, maskOf(mask)]));
}

function maskOf(nested: unknown): Tensor {
	const shape: number[] = [];
	for (let inner = nested; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
	const data = Int32Array.from(flatten(nested));
	if (data.length !== sizeOf(shape)) throw new RangeError(`a mask of [${shape}] holds ${data.length} numbers`);
	return { dtype: "int32", shape, data };
}
