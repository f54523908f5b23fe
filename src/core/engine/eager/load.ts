import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { DataId, KernelBackend, KernelConfig } from "@tensorflow/tfjs-core";
import { LaminaError } from "../../../shared/errors";
import type { DType, TensorData } from "../../../shared/tensor";
import { EagerBackend, type Handle, type RawBackend } from "./backend";

export type EagerBackendId = "wasm" | "cpu";

const loaded = new Map<EagerBackendId, Promise<EagerBackend>>();

/**
 * The backend of a process. There is one of each kind: the kernels of tfjs keep pointers into their module.
 * @throws LaminaError `failed` when it cannot be started
 */
export function loadBackend(id: EagerBackendId): Promise<EagerBackend> {
	const existing = loaded.get(id);
	if (existing) return existing;
	const loading = (id === "wasm" ? startWasm() : startCpu()).then((raw) => new EagerBackend(raw));
	loaded.set(id, loading);
	// A failed start may be tried again.
	loading.catch(() => loaded.delete(id));
	return loading;
}

/** What lies behind the public type of the WASM backend. */
interface WasmBackend extends KernelBackend {
	readonly wasm: { readonly HEAPU8: Uint8Array };
	getMemoryOffset(dataId: DataId): number;
}

/** What lies behind the public type of the CPU backend. */
interface CpuBackend extends KernelBackend {
	readonly data: { get(dataId: DataId): { values: TensorData } };
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

async function startWasm(): Promise<RawBackend> {
	const tf = await quietCore();
	const wasm = await import("@tensorflow/tfjs-backend-wasm");
	wasm.setWasmPaths(`${wasmFolder()}${path.sep}`);
	const backend = await instance<WasmBackend>(tf, "wasm");
	return {
		backend,
		kernels: kernelsFor(tf, "wasm", backend),
		blank: () => null,
		view({ dataId, shape, dtype }: Handle) {
			const size = shape.reduce((product, extent) => product * extent, 1);
			return new ARRAYS[dtype as DType](
				backend.wasm.HEAPU8.buffer as ArrayBuffer,
				backend.getMemoryOffset(dataId as DataId),
				size,
			);
		},
		isAllocated: ({ dataId, shape }) => backend.getMemoryOffset(dataId as DataId) !== 0 || shape.includes(0),
		limit: 2 ** 32 - 2 ** 16,
	};
}

async function startCpu(): Promise<RawBackend> {
	const tf = await quietCore();
	await import("@tensorflow/tfjs-backend-cpu");
	const backend = await instance<CpuBackend>(tf, "cpu");
	return {
		backend,
		kernels: kernelsFor(tf, "cpu", backend),
		blank: (size, dtype) => new ARRAYS[dtype](size),
		view: ({ dataId }) => backend.data.get(dataId as DataId).values,
		isAllocated: () => true,
		limit: Number.POSITIVE_INFINITY,
	};
}

type Core = typeof import("@tensorflow/tfjs-core");

/** tfjs prints advice (use tfjs-node, a kernel registered twice) unless it is told that this is production. */
async function quietCore(): Promise<Core> {
	const tf = await import("@tensorflow/tfjs-core");
	tf.enableProdMode();
	return tf;
}

/** A backend of our own, apart from the one that tfjs may make for others. */
async function instance<B extends KernelBackend>(tf: Core, id: EagerBackendId): Promise<B> {
	const factory = tf.findBackendFactory(id);
	try {
		return (await factory?.()) as B;
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String((cause as { message?: string })?.message ?? cause);
		throw new LaminaError({ code: "failed", message: `The ${id} engine does not start: ${reason}` }, { cause });
	}
}

function kernelsFor(tf: Core, id: EagerBackendId, backend: KernelBackend): ReadonlyMap<string, KernelConfig> {
	const kernels = new Map(tf.getKernelsForBackend(id).map((config) => [config.kernelName, config]));
	for (const config of kernels.values()) config.setupFunc?.(backend);
	return kernels;
}

/** Beside the bundle (dist/wasm), else in the installed package. */
function wasmFolder(): string {
	const bundled = path.join(__dirname, "wasm");
	if (existsSync(path.join(bundled, "tfjs-backend-wasm-simd.wasm"))) return bundled;
	try {
		return path.join(
			path.dirname(createRequire(__filename).resolve("@tensorflow/tfjs-backend-wasm/package.json")),
			"dist",
		);
	} catch (cause) {
		throw new LaminaError(
			{
				code: "failed",
				message: `The files of the WASM engine are missing: looked in ${bundled} and in node_modules.`,
				hint: "Install Lamina again.",
			},
			{ cause },
		);
	}
}
