import { UnsupportedError } from "../../../shared/errors";
import { FileSource, MemorySource } from "../bytes/byte-source";
import type { Format, ModelFile, OpenedModel } from "../format";
import { WeightFile } from "../weight-file";
import { readModel } from "./proto/read-model";
import { fieldsOf } from "./proto/wire";
import { assembleModel } from "./wiring/assemble";

/** Versions of the standard operator set that are read. */
const OLDEST_OPSET = 1;

/** Models of the Open Neural Network Exchange. */
export const onnx: Format = {
	id: "onnx",
	title: "ONNX",
	extensions: [".onnx"],
	match: looksLikeModel,
	async open(file: ModelFile): Promise<OpenedModel> {
		const source = new FileSource(file.path);
		const weights = new WeightFile(() => source.close());
		try {
			const model = readModel(source);
			const opset = model.opsets.get("");
			if (opset !== undefined && opset < OLDEST_OPSET)
				throw new UnsupportedError(`The operator set ${opset} is not read.`, file.path);
			const version = `ONNX${opset === undefined ? "" : ` opset ${opset}`}`;
			const producer = model.producer === "" ? {} : { producer: `${model.producer}` };
			return assembleModel(model, weights, { id: onnx.id, title: version, ...producer }, file.path);
		} catch (thrown) {
			source.close();
			throw thrown;
		}
	},
};

/** Numbers of the fields of a ModelProto, and whether they hold a number (else bytes). */
const MODEL_FIELDS: Readonly<Record<number, boolean>> = {
	1: true,
	2: false,
	3: false,
	4: false,
	5: true,
	6: false,
	7: false,
	8: false,
	14: false,
	20: false,
	25: false,
	26: false,
};

/**
 * Protocol buffers carry no mark. A model is one when all its fields are those of a ModelProto, with a graph that fits
 * into the file; the first bytes tell all but the last field's end.
 */
function looksLikeModel({ head, size }: ModelFile): boolean {
	const source = new MemorySource(head, "");
	let hasGraph = false;
	let [fields, ends] = [0, 0];
	try {
		for (const { id, value, bytes, end } of fieldsOf(source, { offset: 0, length: Number.MAX_SAFE_INTEGER })) {
			const isNumber = MODEL_FIELDS[id];
			if (isNumber === undefined || isNumber !== (value !== undefined) || end > size) return false;
			if (id === 7) hasGraph = (bytes?.length ?? 0) > 0;
			fields++;
			ends = end;
			if (ends >= head.length) break;
		}
	} catch {
		return false;
	}
	return fields > 0 && (hasGraph || ends > head.length) && (ends <= size || size > head.length);
}
