import { UnsupportedError } from "../../../../shared/errors";
import { decodeElements, isStoredType, type StoredType } from "../../bytes/elements";
import type { Hdf5Dataset } from "../../hdf5/dataset";
import { datatypeName } from "../../hdf5/datatype";
import type { StoredTensor } from "../../weight-file";
import type { DatasetReader } from "./tree-variables";

/** Makes stored tensors of the datasets of one file. @param identity of the file: see fileIdentity */
export function hdf5Tensors(identity: string): DatasetReader {
	return (dataset: Hdf5Dataset): StoredTensor => {
		const { shape, where } = dataset;
		const type = storedType(dataset);
		const dtype = type ?? datatypeName(dataset.type);
		const read = () => {
			if (!type) throw new UnsupportedError(`The weight holds ${dtype} values; numbers are expected.`, where);
			const bigEndian = "bigEndian" in dataset.type && dataset.type.bigEndian;
			return decodeElements(dataset.read(), type, shape, where, bigEndian);
		};
		return { shape, dtype, where, identity: `${identity}\n${dataset.path}`, read };
	};
}

function storedType(dataset: Hdf5Dataset): StoredType | undefined {
	const name = datatypeName(dataset.type);
	if (isStoredType(name)) return name;
	// Keras writes bfloat16 as two opaque bytes and says so beside (keras/src/saving/saving_lib.py, H5IOStore).
	const noted =
		dataset.type.kind === "opaque" && dataset.type.size === 2
			? dataset.attributes().get("dtype")?.strings()[0]
			: undefined;
	return noted === "bfloat16" ? "bfloat16" : undefined;
}
