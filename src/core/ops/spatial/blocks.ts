import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Dim, Value } from "../../program/types";
import { reshape, transpose } from "../../program/vocabulary";
import { numberAttr } from "../attributes";
import { inputAt, knownExtent } from "../numbers";
import type { OpDefinition } from "../op";
import { onChannelsLast } from "./layout";

/** [N, H, W, C] to [N, H s, W s, C / s^2]: channels become blocks of s x s cells, row by row (TensorFlow's order). */
function depthToSpace(b: Builder, x: Value, size: number): Value {
	const [n, height, width] = x.shape as [Dim, number, number, number];
	const channels = knownExtent(x, 3) / size ** 2;
	if (!Number.isInteger(channels))
		throw new InvalidRequestError(`${x.shape[3]} channels do not fill blocks of ${size} x ${size}`);
	const split = transpose(b, reshape(b, x, [n, height, width, size, size, channels]), [0, 1, 3, 2, 4, 5]);
	return reshape(b, split, [n, height * size, width * size, channels]);
}

/** As {@link depthToSpace}, but each block's cells lie side by side in the channels (PyTorch's PixelShuffle, ONNX's CRD). */
function shufflePixels(b: Builder, x: Value, size: number): Value {
	const [n, height, width] = x.shape as [Dim, number, number, number];
	const channels = knownExtent(x, 3) / size ** 2;
	if (!Number.isInteger(channels))
		throw new InvalidRequestError(`${x.shape[3]} channels do not fill blocks of ${size} x ${size}`);
	const split = transpose(b, reshape(b, x, [n, height, width, channels, size, size]), [0, 1, 4, 2, 5, 3]);
	return reshape(b, split, [n, height * size, width * size, channels]);
}

function spaceToDepth(b: Builder, x: Value, size: number): Value {
	const [n, height, width, channels] = x.shape as [Dim, number, number, number];
	if (height % size !== 0 || width % size !== 0)
		throw new InvalidRequestError(`${height} x ${width} cells do not divide into blocks of ${size} x ${size}`);
	const split = reshape(b, x, [n, height / size, size, width / size, size, channels]);
	return reshape(b, transpose(b, split, [0, 1, 3, 2, 4, 5]), [n, height / size, width / size, channels * size ** 2]);
}

/** Back from {@link shufflePixels}. */
function unshufflePixels(b: Builder, x: Value, size: number): Value {
	const [n, height, width, channels] = x.shape as [Dim, number, number, number];
	if (height % size !== 0 || width % size !== 0)
		throw new InvalidRequestError(`${height} x ${width} cells do not divide into blocks of ${size} x ${size}`);
	const split = reshape(b, x, [n, height / size, size, width / size, size, channels]);
	return reshape(b, transpose(b, split, [0, 1, 3, 5, 2, 4]), [n, height / size, width / size, channels * size ** 2]);
}

const definition = (op: string, compute: (b: Builder, x: Value, size: number) => Value): OpDefinition => ({
	op,
	kind: "shape",
	/** attrs: `blockSize`, `dataFormat` */
	forward: (b, inputs, _params, attrs) => [
		onChannelsLast(b, inputAt(inputs, 0), attrs, (x) => compute(b, x, numberAttr(attrs, "blockSize"))),
	],
});

export const BLOCKS: readonly OpDefinition[] = [
	definition("DepthToSpace", depthToSpace),
	definition("PixelShuffle", shufflePixels),
	definition("SpaceToDepth", spaceToDepth),
	definition("PixelUnshuffle", unshufflePixels),
];
